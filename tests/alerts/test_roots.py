"""Roots out of the register: who hangs on whom, power, rest and flapping as it has them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.evaluation import Rules, evaluate, to_judge
from alerts.messages import alert_text
from alerts.models import Alert
from alerts.repositories.powers import last_outage
from drivers.readings import ALIVE, Kind, Outcome
from inventory.models import Agent, Device, DeviceEvent, DeviceState, Lifecycle, Neighbour
from inventory.scope import Scope

ALL = Scope.everything()
#: A Tuesday afternoon in Beijing, within lessons.
NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Add = Callable[..., None]


@pytest.fixture
def add(county: Session) -> Add:
    """``add(id, kind, alive, since, asked, at=parent)``: a device and how polls found it."""
    county.add(Agent(id="a1", name="box", last_seen_at=NOW))
    county.flush()

    def make(
        name: str,
        kind: Kind,
        minutes: float | None,
        *,
        asked: float = 0.1,
        under: str | None = None,
        by_name: bool = False,
    ) -> None:
        """Silent for so many minutes, or answering; asked so many minutes ago."""
        if county.get(Device, name) is None:
            county.add(Device(id=name, school_code="S001", name=name, kind=kind))
            county.flush()
        state = county.get(DeviceState, name) or DeviceState(
            device_id=name, school_code="S001", outcome=Outcome.ok, taken_at=NOW, since=NOW
        )
        state.outcome = Outcome.ok if minutes is None else Outcome.timeout
        state.failures = 0 if state.outcome in ALIVE else 2
        state.since = NOW - (timedelta(days=1) if minutes is None else minutes * MINUTE)
        state.taken_at = NOW - asked * MINUTE
        state.agent_id = "a1"
        if under is not None and by_name:
            county.add(
                Neighbour(
                    device_id=under,
                    place=len(name) + len(county.exec(select(Neighbour)).all()),
                    local_port="ge1",
                    remote_name=f"{name.upper()}.school.example",
                    protocol="lldp",
                    seen_at=NOW,
                )
            )
        elif under is not None:
            state.attached_device_id, state.attached_port = under, "ge1"
        county.add(state)
        county.flush()

    return make


@pytest.fixture
def look(county: Session, speed: object) -> Callable[..., list[str]]:
    """``look(now)``: judge, and say which devices have open alerts."""

    def judged(now: datetime = NOW, pace: float = 1.0) -> list[str]:
        rules = Rules(pace=pace)
        news = to_judge(county, speed, now, ALL, rules=rules)  # type: ignore[arg-type]
        evaluate(county, speed, now, ALL, subjects=news, rules=rules)  # type: ignore[arg-type]
        rest = to_judge(county, speed, now, ALL, rules=rules)  # type: ignore[arg-type]
        assert rest == []
        alerts = county.exec(select(Alert).where(Alert.cleared_at == None))  # noqa: E711
        return sorted(one.subject for one in alerts)

    return judged


@pytest.mark.parametrize("by_name", [True, False], ids=["lldp", "forwarding-table"])
def test_a_dead_switch_is_one_alert_that_names_how_many_are_behind_it(
    county: Session, add: Add, look: Callable[..., list[str]], by_name: bool
) -> None:
    add("core", Kind.router, None)
    add("sw", Kind.switch, 5, under="core", by_name=True)
    add("ap", Kind.access_point, 6, under="sw", by_name=by_name)
    add("cam", Kind.camera, 4, under="sw", by_name=by_name)
    assert look() == ["sw"]
    [alert] = county.exec(select(Alert)).all()
    assert json.loads(alert.arguments)["behind"] == 2
    assert "2 devices behind it" in alert_text(alert, str)

    # The switch is back; one of them is not.
    add("sw", Kind.switch, None)
    state = county.get_one(DeviceState, "sw")
    state.since = NOW + MINUTE
    add("ap", Kind.access_point, None)
    county.flush()
    for minutes, standing in ((3, ["sw"]), (7, ["cam"])):
        later = NOW + minutes * MINUTE
        for one in county.exec(select(DeviceState)).all():
            one.taken_at = later
        county.get_one(Agent, "a1").last_seen_at = later
        county.flush()
        assert look(later) == standing


def test_a_switch_that_was_replaced_explains_nobody_and_lends_nobody_its_name(
    county: Session, add: Add, look: Callable[..., list[str]]
) -> None:
    add("old", Kind.switch, 9_000)
    add("ap", Kind.access_point, 5, under="old")
    add("core", Kind.router, None)
    add("sw", Kind.switch, 5, under="core", by_name=True)
    add("cam", Kind.camera, 5, under="sw", by_name=True)
    assert look() == ["old", "sw"]
    old = county.get_one(Device, "old")
    old.lifecycle, old.name = Lifecycle.retired, "sw"
    county.flush()
    assert look() == ["ap", "sw"]


def test_a_device_that_was_asked_before_its_switch_waits(
    add: Add, look: Callable[..., list[str]]
) -> None:
    add("sw", Kind.switch, None, asked=3)
    add("ap", Kind.access_point, 2, under="sw")
    assert look() == []
    add("sw", Kind.switch, None, asked=1)
    assert look() == ["ap"]


def test_a_silent_agent_says_nothing_of_its_devices(
    county: Session, add: Add, look: Callable[..., list[str]]
) -> None:
    add("sw", Kind.switch, 20)
    county.get_one(Agent, "a1").last_seen_at = NOW - 10 * MINUTE
    county.flush()
    assert look() == []


def test_whiteboards_are_off_at_night_and_for_days_and_are_not_down(
    add: Add, look: Callable[..., list[str]]
) -> None:
    day = 24 * 60
    add("b1", Kind.whiteboard, 15 * 60)
    add("b2", Kind.whiteboard, 2 * day)
    add("b3", Kind.whiteboard, 8 * day)
    add("ap", Kind.access_point, 15 * 60)
    assert look() == ["ap", "b3"]
    # A Saturday: nobody looks for what went on Friday a week ago.
    add("b4", Kind.terminal, 7 * day)
    assert look(NOW - timedelta(days=3)) == ["ap", "b3"]


@pytest.mark.parametrize(
    ("away", "told"),
    [(None, True), ("sw", False), ("core", False)],
    ids=["poll", "itself", "above"],
)
def test_a_lost_poll_of_its_switch_does_not_begin_the_days_of_a_whiteboard_anew(
    county: Session, add: Add, look: Callable[..., list[str]], away: str | None, told: bool
) -> None:
    day = timedelta(days=1)
    add("core", Kind.router, None)
    add("sw", Kind.switch, None, under="core", by_name=True)
    add("board", Kind.whiteboard, 8 * 24 * 60, under="sw")
    if away is not None:
        # The days of school in which it was away count for nobody behind it.
        county.add(
            Alert(
                id="x1",
                school_code="S001",
                subject=away,
                device_id=away,
                rule="device_down",
                severity="critical",
                opened_at=NOW - 8 * day,
                cleared_at=NOW - day,
            )
        )
    # Since yesterday morning it has answered.
    county.get_one(DeviceState, "sw").since = NOW - day
    county.flush()
    assert look() == (["board"] if told else [])


def test_a_power_cut_told_by_the_ups_explains_what_went_dark(
    county: Session, add: Add, look: Callable[..., list[str]]
) -> None:
    add("ups", Kind.ups, None)
    add("sw", Kind.switch, 5)
    for place, minutes in enumerate((6, 5, 4, 3, 2, 1)):
        county.add(
            DeviceEvent(
                id=f"e{place}",
                device_id="ups",
                school_code="S001",
                at=NOW - minutes * MINUTE,
                kind="vendor_trap",
                fields='{"trap": "standard_ups_on_battery"}',
            )
        )
    county.flush()
    assert look() == ["ups"]
    [alert] = county.exec(select(Alert)).all()
    assert "1 devices do not answer" in alert_text(alert, str)
    # Mains are back; whatever stays dark has its own fault after a while.
    for minutes, standing in ((3, ["ups"]), (6, []), (20, ["sw"])):
        later = NOW + minutes * MINUTE
        county.get_one(Agent, "a1").last_seen_at = later
        for one in county.exec(select(DeviceState)).all():
            one.taken_at = later
        county.flush()
        assert look(later) == standing


def test_what_flaps_ends_later_each_time(
    county: Session, add: Add, look: Callable[..., list[str]]
) -> None:
    add("sw", Kind.switch, None)
    for place in range(2):
        at = NOW - (60 - 20 * place) * MINUTE
        county.add(
            Alert(
                id=f"x{place}",
                school_code="S001",
                subject="sw",
                device_id="sw",
                rule="device_down",
                severity="critical",
                opened_at=at,
                cleared_at=at + 5 * MINUTE,
            )
        )
    county.flush()
    add("sw", Kind.switch, 1)
    assert look() == ["sw"]
    add("sw", Kind.switch, None)
    county.get_one(DeviceState, "sw").since = NOW
    county.flush()
    for minutes, standing in ((19, ["sw"]), (21, [])):
        later = NOW + minutes * MINUTE
        county.get_one(Agent, "a1").last_seen_at = later
        county.flush()
        assert look(later) == standing


def test_a_demonstration_lives_faster(
    county: Session, add: Add, look: Callable[..., list[str]]
) -> None:
    add("sw", Kind.switch, 1)
    assert look() == ["sw"]
    add("sw", Kind.switch, None)
    county.get_one(DeviceState, "sw").since = NOW - timedelta(seconds=10)
    county.flush()
    assert look() == ["sw"]
    assert look(pace=0.03) == []


def outages() -> Iterator[tuple[str, tuple[int | None, int | None]]]:
    """Events a minute: ``r`` told again, ``o`` once, ``b`` back; when mains went and came."""
    yield "", (None, None)
    yield "rrr", (0, None)
    yield "rrr       ", (0, 2)
    yield "rr       rr", (0, None)
    yield f"rr{'':18}rr", (20, None)
    yield "o         ", (0, None)
    yield "o   b     ", (0, 4)
    yield "o b  o  ", (0, None)
    yield f"o b{'':15}o  ", (18, None)
    yield "b  ", (None, None)


@pytest.mark.parametrize(("word", "expected"), list(outages()))
def test_events_of_a_ups_tell_when_mains_went_and_came(
    word: str, expected: tuple[int | None, int | None]
) -> None:
    kinds = {"r": "ups_on_battery", "o": "on_battery", "b": "power_restored"}
    events = [(kinds[one], NOW + n * MINUTE) for n, one in enumerate(word) if one != " "]
    failed, back = last_outage(events, NOW + (len(word) - 1) * MINUTE)
    minutes = tuple(None if at is None else (at - NOW) // MINUTE for at in (failed, back))
    assert minutes == expected
