"""asyncssh with 64 files in flight: CONFIG put|get FOLDER REMOTE. Puts every file of a folder, or gets every
file of the remote one; prints the seconds that it took, without connecting."""

import asyncio
import sys
import time
from pathlib import Path

import asyncssh

config, verb, folder, remote = sys.argv[1:]


async def all_of(work, names: list) -> float:
    slots, start = asyncio.Semaphore(64), time.monotonic()

    async def one(name):
        async with slots:
            await work(name)

    await asyncio.gather(*map(one, names))
    return time.monotonic() - start


async def main() -> None:
    async with asyncssh.connect("bench", config=[config], known_hosts=None) as connection:
        async with connection.start_sftp_client() as sftp:

            async def put(path: Path):
                async with sftp.open(f"{remote}/{path.name}", "wb") as file:
                    await file.write(path.read_bytes())

            async def get(name: str):
                async with sftp.open(f"{remote}/{name}", "rb") as file:
                    (Path(folder) / name).write_bytes(await file.read())

            if verb == "put":
                print(await all_of(put, sorted(Path(folder).iterdir())))
            else:
                names = [name for name in await sftp.listdir(remote) if name not in (".", "..")]
                print(await all_of(get, names))


asyncio.run(main())
