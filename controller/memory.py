"""What a controller keeps for good is not gone through by the cyclic collector again and again."""

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects between two looks of the cyclic collector, looks of the youngest for one at those
#: that outlived it, and those for one at everything. A look holds all threads up: the first two
#: take milliseconds so, and the last, a second where thousands of agents wait, comes some times an
#: hour. By the defaults (700, 10, 10) it would come every few seconds.
_THRESHOLDS = (2_000, 10, 2_000)
#: Seconds for which a busy thread keeps others from running. Statements of SQLite let go with every
#: row, and would wait the default of 5 ms for each while requests are answered.
_SWITCH_SECONDS = 0.0005


@contextmanager
def all_of_it_stays() -> Iterator[None]:
    """Import and build without the cyclic collector.

    A controller is half a million objects before its first request, none of them garbage; to go
    through them over and over is a fifth of what its start takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Take everything there is now out of the cyclic collector's sight.

    A city's series are a few lists and dictionaries with millions of entries. The collector
    decides by the number of objects whether a full look is due, and thinks those are few; each
    such look then takes most of a second, in which nothing is answered. Called once by a process
    that serves, when what stays is loaded. Cycles made later are still found.
    """
    gc.collect()
    gc.freeze()
    # At the end of the process all of it goes, or extension modules complain of what they leak.
    atexit.unregister(gc.unfreeze)
    atexit.register(gc.unfreeze)
    gc.set_threshold(*_THRESHOLDS)
    sys.setswitchinterval(_SWITCH_SECONDS)
