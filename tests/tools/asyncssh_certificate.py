"""asyncssh with a key and its certificate: HOST PORT LOGIN - KEY CERTIFICATE."""

import asyncio
import sys

import asyncssh

host, port, login, _, key, certificate = sys.argv[1:]


async def main():
    pair = asyncssh.read_private_key(key), asyncssh.read_certificate(certificate)
    async with asyncssh.connect(
        host,
        int(port),
        username=login,
        client_keys=[pair],
        agent_path=None,
        known_hosts=None,
        preferred_auth=["publickey"],
    ) as ssh:
        async with ssh.start_sftp_client() as sftp:
            assert "Mijn bestanden" in await sftp.listdir("/")


asyncio.run(main())
