"""asyncssh with a key of its own that offers somebody else's: HOST PORT LOGIN - OFFERED.pub OWN WAY.

WAY is `proves` (then it proves that it has its own) or `signs` (it signs with its own for the other). Ends well
when the offer was taken and it was not let in all the same."""

import asyncio
import sys

import asyncssh
from asyncssh.auth import _ClientPublicKeyAuth as Auth

host, port, login, _, offered, own, way = sys.argv[1:]
(pair,) = asyncssh.load_keypairs([own])
own_data, pair.public_data = pair.public_data, asyncssh.read_public_key(offered).public_data
taken = []
sign = Auth._send_signed_request


async def swapped(self):
    taken.append(True)
    if way == "proves":
        pair.public_data = own_data
    await sign(self)


Auth._send_signed_request = swapped


async def main():
    try:
        await asyncssh.connect(
            host,
            int(port),
            username=login,
            client_keys=[pair],
            agent_path=None,
            known_hosts=None,
            preferred_auth=["publickey"],
        )
    except asyncssh.PermissionDenied:
        assert taken, "the offer was refused"
        return
    raise AssertionError("it was let in")


asyncio.run(main())
