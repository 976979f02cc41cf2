"""asyncssh with a code after the password: HOST PORT LOGIN PASSWORD CODE CODE CODE. A code is taken
once."""

import asyncio
import sys

import asyncssh

host, port, login, password, *codes = sys.argv[1:]
ASKED = []


class Person(asyncssh.SSHClient):
    """Answers what is asked for, by what the question says."""

    def __init__(self, code):
        self.code = code

    def password_auth_requested(self):
        return password

    def kbdint_auth_requested(self):
        return ""

    def kbdint_challenge_received(self, name, instructions, lang, prompts):
        ASKED.append([prompt for prompt, _ in prompts])
        return [self.code if "Code" in prompt else password for prompt, _ in prompts]


async def sign_in(code, *ways):
    async with asyncssh.connect(
        host,
        int(port),
        username=login,
        client_factory=lambda: Person(code),
        client_keys=None,
        agent_path=None,
        known_hosts=None,
        preferred_auth=list(ways),
    ) as ssh:
        async with ssh.start_sftp_client() as sftp:
            assert "Mijn bestanden" in await sftp.listdir("/")


async def main():
    await sign_in(codes[0], "password", "keyboard-interactive")
    assert ASKED == [["Code: "]], ASKED
    ASKED.clear()
    await sign_in(codes[1], "keyboard-interactive")
    assert ASKED == [["Password: "], ["Code: "]], ASKED
    try:
        await sign_in(codes[1], "keyboard-interactive")
    except asyncssh.PermissionDenied:
        pass
    else:
        raise AssertionError("a code was taken twice")
    await sign_in(codes[2], "keyboard-interactive", "password")


asyncio.run(main())
