"""Whatever people and rules do with a ticket, its state, its log and its clocks agree."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session

from alerts.errors import NotMerged, TransitionRefused
from alerts.judgement import NOT_BEGUN, QUIET_PERIOD, judge
from alerts.models import Ticket
from alerts.repositories import TicketRepository
from alerts.rules import Clear, Finding
from alerts.sla.clock import Run, due, final
from alerts.sla.hours import MINUTE, SECOND, moment
from alerts.sla.keeping import HORIZON, SchoolClocks, count_stale
from alerts.sla.log import state_of
from alerts.sla.terms import DEFAULT_TERMS
from alerts.states import ALLOWED, STOPPED, TicketState
from alerts.tickets import TicketDesk
from alerts.urgency import Impact, Urgency, WaitingFor
from inventory.days import day_of
from inventory.models import School
from inventory.scope import Scope

ALL = Scope.everything()
FAULT = ("device_down", "d1")
PEOPLE = st.sampled_from(("u1", "u2"))
#: From seconds to the other side of a weekend.
SPANS = st.integers(1, 90).map(lambda n: timedelta(minutes=n)) | st.integers(1, 80).map(
    lambda n: timedelta(hours=n, microseconds=1)
)


class Repair(RuleBasedStateMachine):
    """One ticket between its opening and its end, and what ought to be known of it."""

    session: Session
    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self.undo = self.session.begin_nested()
        school = self.session.get_one(School, "S001")
        days = day_of(self.now), day_of(self.now + HORIZON)
        self.hours = SchoolClocks(self.session, {"S001": school}, *days).hours("S001")
        self.runs: list[Run] = []
        self.responded: datetime | None = None

    def teardown(self) -> None:
        self.undo.rollback()
        self.session.expire_all()

    @initialize(by_rule=st.booleans())
    def opened(self, by_rule: bool) -> None:
        self.has_alert, self.is_of_other = by_rule, False
        if by_rule:
            [alert] = judge(self.session, [self._finding()], [], self.now).opened
            self.ticket = self.session.get_one(Ticket, alert.ticket_id)
            count_stale(self.session, self.now)
        else:
            self.ticket = self.desk().open("S001", "x", device_id="d1")
        self.kinds = ["opened"]
        self.state = TicketState.new
        self._clock()

    @rule(span=SPANS)
    def time_goes_by(self, span: timedelta) -> None:
        self.now += span

    @rule(who=PEOPLE, to=st.just("u1"))
    def assign(self, who: str, to: str) -> None:
        self.step(TicketState.assigned, "assigned", lambda d: d.assign(self.ticket.id, to), who)
        if who == to and self.kinds[-1] == "assigned":
            self.responded = self.responded or self.now

    @rule(who=PEOPLE)
    def start(self, who: str) -> None:
        self.step(TicketState.in_progress, "started", lambda d: d.start(self.ticket.id), who)

    @rule(what=st.sampled_from(WaitingFor))
    def wait(self, what: WaitingFor) -> None:
        self.step(
            TicketState.waiting,
            "waiting",
            lambda d: d.wait(self.ticket.id, "x", what),
            pausing=what in DEFAULT_TERMS.pausing,
        )

    @rule()
    def resolve(self) -> None:
        self.step(TicketState.resolved, "resolved", lambda d: d.resolve(self.ticket.id))

    @rule()
    def close(self) -> None:
        self.step(TicketState.closed, "closed", lambda d: d.close(self.ticket.id))

    @rule()
    def reopen(self) -> None:
        self.step(TicketState.reopened, "reopened", lambda d: d.reopen(self.ticket.id, "x"))

    @rule()
    def comment(self) -> None:
        self.desk().comment(self.ticket.id, "x")
        self.kinds.append("commented")

    @rule(impact=st.sampled_from(Impact), urgency=st.sampled_from(Urgency))
    def prioritise(self, impact: Impact, urgency: Urgency) -> None:
        if self.state in STOPPED:
            with pytest.raises(TransitionRefused):
                self.desk().prioritise(self.ticket.id, impact, urgency)
            return
        self.desk().prioritise(self.ticket.id, impact, urgency)
        self.kinds.append("prioritised")
        assert self.ticket.priority is DEFAULT_TERMS.priority(impact, urgency)

    @rule()
    def merge(self) -> None:
        into = self.desk().open("S001", "the same")
        if self.state is TicketState.closed:
            with pytest.raises(TransitionRefused):
                self.desk().merge(self.ticket.id, into.number)
            return
        self.desk().merge(self.ticket.id, into.number)
        assert self.ticket.merged_into_id == into.id
        self._went("merged", TicketState.closed)

    @rule()
    def unmerge(self) -> None:
        if self.ticket.merged_into_id is None or self.state is not TicketState.closed:
            with pytest.raises(NotMerged):
                self.desk().unmerge(self.ticket.id)
            return
        self.desk().unmerge(self.ticket.id)
        assert self.ticket.merged_into_id is None
        self._went("unmerged", TicketState.reopened)

    @precondition(lambda self: self.state not in STOPPED or self._is_quiet())
    @rule()
    def the_fault_comes(self) -> None:
        into = self.ticket.merged_into_id
        judged = judge(self.session, [self._finding()], [], self.now)
        if not self.has_alert and self.ticket.fault_key and into is not None:
            # The one it was merged into goes on for it.
            assert [one.ticket_id for one in judged.opened] == [into]
            self.has_alert, self.is_of_other = True, True
            count_stale(self.session, self.now)
            return
        if self.has_alert or self.ticket.fault_key == "":
            assert [one.ticket_id for one in judged.opened] != [self.ticket.id]
            self.has_alert = True
            return
        self.has_alert, self.is_of_other = True, False
        assert [one.ticket_id for one in judged.opened] == [self.ticket.id]
        if self.state in STOPPED:
            self._went("reopened", TicketState.reopened)
        else:
            self.kinds.append("recurred")
        count_stale(self.session, self.now)

    @rule()
    def the_fault_goes(self) -> None:
        judge(self.session, [], [Clear(rule=FAULT[0], subject=FAULT[1])], self.now)
        ours = self.has_alert and self.ticket.fault_key != "" and not self.is_of_other
        ours = ours and self.ticket.merged_into_id is None
        self.has_alert = False
        if not ours:
            return
        self.kinds.append("recovered")
        if self.state in NOT_BEGUN:
            answered = self.responded
            self._went("resolved", TicketState.resolved)
            self.responded = answered
        count_stale(self.session, self.now)

    @invariant()
    def state_and_log_agree(self) -> None:
        log = TicketRepository(self.session, ALL).events(self.ticket.id)
        assert self.ticket.state is self.state is state_of(log)
        assert [line.kind for line in log] == self.kinds
        assert [line.at for line in log] == sorted(line.at for line in log)

    @invariant()
    def what_hangs_on_the_state_is_there(self) -> None:
        ticket, state = self.ticket, self.state
        assert (ticket.resolved_at is not None) is (state in STOPPED)
        assert (ticket.closed_at is not None) is (state is TicketState.closed)
        assert (ticket.waiting_for is not None) is (state is TicketState.waiting)
        assert ticket.merged_into_id is None or state is TicketState.closed
        if state in (TicketState.assigned, TicketState.in_progress, TicketState.waiting):
            assert ticket.assignee_id is not None

    @invariant()
    def promises_are_those_of_the_calendar(self) -> None:
        ticket = self.ticket
        assert not ticket.clock_stale
        assert ticket.responded_at == self.responded
        target = DEFAULT_TERMS.targets[ticket.priority].resolution * MINUTE
        found = due(self.hours, self.runs, target)
        expected = found.at, None if found.left is None else found.left // SECOND
        if self.state in STOPPED:
            expected = final(self.hours, self.runs, target), None
        assert (ticket.due_at and moment(ticket.due_at), ticket.clock_left) == expected
        assert ticket.due_response_at is not None
        assert ticket.due_at is None or ticket.due_response_at <= ticket.due_at

    def step(
        self,
        to: TicketState,
        kind: str,
        take: Callable[[TicketDesk], object],
        who: str = "u1",
        *,
        pausing: bool = False,
    ) -> None:
        """Take a step where it is allowed, and see it refused elsewhere."""
        if self.state not in ALLOWED[to]:
            with pytest.raises(TransitionRefused):
                take(self.desk(who))
            return
        take(self.desk(who))
        self._went(kind, to, pausing=pausing)

    def desk(self, who: str = "u1") -> TicketDesk:
        return TicketDesk(self.session, ALL, who, self.now)

    def _went(self, kind: str, to: TicketState, *, pausing: bool = False) -> None:
        self.kinds.append(kind)
        self.state = to
        if kind in ("started", "waiting", "resolved", "merged"):
            self.responded = self.responded or self.now
        self._clock(pausing=pausing)

    def _clock(self, *, pausing: bool = False) -> None:
        goes = self.state not in STOPPED and not pausing
        at = moment(self.now)
        ran = bool(self.runs) and self.runs[-1].end is None
        if goes and not ran:
            self.runs.append(Run(at))
        elif ran and not goes:
            self.runs[-1] = Run(self.runs[-1].begin, at)

    def _is_quiet(self) -> bool:
        resolved = self.ticket.resolved_at
        return resolved is not None and resolved >= self.now - QUIET_PERIOD

    def _finding(self) -> Finding:
        return Finding(rule=FAULT[0], subject=FAULT[1])


def _walk(county: Session, now: datetime, examples: int) -> None:
    class Ours(Repair):
        pass

    Ours.session, Ours.now = county, now
    run_state_machine_as_test(
        Ours, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None)
    )


def test_no_path_leads_to_a_ticket_that_contradicts_itself(county: Session, now: datetime) -> None:
    _walk(county, now, 6)


@pytest.mark.campaign
def test_no_path_of_many_does(county: Session, now: datetime) -> None:
    _walk(county, now, 200)
