"""Alerts of faults that began or ended while nobody could tell."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import select

from alerts.evaluation import DEFAULT_RULES, Rules, evaluate
from alerts.history import episodes, review
from alerts.judging.rules import RuleSet
from alerts.models import Alert, MaintenanceWindow, Ticket, TicketState
from alerts.notify.models import NoticeEvent
from alerts.notify.outbox import note_what_happens
from alerts.rules import DeviceDown
from drivers.readings import OUTCOMES, Kind, Outcome, Poll
from inventory.intake.ingest import record_polls
from inventory.models import Device, DeviceEvent, DeviceReview, DeviceState
from inventory.scope import Scope

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 3, 10, 8, tzinfo=UTC)


def polls_of(word: str, begin: datetime = BEGIN) -> list[tuple[datetime, Outcome]]:
    """One poll a minute: ``+`` alive, ``-`` not, a blank for none."""
    return [
        (begin + n * MINUTE, Outcome.ok if sign == "+" else Outcome.timeout)
        for n, sign in enumerate(word)
        if sign != " "
    ]


class Store:
    """Curves of poll outcomes, in memory."""

    def __init__(self):
        self.points = defaultdict(dict)

    def take(self, polls, subject="d1"):
        for at, outcome in polls:
            self.points[subject][int(at.timestamp() * 1000)] = float(OUTCOMES.index(outcome))

    def series(self, subject, metrics, *, start, end):
        inside = sorted(p for p in self.points[subject].items() if start <= p[0] < end)
        times, values = zip(*inside, strict=True) if inside else ((), ())
        return [type("Curve", (), {"times": times, "values": values})]

    def samples(self, metric, subjects, *, start, end):
        curves = {one: self.series(one, [metric], start=start, end=end)[0] for one in subjects}
        return {
            (one, ""): (np.array(curve.times, dtype=np.int64), np.array(curve.values))
            for one, curve in curves.items()
        }

    def latest(self, subjects, metrics, *, since):
        return {}


class Controller:
    """What a controller does with polls, and when it looks."""

    def __init__(self, session):
        self.session, self.store = session, Store()

    def take(self, word, begin, now, step=1, device="d1"):
        """Batches of one poll, in this order (``step`` -1: the newest first)."""
        for at, outcome in polls_of(word, begin)[::step]:
            poll = Poll(device, "S001", int(at.timestamp() * 1000), outcome)
            record_polls(self.session, [poll], now)
            self.store.take([(at, outcome)], device)

    def judge(self, now):
        evaluate(self.session, self.store, now, Scope.everything())

    def review(self, now, rules=DEFAULT_RULES):
        return review(self.session, self.store, now, rules=rules)

    @property
    def alerts(self):
        found = self.session.exec(select(Alert).order_by(Alert.opened_at)).all()
        return [(minute(a.opened_at), a.cleared_at and minute(a.cleared_at)) for a in found]


def minute(at):
    return round((at - BEGIN) / MINUTE, 3)


@pytest.fixture
def controller(county):
    return Controller(county)


@pytest.fixture
def tree(controller):
    """A switch with two cameras on it."""
    session = controller.session
    for name, kind in (("sw", Kind.switch), ("c1", Kind.camera), ("c2", Kind.camera)):
        session.add(Device(id=name, school_code="S001", name=name, kind=kind))
        session.flush()
        controller.take("+", BEGIN - MINUTE, BEGIN, device=name)
        if kind is Kind.camera:
            session.get_one(DeviceState, name).attached_device_id = "sw"
    session.flush()
    return controller


def told(controller):
    rows = controller.session.exec(select(Alert).order_by(Alert.opened_at, Alert.subject)).all()
    return [(one.subject, minute(one.opened_at)) for one in rows]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("++++", []),
        ("+-+-+", []),
        ("+--+", [(2, 3, True)]),
        ("+----", [(2, None, True)]),
        ("---+", [(1, 3, False)]),
        ("+--++---", [(2, 3, True), (6, None, True)]),
        ("+- -  +", [(3, 6, True)]),
        ("", []),
    ],
)
def test_the_rule_over_a_curve(word, expected):
    found = episodes(DeviceDown(), "d1", Kind.switch, polls_of(word))
    shown = [
        (minute(e.opened_at), e.cleared_at and minute(e.cleared_at), e.seen_whole) for e in found
    ]
    assert shown == expected


PAST = "+++--++++++----++--++++++++"


@pytest.mark.parametrize("order", ["live", "in_order", "newest_first", "gap_filled"])
def test_however_the_past_arrives_its_alerts_are_the_same(controller, order):
    """The alerts of a run in which every poll came at once, and was judged at once."""
    end = BEGIN + len(PAST) * MINUTE
    match order:
        case "live":
            for n, sign in enumerate(PAST):
                now = BEGIN + n * MINUTE
                controller.take(sign, now, now)
                controller.judge(now)
        case "in_order":
            controller.take(PAST, BEGIN, end)
        case "newest_first":
            controller.take(PAST, BEGIN, end, step=-1)
        case "gap_filled":
            now = BEGIN + 5 * MINUTE
            controller.take(PAST[:5], BEGIN, now)
            controller.judge(now)
            controller.take(PAST[15:], BEGIN + 15 * MINUTE, end)
            controller.judge(end)
            controller.take(PAST[5:15], BEGIN + 5 * MINUTE, end)
    controller.judge(end)
    controller.review(end + MINUTE)
    # Who does not answer for five minutes on end has not come back.
    assert controller.alerts == [(4, 5), (12, 19)]
    tickets = controller.session.exec(select(Ticket)).all()
    assert [ticket.state for ticket in tickets] == [TicketState.resolved]
    assert controller.review(end + 2 * MINUTE) == 0


@pytest.mark.parametrize("past", ["+++---+++---", "++++++------"])
def test_a_device_down_now_has_its_alert_from_when_it_went(controller, past):
    end = BEGIN + len(past) * MINUTE
    controller.take(past[-2:], end - 2 * MINUTE, end)
    controller.judge(end)
    assert controller.alerts[-1] == (len(past), None)
    controller.take(past[:-2], BEGIN, end)
    controller.judge(end)
    controller.review(end + MINUTE)
    expected = {"+++---+++---": [(4, None)], "++++++------": [(7, None)]}
    assert controller.alerts == expected[past]
    assert len({a.ticket_id for a in controller.session.exec(select(Alert))}) == 1


def test_a_fault_open_all_through_the_outage_splits_when_it_was_over_in_between(controller):
    controller.take("+--", BEGIN, BEGIN + 3 * MINUTE)
    controller.judge(BEGIN + 3 * MINUTE)
    end = BEGIN + 20 * MINUTE
    controller.take("--", BEGIN + 18 * MINUTE, end)
    controller.judge(end)
    controller.take("--+++++++++++---", BEGIN + 3 * MINUTE, end)
    controller.judge(end)
    controller.review(end + MINUTE)
    assert controller.alerts == [(2, 5), (17, None)]


def test_one_failure_before_the_outage_and_one_after_are_no_fault(controller):
    controller.take("++-", BEGIN, BEGIN + 3 * MINUTE)
    end = BEGIN + 30 * MINUTE
    controller.take("-", end, end)
    controller.judge(end)
    assert controller.alerts == []


def test_nothing_is_looked_at_while_the_past_still_comes(controller):
    controller.take("+--+", BEGIN, BEGIN + 4 * MINUTE)
    assert controller.review(BEGIN + 4 * MINUTE + timedelta(seconds=29)) == 0
    assert controller.review(BEGIN + 4 * MINUTE + timedelta(seconds=30)) == 1


def test_a_device_that_just_works_is_never_looked_at(controller):
    controller.take("++++++", BEGIN, BEGIN + 6 * MINUTE)
    assert controller.session.exec(select(DeviceReview)).all() == []


def test_a_device_down_for_long_is_not_looked_at_for_ever(controller):
    controller.take("+" + "-" * 10, BEGIN, BEGIN + 11 * MINUTE)
    controller.review(BEGIN + 20 * MINUTE)
    controller.take("-" * 10, BEGIN + 11 * MINUTE, BEGIN + 21 * MINUTE)
    assert controller.session.exec(select(DeviceReview)).all() == []


def test_who_is_behind_a_dead_switch_is_not_told_of_a_moment_later(tree):
    """Looking back at what came in time makes no alerts, and ends none."""
    for n in range(12):
        now = BEGIN + n * MINUTE
        for device in ("sw", "c1", "c2"):
            tree.take("-" if 2 <= n < 5 else "+", now, now, device=device)
        for later in (now, now + MINUTE / 2, now + MINUTE * 0.9):
            tree.judge(later)
            tree.review(later)
        assert [one for one, _ in told(tree)] == (["sw"] if n >= 3 else [])
        if 5 <= n < 10:
            # It must answer for five minutes.
            assert tree.alerts == [(3, None)]
    assert tree.alerts == [(3, 10)]


def test_of_a_past_that_comes_late_the_roots_are_told(factory, tree):
    note_what_happens(factory)
    end = BEGIN + 60 * MINUTE
    words = {
        "sw": "+" * 10 + "-" * 10 + "+" * 40,
        "c1": "+" * 9 + "-" * 12 + "+" * 39,
        # It dies again on its own.
        "c2": "+" * 10 + "-" * 11 + "+" * 9 + "-" * 10 + "+" * 20,
    }
    for device, word in words.items():
        tree.take(word, BEGIN, end, device=device)
    tree.judge(end)
    assert told(tree) == []
    tree.review(end + MINUTE)
    assert told(tree) == [("sw", 11), ("c2", 31)]
    assert all(one.cleared_at for one in tree.session.exec(select(Alert)))
    tickets = tree.session.exec(select(Ticket)).all()
    assert [one.state for one in tickets] == [TicketState.resolved] * 2
    # They are on record; nobody is woken for what has long been over.
    assert tree.session.exec(select(NoticeEvent)).all() == []


@pytest.mark.parametrize("excuse", ["maintenance", "mains", "no rule"])
def test_of_a_past_that_comes_late_nothing_is_told_that_had_an_excuse(tree, excuse):
    session, end = tree.session, BEGIN + 60 * MINUTE
    if excuse == "maintenance":
        session.add(
            MaintenanceWindow(
                id="m1",
                school_code="S001",
                begins_at=BEGIN + 5 * MINUTE,
                ends_at=BEGIN + 30 * MINUTE,
                reason="x",
                entered_by="u1",
                entered_at=BEGIN,
            )
        )
    elif excuse == "mains":
        session.add(Device(id="ups", school_code="S001", name="ups", kind=Kind.ups))
        session.flush()
        tree.take("+" * 60, BEGIN, end, device="ups")
        for place, trap in ((9, "on_battery"), (18, "power_restored")):
            session.add(
                DeviceEvent(
                    id=f"e{place}",
                    device_id="ups",
                    school_code="S001",
                    at=BEGIN + place * MINUTE,
                    kind="vendor_trap",
                    fields=f'{{"trap": "apc_{trap}"}}',
                )
            )
    session.flush()
    tree.take("+" * 10 + "-" * 10 + "+" * 40, BEGIN, end, device="c1")
    tree.review(end + MINUTE, Rules(judged=RuleSet()) if excuse == "no rule" else DEFAULT_RULES)
    assert told(tree) == []
