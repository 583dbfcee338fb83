"""What a poller allocates lives for milliseconds and dies by reference count."""

import gc

#: New objects between two looks of the cyclic collector; the default of 700 means a look a poll.
_YOUNG = 20_000


def settle() -> None:
    """Keep the collector from going through modules and plans again and again.

    Called once, when everything that stays is loaded. Cycles are still found, only later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
