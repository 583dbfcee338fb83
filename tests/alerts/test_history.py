"""Alerts of faults that began or ended while nobody could tell."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from alerts.evaluation import evaluate
from alerts.history import episodes, review
from alerts.models import Alert, Ticket, TicketState
from alerts.rules import DeviceDown
from drivers.readings import OUTCOMES, Kind, Outcome, Poll
from inventory.intake.ingest import record_polls
from inventory.models import DeviceReview
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
        self.points = {}

    def take(self, polls):
        for at, outcome in polls:
            self.points[int(at.timestamp() * 1000)] = float(OUTCOMES.index(outcome))

    def series(self, subject, metrics, *, start, end):
        inside = sorted(p for p in self.points.items() if start <= p[0] < end)
        times, values = zip(*inside, strict=True) if inside else ((), ())
        return [type("Curve", (), {"times": times, "values": values})]

    def latest(self, subjects, metrics, *, since):
        return {}


class Controller:
    """What a controller does with polls, and when it looks."""

    def __init__(self, session):
        self.session, self.store = session, Store()

    def take(self, word, begin, now, step=1):
        """Batches of one poll, in this order (``step`` -1: the newest first)."""
        for at, outcome in polls_of(word, begin)[::step]:
            poll = Poll("d1", "S001", int(at.timestamp() * 1000), outcome)
            record_polls(self.session, [poll], now)
            self.store.take([(at, outcome)])

    def judge(self, now):
        evaluate(self.session, self.store, now, Scope.everything())

    def review(self, now):
        return review(self.session, self.store, now)

    @property
    def alerts(self):
        found = self.session.exec(select(Alert).order_by(Alert.opened_at)).all()
        return [(minute(a.opened_at), a.cleared_at and minute(a.cleared_at)) for a in found]


def minute(at):
    return round((at - BEGIN) / MINUTE, 3)


@pytest.fixture
def controller(county):
    return Controller(county)


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


PAST = "+++--+++----++--+++"


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
    assert controller.alerts == [(4, 5), (9, 12), (15, 16)]
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
    expected = {"+++---+++---": [(4, 6), (10, None)], "++++++------": [(7, None)]}
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
