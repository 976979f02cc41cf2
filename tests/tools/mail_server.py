"""A mail server that keeps what it takes: each mail is a line of JSON in FILE. Ends when its input does.

Usage: mail_server.py HOST PORT FILE [--refuse ADDRESS] [--defer ADDRESS]
                      [--chain PEM --key PEM [--at-once] --user USER --password PASSWORD]

An address is refused for ever, or deferred once. With a certificate it wants STARTTLS, or TLS at once, and
that password before anything else.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# A client that hangs up is no news: a test does so.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
warnings.simplefilter("ignore")

asked = argparse.ArgumentParser()
asked.add_argument("host")
asked.add_argument("port", type=int)
asked.add_argument("file")
asked.add_argument("--refuse", default="")
asked.add_argument("--defer", default="")
asked.add_argument("--at-once", action="store_true")
asked.add_argument("--chain")
asked.add_argument("--key")
asked.add_argument("--user")
asked.add_argument("--password")
asked = asked.parse_args()
deferred = {asked.defer}


class Keep:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == asked.refuse:
            return f"550 5.1.1 <{address}>: no such user"
        if address in deferred:
            deferred.remove(address)
            return f"451 4.7.1 <{address}>: come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": message.get_content(),
            "encrypted": session.ssl is not None,
            "user": session.auth_data,
        }
        with open(asked.file, "a") as file:
            file.write(json.dumps(mail) + "\n")
        return "250 OK"


def judge(server, session, envelope, mechanism, data):
    good = (data.login.decode(), data.password.decode()) == (asked.user, asked.password)
    return AuthResult(success=good, handled=good, auth_data=asked.user)


tls = None
if asked.chain:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(asked.chain, asked.key)


def connection():
    if not tls:
        return SMTP(Keep())
    how = {"auth_require_tls": False} if asked.at_once else {"tls_context": tls, "require_starttls": True}
    return SMTP(Keep(), authenticator=judge, auth_required=True, **how)


async def main():
    loop = asyncio.get_running_loop()
    at_once = tls if asked.at_once else None
    server = await loop.create_server(connection, asked.host, asked.port, ssl=at_once)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
