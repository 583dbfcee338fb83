"""Work that gives way to others."""

import os
import sys
from threading import get_ident, get_native_id

import pytest

from controller.metrics.background import in_background


def test_only_what_runs_in_the_background_gives_way() -> None:
    seen: list[tuple[int, int]] = []

    def work() -> None:
        niceness = os.getpriority(os.PRIO_PROCESS, get_native_id())
        seen.append((get_ident(), niceness))

    before = os.getpriority(os.PRIO_PROCESS, get_native_id())
    in_background(work)

    [(thread, niceness)] = seen
    assert thread != get_ident()
    assert os.getpriority(os.PRIO_PROCESS, get_native_id()) == before
    if sys.platform == "linux":
        assert niceness > before or niceness == 19


def test_what_goes_wrong_in_the_background_is_told() -> None:
    def work() -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        in_background(work)
