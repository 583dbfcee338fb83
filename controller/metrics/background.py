"""Work that gives way: in a thread that the system prefers others to."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import get_native_id

#: Beside a thread of the usual priority it gets a third of what that one gets. Not less: it holds
#: locks now and then, and whoever wants them waits for it.
_NICENESS = 5


def in_background(work: Callable[[], None]) -> None:
    """Run work in a thread of its own that gives way to others; returns when it is done.

    Raises:
        Exception: whatever the work raised.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="background", initializer=_give_way) as thread:
        thread.submit(work).result()


def _give_way() -> None:
    if sys.platform == "linux":  # only there a thread has a priority of its own
        with suppress(OSError):
            thread = get_native_id()
            niceness = os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS
            os.setpriority(os.PRIO_PROCESS, thread, niceness)
