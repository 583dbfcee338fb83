"""What a controller keeps for good is not gone through by the cyclic collector again and again."""

import gc
import sys

#: New objects between two looks of the cyclic collector; the default of 700 is a look a request.
_YOUNG = 20_000


def settle() -> None:
    """Take everything there is now out of the cyclic collector's sight.

    A city's series are a few lists and dictionaries with millions of entries. The collector
    decides by the number of objects whether a full look is due, and thinks those are few; each
    such look then takes most of a second, in which nothing is answered. Called once by a process
    that serves, when what stays is loaded. Cycles made later are still found.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    sys.setswitchinterval(0.0005)
