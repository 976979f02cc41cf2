"""asyncssh with a key, and with nothing but this signature algorithm if one is named: HOST PORT LOGIN -
KEY [ALGORITHM]."""

import asyncio
import sys

import asyncssh

host, port, login, _, key, *algorithms = sys.argv[1:]


async def main():
    async with asyncssh.connect(
        host,
        int(port),
        username=login,
        client_keys=[(asyncssh.read_private_key(key), None)],
        agent_path=None,
        known_hosts=None,
        preferred_auth=["publickey"],
        signature_algs=algorithms or (),
    ) as ssh:
        async with ssh.start_sftp_client() as sftp:
            assert "Mijn bestanden" in await sftp.listdir("/")


asyncio.run(main())
