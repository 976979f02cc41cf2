"""asyncssh asks an open file for the room around it: HOST PORT LOGIN PASSWORD."""

import asyncio
import sys

import asyncssh

host, port, login, password = sys.argv[1:]


async def main():
    async with asyncssh.connect(
        host, int(port), username=login, password=password, known_hosts=None, client_keys=None
    ) as connection:
        async with connection.start_sftp_client() as sftp:
            async with sftp.open("/Mijn bestanden/a.txt", "rb") as file:
                room = await file.statvfs()
                assert room.bsize * room.bavail > 1 << 30, room
                await file.fsync()


asyncio.run(main())
