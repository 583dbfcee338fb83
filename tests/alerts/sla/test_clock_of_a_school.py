"""A clock of service by the calendar of one school, in numbers one can look up."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.models import TicketEvent
from alerts.sla.clock import Due, Run, due
from alerts.sla.hours import MINUTE, business_hours, moment, time_of
from alerts.sla.log import responded_at, runs_of, state_of
from alerts.sla.terms import DEFAULT_TERMS, ServiceTerms, Target, read_terms, written
from alerts.urgency import Impact, Priority, Urgency, WaitingFor
from inventory.models import Stage
from tests.inventory.calendars.school_calendar import CITY, calendar

CHINA = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 9, 1), date(2027, 1, 31)
HOURS = business_hours(calendar(CITY, first=FIRST, last=LAST), FIRST, LAST)
PAUSING = DEFAULT_TERMS.pausing


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return moment(datetime(2026, month, day, hour, minute, tzinfo=CHINA))


@pytest.mark.parametrize(
    ("begin", "minutes", "end"),
    [
        # Primary lessons are 8:00 - 11:40 and 13:40 - 16:10 by this calendar: 370 minutes a day.
        (at(9, 1, 8), 30, at(9, 1, 8, 30)),
        (at(9, 1, 11, 30), 30, at(9, 1, 14)),
        (at(9, 1, 16, 0), 30, at(9, 2, 8, 20)),
        # From a Friday evening over the weekend.
        (at(9, 4, 20), 1, at(9, 7, 8, 1)),
        # 25 September is the Mid-Autumn festival.
        (at(9, 24, 16), 20, at(9, 28, 8, 10)),
        # 1 - 7 October are off, and 10 October, a Saturday, is worked for them.
        (at(9, 30, 16, 10), 370, at(10, 8, 16, 10)),
        (at(10, 9, 16, 10), 370, at(10, 10, 16, 10)),
    ],
)
def test_promises_of_a_term(begin: int, minutes: int, end: int) -> None:
    found = HOURS.after(begin, minutes * MINUTE)
    assert found is not None
    assert time_of(found) == time_of(end)


def test_a_school_without_a_term_gets_promises_all_the_same() -> None:
    bare = calendar(first=FIRST, last=LAST, stage=Stage.junior_secondary)
    hours = business_hours(bare, FIRST, LAST)
    assert hours.after(at(9, 1, 8), 30 * MINUTE) == at(9, 1, 8, 30)


def line(kind: str, moment_: int, **told: Any) -> TicketEvent:
    return TicketEvent(ticket_id="t", at=time_of(moment_), kind=kind, **told)


def test_a_clock_stands_while_it_waits_for_parts_and_between_two_repairs() -> None:
    log = [
        line("opened", at(9, 1, 8)),
        line("assigned", at(9, 1, 8, 10), actor_id="boss", assignee_id="u"),
        line("commented", at(9, 1, 8, 15), actor_id="u"),
        line("started", at(9, 1, 8, 20), actor_id="u"),
        line("waiting", at(9, 1, 8, 30), actor_id="u", waiting_for=WaitingFor.parts),
        line("started", at(9, 2, 8), actor_id="u"),
        line("waiting", at(9, 2, 8, 10), actor_id="u", waiting_for=WaitingFor.other),
        line("resolved", at(9, 2, 8, 30), actor_id="u"),
        line("closed", at(9, 2, 9), actor_id="boss"),
        line("reopened", at(9, 3, 8), actor_id="boss"),
    ]
    ran = runs_of(log, PAUSING)
    assert ran == [
        Run(at(9, 1, 8), at(9, 1, 8, 30)),
        Run(at(9, 2, 8), at(9, 2, 8, 30)),
        Run(at(9, 3, 8)),
    ]
    assert due(HOURS, ran, 90 * MINUTE) == Due(at(9, 3, 8, 30))
    assert due(HOURS, ran[:-1], 90 * MINUTE) == Due(None, 30 * MINUTE)
    assert due(HOURS, ran, 45 * MINUTE) == Due(at(9, 2, 8, 15))
    assert responded_at(log) == time_of(at(9, 1, 8, 20))
    assert (state_of(log), state_of(log[:-1]), state_of([])) == ("reopened", "closed", None)


def test_who_accepts_has_answered_and_a_recovery_by_itself_has_not() -> None:
    opened = line("opened", at(9, 1, 8))
    accepted = line("assigned", at(9, 1, 8, 5), actor_id="u", assignee_id="u")
    recovered = line("resolved", at(9, 1, 8, 10))
    assert responded_at([opened, accepted, recovered]) == accepted.at
    assert responded_at([opened, recovered]) is None
    assert runs_of([opened, recovered], PAUSING) == [Run(at(9, 1, 8), at(9, 1, 8, 10))]


def test_terms_are_read_as_they_were_written() -> None:
    ours = ServiceTerms(
        matrix={**DEFAULT_TERMS.matrix, (Impact.one, Urgency.low): Priority.p3},
        targets={**DEFAULT_TERMS.targets, Priority.p1: Target(10, 120)},
        pausing=frozenset(WaitingFor) - {WaitingFor.other},
    )
    for terms in (DEFAULT_TERMS, ours):
        assert read_terms(written(terms)) == terms
    assert DEFAULT_TERMS.priority(Impact.school, Urgency.high) is Priority.p1
    assert DEFAULT_TERMS.priority(Impact.one, Urgency.low) is Priority.p4


@pytest.mark.parametrize(
    "wrong",
    [
        {"targets": {**DEFAULT_TERMS.targets, Priority.p1: Target(0, 10)}},
        {"targets": {**DEFAULT_TERMS.targets, Priority.p1: Target(20, 10)}},
        {"targets": {**DEFAULT_TERMS.targets, Priority.p4: Target(20, 60_001)}},
        {"targets": {Priority.p1: Target(1, 2)}},
        {"matrix": {(Impact.one, Urgency.low): Priority.p1}},
        {"pausing": frozenset({WaitingFor.other})},
    ],
)
def test_terms_no_clock_can_count_with_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        ServiceTerms(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["[]", "{}", '{"matrix": [], "targets": {}, "pausing": []}', "x"])
def test_what_is_no_terms_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_terms(text)


def test_time_is_told_in_whole_microseconds() -> None:
    late = datetime(2026, 9, 1, 8, 0, 0, 1, tzinfo=CHINA)
    assert time_of(moment(late)) == late
    assert moment(late + timedelta(microseconds=1)) - moment(late) == 1
