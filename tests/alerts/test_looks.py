"""Boxes, lines and ports: what is told of them, and what stays unsaid behind another root."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.evaluation import Rules, evaluate, to_judge
from alerts.looks.agents import deaf_until
from alerts.messages import alert_text, alert_title
from alerts.models import Alert, Ticket
from alerts.repositories.boxes import Heard
from drivers.readings import Kind, LineTestOutcome, Outcome
from inventory.intake.hearing import Heard as Call
from inventory.intake.hearing import heard_from_all
from inventory.models import (
    Agent,
    AgentSchool,
    Device,
    DeviceEvent,
    DeviceState,
    Lifecycle,
    Line,
    School,
)
from inventory.scope import Scope

ALL = Scope.everything()
#: A Tuesday afternoon in Beijing, within lessons.
NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MEGA = 1_000_000
LOSS, OUTCOME = "ping_loss_ratio", "speedtest_outcome"


@pytest.fixture
def box(county: Session) -> Callable[..., Agent]:
    """``box(name, heard, *schools)``: an agent that was heard so many minutes ago."""

    def make(name: str, heard: float, *schools: str) -> Agent:
        agent = county.get(Agent, name) or Agent(id=name, name=f"采集器 {name}")
        agent.last_seen_at = NOW - heard * MINUTE
        county.add(agent)
        county.flush()
        for school in schools:
            county.add(AgentSchool(agent_id=name, school_code=school))
        county.flush()
        return agent

    return make


@pytest.fixture
def polled_by(county: Session) -> Callable[..., None]:
    """``polled_by(agent, school, *minutes)``: devices silent for so long; ``None`` answers."""

    def make(agent: str, school: str, *silent: float | None) -> None:
        for place, minutes in enumerate(silent):
            name = f"{school}-{place}"
            if county.get(Device, name) is None:
                county.add(Device(id=name, school_code=school, name=name, kind=Kind.switch))
                county.flush()
            state = county.get(DeviceState, name) or DeviceState(
                device_id=name, school_code=school, outcome=Outcome.ok, taken_at=NOW, since=NOW
            )
            state.agent_id, state.taken_at = agent, NOW
            state.outcome = Outcome.ok if minutes is None else Outcome.timeout
            state.failures = 0 if minutes is None else 3
            state.since = NOW - (60 if minutes is None else minutes) * MINUTE
            county.add(state)
        county.flush()

    return make


@pytest.fixture
def look(county: Session, speed: object) -> Callable[..., list[tuple[str, str]]]:
    """``look(now)``: judge twice over, and say which alerts are open."""

    def judged(now: datetime = NOW, rules: Rules = Rules()) -> list[tuple[str, str]]:  # noqa: B008
        news = to_judge(county, speed, now, ALL, rules=rules)  # type: ignore[arg-type]
        evaluate(county, speed, now, ALL, subjects=news, rules=rules)  # type: ignore[arg-type]
        assert to_judge(county, speed, now, ALL, rules=rules) == []  # type: ignore[arg-type]
        alerts = county.exec(select(Alert).where(Alert.cleared_at == None))  # noqa: E711
        return sorted((one.rule, one.subject) for one in alerts)

    return judged


def test_a_silent_box_is_one_alert_with_its_name_and_those_it_polls(
    county: Session,
    box: Callable[..., Agent],
    polled_by: Callable[..., None],
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", 4, "S001")
    polled_by("a1", "S001", 20, 20, None)
    assert look() == []
    box("a1", 6)
    assert look() == [("agent_silent", "a1")]
    [alert] = county.exec(select(Alert)).all()
    assert (alert.school_code, alert.device_id, alert.line_id) == ("S001", None, None)
    assert alert_title(alert, "", str) == "Agent 采集器 a1 is silent"
    assert "3 devices" in alert_text(alert, str)
    [ticket] = county.exec(select(Ticket)).all()
    assert ticket.school_code == "S001"

    # It calls again: five minutes of that end the alert, and what it says counts from then on.
    back = NOW + MINUTE
    heard_from_all(county, [Call("a1")], back)
    county.expire_all()
    assert county.get_one(Agent, "a1").back_at == back
    assert look(back) == [("agent_silent", "a1")]
    for state in county.exec(select(DeviceState)).all():
        state.outcome, state.failures = Outcome.ok, 0
    heard_from_all(county, [Call("a1")], back + 5 * MINUTE)
    county.expire_all()
    assert county.get_one(Agent, "a1").back_at == back
    assert look(back + 5 * MINUTE) == []


def test_boxes_are_not_silent_where_it_is_we_who_were_deaf(
    box: Callable[..., Agent], look: Callable[..., list[tuple[str, str]]]
) -> None:
    box("a1", 60, "S001")
    rules = Rules(listening_since=NOW - 4 * MINUTE)
    assert look(rules=rules) == []
    assert look(NOW + 2 * MINUTE, rules) == [("agent_silent", "a1")]
    one, end = Heard("", 0, 0), NOW.timestamp()
    # Of three none is heard; then one calls again, and the others have time.
    assert deaf_until({"a": one, "b": one, "c": one}, end) > end
    assert deaf_until({"a": one, "b": one, "c": Heard("", end, end - 60)}, end) == end - 60
    assert deaf_until({"a": one, "b": Heard("", end, 0)}, end) == 0


def test_a_silent_box_is_not_back_because_a_controller_began_to_listen(
    box: Callable[..., Agent], look: Callable[..., list[tuple[str, str]]]
) -> None:
    box("a1", 60, "S001")
    assert look() == [("agent_silent", "a1")]
    # Nobody ends an alert by starting anew, nor the two others by falling silent with it.
    assert look(NOW, Rules(listening_since=NOW)) == [("agent_silent", "a1")]
    box("a2", 2, "S002")
    box("a3", 2, "S002")
    assert look() == [("agent_silent", "a1")]


def test_boxes_of_closed_schools_and_those_shut_out_are_not_missed(
    county: Session, box: Callable[..., Agent], look: Callable[..., list[tuple[str, str]]]
) -> None:
    box("a1", 9, "S001")
    box("a2", 9, "S002")
    assert look() == [("agent_silent", "a1"), ("agent_silent", "a2")]
    county.get_one(Agent, "a2").revoked_at = NOW
    county.get_one(School, "S001").closed_on = (NOW - timedelta(days=3)).date()
    county.flush()
    assert look() == []


def test_a_power_cut_and_a_dead_line_are_the_root_of_a_silent_box(
    county: Session,
    box: Callable[..., Agent],
    speed: object,
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", 6, "S001")
    speed.made("l1", 2 / MEGA, metric=OUTCOME, end=NOW - 8 * MINUTE)  # type: ignore[attr-defined]
    assert look() == [("line_down", "l1")]


def test_a_line_whose_hosts_are_all_silent_is_down_while_its_box_is_heard(
    county: Session,
    box: Callable[..., Agent],
    speed: object,
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", -60, "S001")

    def probed(*losses: float, host: str = "h1", end: datetime = NOW) -> None:
        speed.made("l1", *(one / MEGA for one in losses), metric=LOSS, server=host, end=end)  # type: ignore[attr-defined]

    probed(0, 1, 1, 1, 1)
    probed(0, 0, 0, 0, 0, host="h2")
    probed(1, 1, 1, 1, 1, host="gateway")
    # One host that answers is enough.
    assert look() == []
    later = NOW + 3 * MINUTE
    probed(1, 1, 1, end=later)
    probed(1, 1, 1, host="h2", end=later)
    # For two minutes; three are asked for.
    assert look(later) == []
    later += MINUTE
    probed(1, end=later)
    probed(1, host="h2", end=later)
    assert look(later) == [("line_down", "l1")]
    [alert] = county.exec(select(Alert)).all()
    assert alert.line_id == "l1"
    assert alert_title(alert, "Telecom C-1", str) == "Telecom C-1 carries nothing"
    for minutes, standing in ((1, 1), (5, 1), (7, 0)):
        end = later + minutes * MINUTE
        probed(*([0] * minutes), end=end)
        assert len(look(end)) == standing


def test_hosts_that_refuse_to_be_asked_do_not_make_a_line_dead(
    box: Callable[..., Agent], speed: object, look: Callable[..., list[tuple[str, str]]]
) -> None:
    box("a1", 0, "S001")
    speed.made("l1", *([1 / MEGA] * 9), metric=LOSS, server="h1")  # type: ignore[attr-defined]
    good = LineTestOutcome.ok
    speed.made("l1", good / MEGA, metric=OUTCOME, end=NOW - 5 * MINUTE)  # type: ignore[attr-defined]
    assert look() == []


def test_speed_tests_that_failed_are_the_line_and_not_its_bandwidth(
    county: Session,
    box: Callable[..., Agent],
    speed: object,
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", 0, "S001")
    dead = LineTestOutcome.line_down / MEGA
    speed.made("l1", dead, dead, dead, metric=OUTCOME, end=NOW - 5 * MINUTE)  # type: ignore[attr-defined]
    for metric in ("speedtest_download_bits_per_second", "speedtest_upload_bits_per_second"):
        speed.made("l1", 0, 0, 0, metric=metric, end=NOW - 5 * MINUTE)  # type: ignore[attr-defined]
    assert look() == [("line_down", "l1")]
    # Its contract ends: nobody looks for it any more.
    county.get_one(Line, "l1").ends_on = (NOW - timedelta(days=1)).date()
    county.flush()
    assert look() == []


def test_a_school_polled_from_elsewhere_of_which_nothing_answers_is_one_line(
    county: Session,
    box: Callable[..., Agent],
    polled_by: Callable[..., None],
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", 0, "S001", "S002")
    polled_by("a1", "S001", 4, 3.5, 4)
    polled_by("a1", "S002", None, 6)
    # Of the other school something answers: its switch is dead, and no line.
    assert look() == [("device_down", "S002-1"), ("line_down", "l1")]
    later = NOW + 10 * MINUTE
    box("a1", -10)
    for state in county.exec(select(DeviceState)).all():
        state.taken_at = later
        if state.school_code == "S001":
            state.outcome, state.failures, state.since = Outcome.ok, 0, NOW + 3 * MINUTE
    county.flush()
    assert look(later) == [("device_down", "S002-1")]


@pytest.fixture
def told(county: Session) -> Callable[..., None]:
    """``told(device, kind, end, times)``: events a minute apart, the last one at ``end``."""

    def make(device: str, kind: str, end: datetime, times: int, **fields: str) -> None:
        for place in range(times):
            at = end - place * MINUTE
            county.add(
                DeviceEvent(
                    id=f"{device}{kind}{at:%d%H%M}{''.join(fields.values())}"[:40],
                    device_id=device,
                    school_code="S001",
                    at=at,
                    kind=kind,
                    fields=json.dumps(fields),
                )
            )
        county.flush()

    return make


def test_a_port_that_goes_up_and_down_is_one_alert_and_explains_who_is_behind_it(
    county: Session,
    box: Callable[..., Agent],
    polled_by: Callable[..., None],
    told: Callable[..., None],
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", 0, "S001")
    polled_by("a1", "S001", None, 3)
    behind = county.get_one(DeviceState, "S001-1")
    behind.attached_device_id, behind.attached_port = "S001-0", "ge3"
    told("S001-0", "link_down", NOW - MINUTE, 2, port="ge3")
    told("S001-0", "link_up", NOW, 3, port="ge3")
    told("S001-0", "link_up", NOW, 3, port="ge4")
    # Five changes are not enough, but the device behind it is no fault of its own.
    assert look() == []
    told("S001-0", "link_down", NOW, 1, port="ge3")
    assert look() == [("port_flapping", "S001-0")]
    [alert] = county.exec(select(Alert)).all()
    assert (alert.part, alert.device_id) == ("ge3", "S001-0")
    assert alert_title(alert, "core", str) == "core: port ge3 goes up and down"
    assert alert_text(alert, str) == "6 times within an hour."
    later = NOW + 61 * MINUTE
    box("a1", -61)
    for state in county.exec(select(DeviceState)).all():
        state.taken_at, state.outcome, state.failures = later, Outcome.ok, 0
    county.flush()
    assert look(later) == []


def test_wrong_credentials_and_a_spanning_tree_that_changes_again_and_again_are_told(
    county: Session,
    box: Callable[..., Agent],
    polled_by: Callable[..., None],
    told: Callable[..., None],
    look: Callable[..., list[tuple[str, str]]],
) -> None:
    box("a1", 0, "S001")
    polled_by("a1", "S001", None, None)
    told("S001-0", "authentication_failure", NOW, 9)
    told("S001-1", "vendor_trap", NOW, 12, trap="standard_spanning_tree_change")
    told("S001-0", "vendor_trap", NOW, 12, trap="h3c_fan_failed")
    assert look() == [("spanning_tree_storm", "S001-1")]
    told("S001-0", "authentication_failure", NOW - 20 * MINUTE, 5)
    assert look() == [("access_refused_often", "S001-0"), ("spanning_tree_storm", "S001-1")]
    county.get_one(Device, "S001-1").lifecycle = Lifecycle.retired
    county.flush()
    box("a1", -90)
    assert look(NOW + 90 * MINUTE) == [("access_refused_often", "S001-0")]
    box("a1", -121)
    assert look(NOW + 121 * MINUTE) == []
