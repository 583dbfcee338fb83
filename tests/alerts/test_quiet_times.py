from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from alerts.evaluation import evaluate
from alerts.models import Alert, MaintenanceWindow, Silence
from alerts.quiet.recurring import following, holds, stretches
from alerts.quiet.silenced import SilencedRepository, silenced
from alerts.quiet.times import quiet_times
from drivers.readings import Outcome
from inventory.days import ZONE
from inventory.models import Device, Room
from inventory.scope import Scope

ALL = Scope.everything()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Polled = Callable[..., None]


def window(now: datetime, **said: Any) -> MaintenanceWindow:
    plain: dict[str, Any] = {
        "id": "mw1",
        "begins_at": now - HOUR,
        "ends_at": now + HOUR,
        "reason": "换柜",
        "entered_by": "li",
    }
    if not {"organisation_code", "school_code"} & said.keys():
        plain["school_code"] = "S001"
    return MaintenanceWindow(**(plain | said))


def opened(session: Session, at: datetime, speed: object) -> list[str]:
    """What is open after a look at a moment."""
    evaluate(session, speed, at, ALL)  # type: ignore[arg-type]
    alerts = session.exec(select(Alert).where(Alert.cleared_at == None))  # noqa: E711
    return sorted(one.subject for one in alerts)


def test_a_weekly_window_is_each_of_its_days_in_beijing_and_may_pass_midnight() -> None:
    begin = datetime(2026, 3, 2, tzinfo=ZONE)  # a Monday
    weekly = window(
        begin,
        begins_at=begin,
        ends_at=begin + 14 * DAY,
        weekdays="25",
        from_minute=22 * 60,
        until_minute=2 * 60,
    )
    found = [
        (one.begin.astimezone(ZONE), one.end - one.begin)
        for one in stretches(weekly, begin - DAY, begin + 100 * DAY)
    ]
    days = [(one.day, one.hour, length) for one, length in found]
    assert days == [(day, 22, 4 * HOUR) for day in (3, 6, 10, 13)]
    assert holds(weekly, datetime(2026, 3, 4, 1, tzinfo=ZONE))
    assert not holds(weekly, datetime(2026, 3, 4, 2, tzinfo=ZONE))
    upcoming = following(weekly, datetime(2026, 3, 7, 3, tzinfo=UTC))
    assert upcoming is not None
    assert upcoming.begin == datetime(2026, 3, 10, 22, tzinfo=ZONE)
    weekly.ended_at, weekly.ended_by = datetime(2026, 3, 10, 23, tzinfo=ZONE), "li"
    assert [one.end for one in stretches(weekly, begin + 8 * DAY, begin + 99 * DAY)] == [
        weekly.ended_at
    ]
    weekly.is_undone = True
    assert list(stretches(weekly, begin, begin + 99 * DAY)) == []


def test_what_fails_in_maintenance_is_told_of_after_its_end_when_it_still_stands(
    county: Session, now: datetime, polled: Polled, speed: object
) -> None:
    county.add(window(now))
    for device in ("d1", "d3"):
        polled(county, device, Outcome.timeout, 2)
    assert opened(county, now, speed) == ["d3"]
    assert opened(county, now + HOUR + timedelta(minutes=4), speed) == ["d3"]
    assert opened(county, now + HOUR + timedelta(minutes=6), speed) == ["d1", "d3"]


def test_what_came_back_within_maintenance_is_not_told_of(
    county: Session, now: datetime, polled: Polled, speed: object
) -> None:
    county.add(window(now))
    polled(county, "d1", Outcome.timeout, 2)
    assert opened(county, now, speed) == []
    polled(county, "d1", Outcome.ok, at=now + timedelta(minutes=59))
    assert opened(county, now + 2 * HOUR, speed) == []


def test_a_window_is_of_a_bureau_a_school_a_room_or_a_device(
    county: Session, now: datetime
) -> None:
    county.add_all([Room(id=one, school_code="S001", name=one) for one in ("r1", "r2")])
    county.flush()
    county.get_one(Device, "d1").room_id = "r1"
    places: list[dict[str, Any]] = [
        {"organisation_code": "3304"},
        {"school_code": "S001"},
        {"school_code": "S001", "room_id": "r1"},
        {"school_code": "S001", "room_id": "r2"},
        {"school_code": "S002", "device_id": "d3"},
        {"school_code": "S001", "is_undone": True},
    ]
    county.add_all(window(now, id=f"mw{key}", **one) for key, one in enumerate(places))
    county.flush()
    paths = {"S001": "/3304/S001/", "S002": "/3304/S002/"}
    times = quiet_times(county, paths, now, now + HOUR)
    found = {
        device: {one.id for one in times[school] if one.covers(device, "device_down")}
        for device, school in (("d1", "S001"), ("d2", "S001"), ("d3", "S002"))
    }
    assert found == {"d1": {"mw0", "mw1", "mw2"}, "d2": {"mw0", "mw1"}, "d3": {"mw0", "mw4"}}


def test_an_alert_that_is_open_stays_so_and_is_silenced_until_the_silence_ends(
    county: Session, now: datetime, polled: Polled, speed: object
) -> None:
    for device in ("d1", "d3"):
        polled(county, device, Outcome.timeout, 2, at=now - HOUR)
    assert opened(county, now - HOUR, speed) == ["d1", "d3"]
    county.add(
        Silence(
            id="si1",
            school_code="S001",
            device_id="d1",
            rule="device_down",
            begins_at=now,
            ends_at=now + HOUR,
            reason="等配件",
            entered_by="li",
        )
    )
    assert opened(county, now, speed) == ["d1", "d3"]
    alerts = {one.subject: one for one in county.exec(select(Alert))}
    found = silenced(county, alerts.values(), now)
    assert {key: one.reason for key, one in found.items()} == {alerts["d1"].id: "等配件"}
    here = SilencedRepository(county, ALL).open_at(now)
    assert [(one.alert.subject, one.time.id) for one in here] == [("d1", "si1")]
    assert SilencedRepository(county, Scope(("/3304/S002/",))).open_at(now) == []
    assert silenced(county, alerts.values(), now + HOUR) == {}
    assert silenced(county, alerts.values(), now - HOUR) == {}


def test_a_line_in_maintenance_is_not_told_of_and_its_tests_then_never_count(
    county: Session, now: datetime, speed: object
) -> None:
    county.add(window(now, begins_at=now - HOUR, ends_at=now + HOUR))
    speed.made("l1", 10, 10, 10, 10, end=now)  # type: ignore[attr-defined]
    assert opened(county, now, speed) == []
    assert opened(county, now + 2 * HOUR, speed) == []
    speed.made("l1", 10, 10, 10, end=now + 2 * HOUR)  # type: ignore[attr-defined]
    assert opened(county, now + 2 * HOUR, speed) == ["l1"]


def test_a_line_that_is_silenced_is_told_of_when_it_is_still_too_slow_afterwards(
    county: Session, now: datetime, speed: object
) -> None:
    county.add(
        Silence(
            id="si1",
            school_code="S001",
            line_id="l1",
            begins_at=now - HOUR,
            ends_at=now + HOUR,
            reason="运营商抢修",
            entered_by="li",
        )
    )
    speed.made("l1", 10, 10, 10, end=now)  # type: ignore[attr-defined]
    assert opened(county, now, speed) == []
    assert opened(county, now + HOUR, speed) == ["l1"]
