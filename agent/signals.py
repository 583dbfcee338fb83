"""What SIGINT and SIGTERM do, from the first line of a process to its last.

Python raises ``KeyboardInterrupt`` wherever it happens to be: in the middle of an import, where it
shows as a traceback, or in a callback of a weak reference, of which the import system has some,
where it is printed and lost. So it is left no occasion: before there is work to put down in order
a signal ends the process at once, and from then on it is told to the event loop.
"""

import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

T = TypeVar("T")

#: What tells a process to end.
SIGNS = (signal.SIGINT, signal.SIGTERM)


def interrupt_ends_at_once() -> None:
    """From now on SIGINT ends this process as it ends any that is not written in Python."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else somebody chose
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def told_to_end_is_well() -> None:
    """From now on SIGINT and SIGTERM end this process at once with exit code 0.

    For a service that has not begun: it was told to end, and it has.
    """
    for sign in SIGNS:
        signal.signal(sign, lambda *_: os._exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)


def hold() -> None:
    """Let SIGINT and SIGTERM wait; a program that this one becomes (``execv``) gets them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNS)


def run(work: Coroutine[Any, Any, T], signs: Sequence[signal.Signals] = (signal.SIGINT,)) -> T:
    """As ``asyncio.run``; the first signal cancels the work, the second ends the process at once.

    Raises:
        KeyboardInterrupt: a signal came, and the work has ended of it.
    """
    import asyncio  # noqa: PLC0415  (50 ms in which nobody could be told of a signal)
    import threading  # noqa: PLC0415

    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)  # signals are the main thread's
    told = False

    async def watched() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def hear() -> None:
            nonlocal told
            told = True
            for sign in signs:
                signal.signal(sign, signal.SIG_DFL)
            if task is not None:
                task.cancel()

        for sign in signs:
            loop.add_signal_handler(sign, hear)
        return await work

    before = [(sign, signal.getsignal(sign)) for sign in signs]
    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if told:
            raise KeyboardInterrupt from None
        raise
    finally:
        for sign, handler in before:
            signal.signal(sign, handler)


class Ending:
    """Whether this process has been told to end: asked for at first, told to an event loop later.

    Nothing is raised anywhere, so nothing is left half done.
    """

    def __init__(self) -> None:
        #: Whether a signal has come before there was a loop to tell.
        self.wanted = False

    def listen(self) -> None:
        """Hear signals from now on."""
        for sign in SIGNS:
            signal.signal(sign, self._hear)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)

    def tell(self, loop: "AbstractEventLoop", stop: Callable[[], None]) -> None:
        """Have the loop call ``stop`` from now on; at once if a signal has come already."""
        for sign in SIGNS:
            loop.add_signal_handler(sign, stop)
        if self.wanted:
            stop()

    def _hear(self, *_: object) -> None:
        self.wanted = True
