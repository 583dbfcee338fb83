"""One test beside its target: each way judged apart, and nothing claimed that nobody measured."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from controller.pages.views.bandwidth import SpeedTest, figure
from inventory.models import Line
from inventory.standards.access import AccessTarget

LINE = Line(id="l1", school_code="S001", provider="x", down_mbps=Decimal(200), up_mbps=Decimal(50))
NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)


def target(mbps: int, up: int | None = None) -> AccessTarget:
    return AccessTarget("plan", "quote", Decimal(mbps), Decimal(mbps if up is None else up))


@pytest.mark.parametrize(
    ("download", "upload", "state", "share"),
    [
        (80e6, 80e6, "meets", 0.8),
        (79.9e6, 100e6, "below", 0.799),
        (100e6, 60e6, "below", 0.6),
        (400e6, 400e6, "meets", 1.0),
        (0.0, 0.0, "line_down", 0.0),
        (0.0, 90e6, "below", 0.0),
    ],
)
def test_the_worse_direction_decides(
    download: float, upload: float, state: str, share: float
) -> None:
    found = figure(LINE, target(100), SpeedTest(NOON, download, upload))
    assert (found.state, found.share) == (state, pytest.approx(share))


def test_what_nobody_measured_is_not_claimed() -> None:
    assert figure(None, target(100), None).state == "no_line"
    assert figure(LINE, target(100), None).state == "untested"
    assert figure(LINE, None, SpeedTest(NOON, 90e6, None)).state == "no_target"


def test_each_way_is_held_against_what_is_asked_of_it() -> None:
    found = figure(LINE, target(100, 20), SpeedTest(NOON, 90e6, 17e6))
    assert (found.state, found.share, found.target) == ("meets", pytest.approx(0.85), 100e6)
    only_up = AccessTarget("plan", "quote", None, Decimal(20))
    assert figure(LINE, only_up, SpeedTest(NOON, 90e6, None)).state == "untested"
    assert figure(LINE, only_up, SpeedTest(NOON, 1e6, 10e6)).state == "below"
