"""What an SSH server says first (RFC 4253 4.2): a sign of life that needs no log-in.

One connection, a line read, and gone again: no key is agreed on, which would cost an old switch
seconds of its processor.
"""

import asyncio
from contextlib import suppress
from typing import Final

from drivers.errors import Malformed, NoAnswer, Unreachable

#: The standard allows 255 octets with the line's end; devices print longer texts before it.
_LONGEST_LINE: Final = 1024
#: Lines that a server may print before the one that says who it is.
_MOST_LINES: Final = 64
#: 1.99: a server of version 2 that speaks version 1 as well (RFC 4253 5.1).
_VERSIONS: Final = ("2.0", "1.99")


async def read_greeting(
    address: str,
    port: int = 22,
    *,
    timeout: float = 10.0,  # noqa: ASYNC109  (of everything together)
) -> str:
    """The software a server says it is, such as ``HUAWEI-1.5``; nothing is sent.

    Args:
        address: IPv4 or IPv6 address, or a host name.
        port: TCP port.
        timeout: seconds for everything together; a busy switch takes a few.

    Raises:
        NoAnswer: nothing came in time, or it closed the connection without a word.
        Unreachable: the network says so, or nobody listens there.
        Malformed: this is no SSH, or only its first version.
    """
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(address, port, limit=_LONGEST_LINE)
            try:
                return await _greeting(reader)
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except TimeoutError:
        raise NoAnswer("no greeting in time") from None
    except (ConnectionResetError, asyncio.IncompleteReadError):
        raise NoAnswer("the device closed the connection") from None
    except OSError as error:
        raise Unreachable((error.strerror or str(error)).lower()) from None


async def _greeting(reader: asyncio.StreamReader) -> str:
    for _ in range(_MOST_LINES):
        try:
            line = (await reader.readuntil(b"\n")).decode("utf-8", "replace").strip()
        except asyncio.LimitOverrunError:
            raise Malformed("a line that does not end") from None
        if line.startswith("SSH-"):
            version, _, software = line.removeprefix("SSH-").partition("-")
            if version not in _VERSIONS:
                raise Malformed(f"SSH version {version[:16]} alone")
            return software.partition(" ")[0]
    raise Malformed("the device does not speak SSH")
