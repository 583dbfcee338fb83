"""Alerts of other systems: opened once, ended by them, or when their device leaves service."""

from collections.abc import Mapping

import pytest
from sqlmodel import Session, select

from alerts.evaluation import evaluate
from alerts.models import Alert
from alerts.notify.incoming import ForeignAlert, Taken, take
from inventory.models import Device, Lifecycle
from inventory.scope import Scope
from tests.alerts.conftest import MINUTE, NOW, SpeedTests

EVERYBODY = Scope.everything()
LABELS = {"alertname": "DiskFull", "device_id": "d1"}


def _sent(county: Session, firing: bool, labels: Mapping[str, str] = LABELS) -> Taken:
    return take(county, EVERYBODY, [ForeignAlert(firing, labels)], NOW)


def _open(county: Session) -> list[str]:
    return [one.subject for one in county.exec(select(Alert)) if one.cleared_at is None]


def test_groups_that_are_sent_again_open_nothing_twice(county: Session) -> None:
    group = [
        ForeignAlert(True, LABELS, {"summary": "93 %"}, "a1"),
        ForeignAlert(True, LABELS | {"mountpoint": "/var"}, {}, "a2"),
        ForeignAlert(True, LABELS, {"summary": "94 %"}, "a1"),
    ]
    assert len(take(county, EVERYBODY, group, NOW).judgement.opened) == 2
    assert take(county, EVERYBODY, group, NOW + MINUTE).judgement.opened == []
    # One of both is over; the other one stays.
    over = take(county, EVERYBODY, [ForeignAlert(False, LABELS, {}, "a1")], NOW + MINUTE)
    assert len(over.judgement.cleared) == 1
    assert _open(county) == ["d1"]


def test_who_may_write_for_one_school_opens_nothing_in_another(county: Session) -> None:
    scope = Scope(("/3304/S002/",))
    done = take(county, scope, [ForeignAlert(True, LABELS)], NOW)
    assert (done.judgement.opened, list(done.unknown)) == ([], [0])


@pytest.mark.parametrize("is_told", [True, False])
def test_of_a_device_that_left_service_alerts_end(county: Session, is_told: bool) -> None:
    _sent(county, True)
    _sent(county, True, {"alertname": "DiskFull", "device_id": "d3"})
    county.get_one(Device, "d1").lifecycle = Lifecycle.retired
    county.flush()
    if is_told:
        _sent(county, False)
    else:
        evaluate(county, SpeedTests(), NOW + MINUTE, EVERYBODY)  # type: ignore[arg-type]
    assert _open(county) == ["d3"]
    assert list(_sent(county, True).unknown) == [0]
