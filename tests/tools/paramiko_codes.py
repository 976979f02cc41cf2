"""paramiko with a code after the password: HOST PORT LOGIN PASSWORD CODE CODE CODE. A code is taken
once."""

import sys

import paramiko

host, port, login, password, *codes = sys.argv[1:]


def works(transport):
    assert "Mijn bestanden" in paramiko.SFTPClient.from_transport(transport).listdir("/")
    transport.close()


def answers(code):
    def answer(title, instructions, prompts):
        return [code if "Code" in prompt else password for prompt, _ in prompts]

    return answer


# All in one way, as old programs can.
transport = paramiko.Transport((host, int(port)))
transport.start_client(timeout=30)
transport.auth_interactive(login, answers(codes[0]))
works(transport)

# The password first; the server says what is left.
transport = paramiko.ServiceRequestingTransport((host, int(port)))
transport.start_client(timeout=30)
assert transport.auth_password(login, password, fallback=False) == ["keyboard-interactive"]
assert not transport.is_authenticated()
transport.auth_interactive(login, answers(codes[1]))
works(transport)

# A code that was used, then one that was not, on the same connection.
transport = paramiko.ServiceRequestingTransport((host, int(port)))
transport.start_client(timeout=30)
assert transport.auth_password(login, password, fallback=False) == ["keyboard-interactive"]
try:
    transport.auth_interactive(login, answers(codes[1]))
    raise AssertionError("a code was taken twice")
except paramiko.AuthenticationException:
    pass
transport.auth_interactive(login, answers(codes[2]))
works(transport)
