"""Commands: to whom, by whom, fetched until answered, answered once, given up."""

import json
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from drivers.readings import CommandResult
from inventory.commands import (
    ORDERS,
    Wish,
    agents_to_tell,
    give,
    give_about,
    give_up,
    record_results,
    take_commands,
)
from inventory.enrolment import revoke
from inventory.errors import Invalid, NoAgent, NotFound, TooManyPending
from inventory.intake.sources import Source
from inventory.models import AgentCommand, CommandKind, CommandState, DeviceEvent
from inventory.repositories.commands import GRACE, LEASE, CommandRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B

AGENT, SWITCH, LINE = A.row("a"), A.row("d"), A.row("l")
EVERYWHERE = Scope.everything()
ORDER = {"port": "GE0/0/7", "reason": "loop", "ticket": "12"}


def told(session: Session, kind: CommandKind = CommandKind.restart, **wish) -> AgentCommand:
    return give(session, EVERYWHERE, AGENT, Wish(kind, "mei", **wish), NOW)


def answer(session: Session, *results: CommandResult, agent: str = AGENT, sequence: int = 1) -> int:
    source = Source(agent, "e1", sequence, frozenset({A.school}), NOW)
    return record_results(session, source, list(enumerate(results)))


def result(command: AgentCommand, state: str = "done", **fields) -> CommandResult:
    return CommandResult(command.id, int(NOW.timestamp() * 1000), state, **fields)


def test_a_command_is_fetched_with_the_time_that_is_left(city: Session) -> None:
    given = told(city, seconds=100.0)
    [command] = take_commands(city, AGENT, NOW + timedelta(seconds=40)).commands
    assert (command.id, command.kind, command.seconds) == (given.id, "restart", 60.0)
    assert given.state is CommandState.sent


def test_it_is_fetched_again_until_it_is_answered(city: Session) -> None:
    given = told(city)
    assert agents_to_tell(city, NOW) == {AGENT}
    take_commands(city, AGENT, NOW)
    assert agents_to_tell(city, NOW) == frozenset()
    later = NOW + LEASE + timedelta(seconds=1)
    assert [c.id for c in take_commands(city, AGENT, later).commands] == [given.id]
    answer(city, result(given))
    assert take_commands(city, AGENT, later + 2 * LEASE).commands == ()


def test_the_first_answer_counts(city: Session) -> None:
    given = told(city)
    answer(city, result(given, "failed", detail="no disk"))
    answer(city, result(given, "done"), sequence=2)
    assert (given.state, given.detail) == (CommandState.failed, "no disk")


def test_an_answer_that_comes_after_all_replaces_that_none_came(city: Session) -> None:
    given = told(city, seconds=10.0)
    take_commands(city, AGENT, NOW)
    give_up(city, NOW + timedelta(seconds=20))
    city.refresh(given)
    assert given.state is CommandState.sent
    give_up(city, NOW + timedelta(seconds=10) + GRACE)
    city.refresh(given)
    assert given.state is CommandState.expired
    answer(city, result(given))
    assert given.state is CommandState.done


def test_what_was_never_fetched_expires_at_its_deadline_and_is_not_delivered(city: Session) -> None:
    given = told(city, seconds=10.0)
    late = NOW + timedelta(seconds=11)
    assert take_commands(city, AGENT, late).commands == ()
    assert give_up(city, late) == 1
    city.refresh(given)
    assert given.state is CommandState.expired


def test_another_agent_cannot_answer(two_counties: Session) -> None:
    given = told(two_counties)
    assert answer(two_counties, result(given), agent=B.row("a")) == 1
    assert given.state is CommandState.queued


def test_a_file_is_kept_for_a_week(city: Session) -> None:
    given = told(city, CommandKind.send_log_bundle)
    answer(city, result(given, attachment=b"bundle"))
    commands = CommandRepository(city, EVERYWHERE)
    assert given.attachment_bytes == 6
    assert commands.attachment(given.id) == b"bundle"
    give_up(city, NOW + timedelta(days=8))
    assert commands.attachment(given.id) is None
    assert commands.get(given.id) is not None


def test_old_commands_are_forgotten_but_orders_are_not(city: Session) -> None:
    plain = told(city)
    order = told(city, CommandKind.cycle_poe, subject=SWITCH, arguments=ORDER)
    answer(city, result(plain), result(order))
    give_up(city, NOW + timedelta(days=400))
    kept = city.exec(select(AgentCommand.id)).all()
    assert kept == [order.id]


def test_an_order_is_an_event_of_its_device_once(city: Session) -> None:
    order = give_about(
        city,
        A.scope,
        Wish(CommandKind.disable_port, "mei", subject=SWITCH, arguments=ORDER),
        NOW,
    )
    [command] = take_commands(city, AGENT, NOW).commands
    assert command.arguments == ORDER | {"by": "mei"}
    answer(city, result(order, fields={"result": "done", "transcript": "..."}))
    answer(city, result(order))
    [event] = city.exec(select(DeviceEvent)).all()
    assert (event.device_id, event.kind) == (SWITCH, "port_disabled")
    assert json.loads(event.fields) == ORDER | {"by": "mei", "command": order.id}


def test_an_order_that_was_not_carried_out_is_told_too(city: Session) -> None:
    order = told(city, CommandKind.enable_port, subject=SWITCH, arguments=ORDER)
    answer(city, result(order, "refused", detail="protected"))
    [event] = city.exec(select(DeviceEvent)).all()
    assert (event.kind, event.detail) == ("order_not_done", "protected")


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize(
    "arguments",
    [
        {"port": "GE1"},
        {"reason": "loop"},
        {"port": "GE1\n", "reason": "x\ny"},
        {"port": "x" * 65, "reason": "loop"},
        ORDER | {"command": "reload"},
    ],
)
def test_an_order_needs_a_port_and_a_reason_and_nothing_else(
    city: Session, kind: CommandKind, arguments: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        told(city, kind, subject=SWITCH, arguments=arguments)


def test_a_command_fits_its_subject(city: Session) -> None:
    with pytest.raises(Invalid):
        told(city, CommandKind.restart, subject=SWITCH)
    with pytest.raises(Invalid):
        told(city, CommandKind.cycle_poe, arguments=ORDER)
    with pytest.raises(NotFound):
        told(city, CommandKind.run_speed_test, subject=SWITCH)
    with pytest.raises(Invalid):
        told(city, CommandKind.poll_now, subject=SWITCH, arguments={"deep": "yes"})
    assert told(city, CommandKind.run_speed_test, subject=LINE).school_code == A.school


def test_nobody_commands_outside_their_scope(two_counties: Session) -> None:
    wish = Wish(CommandKind.restart, "mei")
    with pytest.raises(NotFound):
        give(two_counties, B.scope, AGENT, wish, NOW)
    poll = Wish(CommandKind.poll_now, "mei", subject=SWITCH)
    with pytest.raises(NotFound):
        give_about(two_counties, B.scope, poll, NOW)
    with pytest.raises(NoAgent):
        give(two_counties, EVERYWHERE, B.row("a"), poll, NOW)


def test_an_agent_that_was_shut_out_gets_no_commands(city: Session) -> None:
    revoke(city, EVERYWHERE, AGENT, now=NOW)
    with pytest.raises(NoAgent):
        told(city)
    with pytest.raises(NoAgent):
        give_about(city, EVERYWHERE, Wish(CommandKind.poll_now, "mei", subject=SWITCH), NOW)


def test_an_agent_gets_no_more_than_it_can_do(city: Session) -> None:
    for _ in range(50):
        told(city)
    with pytest.raises(TooManyPending):
        told(city)


def test_commands_are_seen_within_the_scope_only(two_counties: Session) -> None:
    box = told(two_counties)
    order = told(two_counties, CommandKind.cycle_poe, subject=SWITCH, arguments=ORDER)
    ours, theirs = (CommandRepository(two_counties, s) for s in (A.scope, B.scope))
    assert {c.id for c in ours.page(agent=AGENT).items} == {box.id, order.id}
    assert [c.id for c in ours.page(subject=SWITCH, kinds=ORDERS).items] == [order.id]
    assert ours.pending_by_agent() == ours.pending_by_agent([AGENT]) == {AGENT: 2}
    assert ours.pending_by_agent([]) == {}
    assert theirs.page().items == []
    assert theirs.get(order.id) is None
    assert theirs.pending_by_agent() == {}
