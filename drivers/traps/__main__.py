"""The child that hears traps: ``python -m drivers.traps``, driven by its parent.

It reads :class:`drivers.traps.messages.Orders` from standard input and writes messages to standard
output. It ends when its input ends, so it never outlives whoever started it.
"""

import asyncio
import errno
import os
import sys
from contextlib import suppress

from drivers.traps.messages import (
    REFUSED,
    Counts,
    Message,
    Ready,
    Refused,
    frame,
    read_orders,
)
from drivers.traps.receiver import Receiver

_COUNTS_EVERY = 1.0
_SIGN_OF_LIFE_EVERY = 10.0
_NICENESS = 5


def _say(message: Message) -> None:
    # A parent that does not read makes us wait, and the kernel drop: that is the order wanted.
    sys.stdout.buffer.write(frame(message))
    sys.stdout.buffer.flush()


async def _orders_from_stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


async def _report(receiver: Receiver) -> None:
    said: dict[str, int] = {}
    silent = 0.0
    while not receiver.tired:
        await asyncio.sleep(_COUNTS_EVERY)
        counts = dict(receiver.counts)
        silent += _COUNTS_EVERY
        if counts != said or silent >= _SIGN_OF_LIFE_EVERY:
            _say(Counts(counts))
            said, silent = counts, 0.0


async def main() -> int:
    """Listen until the parent is gone or a fresh process should take over."""
    reader = await _orders_from_stdin()
    orders = await read_orders(reader)
    try:
        receiver = Receiver(orders, _say)
    except (OSError, ValueError) as error:
        forbidden = getattr(error, "errno", None) in (errno.EACCES, errno.EPERM)
        _say(Refused(getattr(error, "strerror", None) or str(error), forbidden))
        return REFUSED
    _say(Ready(orders.address, receiver.port))

    async def follow() -> None:
        while True:
            receiver.know(await read_orders(reader))

    parts = {asyncio.create_task(_report(receiver)), asyncio.create_task(follow())}
    done, rest = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    for task in done:
        task.result()
    return 0


if __name__ == "__main__":
    # A flood must not take the processor from the polls.
    os.nice(_NICENESS)
    code = 0
    with suppress(asyncio.IncompleteReadError, BrokenPipeError, KeyboardInterrupt):
        code = asyncio.run(main())
    # Nothing is left to say, and a gone reader is no error at the end.
    os._exit(code)
