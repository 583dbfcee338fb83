"""One test beside its target: each way judged apart, and nothing claimed that nobody measured."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from controller.pages.views.bandwidth import SpeedTest, binding_target, figure
from inventory.models import BandwidthTarget, Line, School, SchoolForm, Setting, TargetMetric

LINE = Line(id="l1", school_code="S001", provider="x", down_mbps=Decimal(200), up_mbps=Decimal(50))
NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)


def target(mbps: int, **scope: object) -> BandwidthTarget:
    return BandwidthTarget(
        id=f"b{mbps}",
        plan="plan",
        quote="quote",
        mbps=Decimal(mbps),
        effective_from=date(2026, 1, 1),
        **scope,
    )


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


def test_the_strictest_access_target_that_holds_for_the_school_binds() -> None:
    school = School(
        code="S001",
        name="s",
        organisation_code="C1",
        path="/C1/S001/",
        setting=Setting.rural,
        form=SchoolForm.teaching_point,
    )
    targets = [
        target(4, form=SchoolForm.teaching_point),
        target(100, setting=Setting.rural),
        target(1000, setting=Setting.urban),
        target(2000, organisation_code="C2"),
        target(3000, metric=TargetMetric.outlet),
    ]
    found = binding_target(targets, school)
    assert found is not None
    assert found.mbps == 100
    assert binding_target(targets[2:], school) is None
