"""asyncssh in an own folder with 64 requests in flight: HOST PORT LOGIN PASSWORD. Leaves the folder
empty."""

import asyncio
import os
import sys

import asyncssh

host, port, login, password = sys.argv[1:]
NAMES = [f"{i:03} é.bin" for i in range(400)]
first, second = os.urandom(60_000), os.urandom(50_000)


async def all_of(work):
    """Does the work for every name, 64 at once."""
    slots = asyncio.Semaphore(64)

    async def one(name):
        async with slots:
            await work(name)

    await asyncio.gather(*map(one, NAMES))


async def files(sftp):
    await sftp.mkdir("/Mijn bestanden/veel")
    await sftp.chdir("/Mijn bestanden/veel")
    for data in first, second:

        async def put(name):
            async with sftp.open(name, "wb") as file:
                await file.write(data)

        async def get(name):
            async with sftp.open(name, "rb") as file:
                assert await file.read() == data, name

        await all_of(put)
        await all_of(get)
    await all_of(lambda name: sftp.rename(name, f"{name}.oud"))
    listed = [name for name in await sftp.listdir() if name not in (".", "..")]
    assert sorted(listed) == [f"{name}.oud" for name in NAMES], listed
    await sftp.remote_copy(listed[0], "kopie.bin")
    assert (await sftp.stat("kopie.bin")).size == len(second)
    await sftp.remove("kopie.bin")
    await all_of(lambda name: sftp.remove(f"{name}.oud"))
    await sftp.rmdir("/Mijn bestanden/veel")


async def main():
    async with asyncssh.connect(
        host, int(port), username=login, password=password, known_hosts=None, client_keys=None
    ) as connection:
        async with connection.start_sftp_client() as sftp:
            await files(sftp)


asyncio.run(main())
