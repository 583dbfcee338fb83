"""Commands to agents: given, fetched, answered, and given up.

A command is fetched over and over until its result is there, so nothing is lost with a connection;
the agent knows by the id what it has done already. The first result counts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from drivers.plan import Command, Commands
from drivers.readings import CommandResult, Report
from inventory.errors import Invalid, NoAgent, NotFound, TooManyPending
from inventory.ids import new_id
from inventory.intake.sources import Source
from inventory.models import (
    AgentCommand,
    CommandAttachment,
    CommandKind,
    CommandState,
    DeviceEvent,
    DeviceState,
)
from inventory.repositories import AgentRepository, DeviceRepository, LineRepository
from inventory.repositories.commands import PENDING, CommandRepository, deliverable
from inventory.scope import Scope

#: Orders to a port: kept for good, and never carried out late.
ORDERS = (CommandKind.enable_port, CommandKind.disable_port, CommandKind.cycle_poe)
#: About the box itself, never about a device or a line.
OF_THE_BOX = (CommandKind.rediscover, CommandKind.send_log_bundle, CommandKind.restart)
#: About one device, or, with none, about all of the agent's.
OF_DEVICES = (CommandKind.poll_now, CommandKind.back_up_configuration)
_SECONDS: Mapping[CommandKind, float] = {
    CommandKind.poll_now: 120.0,
    CommandKind.rediscover: 3_600.0,
    CommandKind.back_up_configuration: 1_800.0,
    CommandKind.run_speed_test: 900.0,
    CommandKind.send_log_bundle: 600.0,
    CommandKind.restart: 600.0,
    CommandKind.enable_port: 120.0,
    CommandKind.disable_port: 120.0,
    CommandKind.cycle_poe: 120.0,
}
MAX_SECONDS = 86_400.0
_MAX_PENDING = 50
_MAX_PORT = 64
_MAX_TEXT = 500
ATTACHMENTS_KEPT = timedelta(days=7)
COMMANDS_KEPT = timedelta(days=90)
_ENDED = {
    state.value: state
    for state in (
        CommandState.done, CommandState.failed, CommandState.refused, CommandState.expired
    )
}  # fmt: skip
_ORDERED: Mapping[CommandKind, str] = {
    CommandKind.enable_port: "port_enabled",
    CommandKind.disable_port: "port_disabled",
    CommandKind.cycle_poe: "poe_cycled",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done.

    Args:
        subject: device, or line of a speed test.
        arguments: of an order ``port``, ``reason`` and ``ticket``.
        by: log-in of the person.
        seconds: from now on; how long the kind of command is good when None.
    """

    kind: CommandKind
    by: str
    subject: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None


def give(session: Session, scope: Scope, agent_id: str, wish: Wish, now: datetime) -> AgentCommand:
    """Give a command to an agent.

    Raises:
        NotFound: no such agent, device or line within the scope.
        Invalid: the command does not go with that subject, or an argument is missing.
        NoAgent: the agent was shut out, or does not serve the subject's school.
        TooManyPending: what it was told before has to end first.
    """
    agents = AgentRepository(session, scope)
    agent = agents.get(agent_id)
    if agent is None:
        raise NotFound(what="agent", key=agent_id)
    school = _school_of_subject(session, scope, wish)
    serves = AgentRepository(session, Scope.everything()).authorised_schools(agent_id)
    if agent.revoked_at is not None or (school is not None and school not in serves):
        raise NoAgent(key=wish.subject or agent_id)
    commands = CommandRepository(session, Scope.everything())
    if commands.pending_by_agent([agent_id]).get(agent_id, 0) >= _MAX_PENDING:
        raise TooManyPending(key=agent.name, count=_MAX_PENDING)
    seconds = _SECONDS[wish.kind] if wish.seconds is None else min(wish.seconds, MAX_SECONDS)
    return commands.add(
        AgentCommand(
            id=new_id("c"),
            agent_id=agent_id,
            kind=wish.kind,
            subject=wish.subject,
            school_code=school,
            arguments=json.dumps(_arguments(wish), ensure_ascii=False),
            created_by=wish.by,
            created_at=now,
            deadline=now + timedelta(seconds=seconds),
        )
    )


def give_about(session: Session, scope: Scope, wish: Wish, now: datetime) -> AgentCommand:
    """Give a command to the agent that watches its subject.

    Raises:
        NoAgent: nobody does.
        NotFound, Invalid, TooManyPending: as :func:`give`.
    """
    school = _school_of_subject(session, scope, wish)
    if school is None:
        raise Invalid(field="subject", reason="-")
    agents = AgentRepository(session, Scope.everything()).at_school(school)
    state = session.get(DeviceState, wish.subject)
    # The one that polled it last reaches it; of others it is not known.
    agents = sorted(agents, key=lambda a: (state is None or a.id != state.agent_id, a.id))
    if not agents:
        raise NoAgent(key=wish.subject)
    return give(session, Scope.everything(), agents[0].id, wish, now)


def take_commands(session: Session, agent_id: str, now: datetime) -> Commands:
    """What an agent is to do; noted as sent."""
    found = CommandRepository(session, Scope.everything()).to_send(agent_id, now)
    for command in found:
        command.state = CommandState.sent
        command.sent_at = now
    session.flush()
    return Commands(
        tuple(
            Command(
                id=command.id,
                kind=command.kind.value,
                seconds=(command.deadline - now).total_seconds(),
                subject=command.subject,
                arguments=json.loads(command.arguments) | _order_of(command),
            )
            for command in found
        )
    )


def agents_to_tell(session: Session, now: datetime) -> frozenset[str]:
    """Agents that have commands to fetch."""
    pending = col(AgentCommand.state).in_(PENDING)  # an index serves it, and these are few
    query = select(AgentCommand.agent_id).where(pending, deliverable(now)).distinct()
    return frozenset(session.exec(query).all())


def record_results(session: Session, source: Source, reports: Sequence[tuple[int, Report]]) -> int:
    """Note what came of commands; of an order it goes to the events of its device, too."""
    results = [(place, report) for place, report in reports if isinstance(report, CommandResult)]
    known = CommandRepository(session, Scope.everything()).named(
        [result.command for _, result in results], source.agent
    )
    for place, result in results:
        command = known.get(result.command)
        # Given up by us, or answered by the agent: the answer counts, the first one.
        if command is not None and command.state in (*PENDING, CommandState.expired):
            _answer(session, source, command, result, place)
    session.flush()
    return sum(result.command not in known for _, result in results)


def give_up(session: Session, now: datetime) -> int:
    """End commands whose time is over, forget old ones; returns how many were ended."""
    commands = CommandRepository(session, Scope.everything())
    commands.forget(
        attachments_before=now - ATTACHMENTS_KEPT, before=now - COMMANDS_KEPT, keep=ORDERS
    )
    return commands.expire(now)


def _answer(
    session: Session, source: Source, command: AgentCommand, result: CommandResult, place: int
) -> None:
    command.state = _ENDED.get(result.state, CommandState.failed)
    command.ended_at = source.now
    command.detail = result.detail
    command.result = json.dumps(result.fields, ensure_ascii=False)
    command.attachment_bytes = len(result.attachment)
    session.add(command)
    if result.attachment:
        session.merge(
            CommandAttachment(
                command_id=command.id, kept_at=source.now, content=bytes(result.attachment)
            )
        )
    if command.kind in ORDERS and command.subject and command.school_code:
        _tell_device(session, source, command, place, at=result.at)


def _tell_device(
    session: Session, source: Source, command: AgentCommand, place: int, *, at: int
) -> None:
    """What was done to a device belongs to its story."""
    done = command.state is CommandState.done
    asked = json.loads(command.arguments)
    blanks = {
        "port": asked.get("port", ""),
        "by": command.created_by,
        "reason": asked.get("reason", ""),
        "ticket": asked.get("ticket", ""),
        "command": command.id,
    }
    session.merge(
        DeviceEvent(
            id=source.name(place),
            device_id=command.subject or "",
            school_code=command.school_code or "",
            at=datetime.fromtimestamp(at / 1_000, UTC),
            kind=_ORDERED[command.kind] if done else "order_not_done",
            detail=command.detail,
            fields=json.dumps(blanks, ensure_ascii=False),
        )
    )


def _order_of(command: AgentCommand) -> dict[str, str]:
    """Who answers for an order; the box writes it into its own record."""
    return {"by": command.created_by or "fleet"} if command.kind in ORDERS else {}


def _school_of_subject(session: Session, scope: Scope, wish: Wish) -> str | None:
    if wish.kind in OF_THE_BOX and wish.subject is not None:
        raise Invalid(field="subject", reason=f"{wish.kind}: -")
    if wish.subject is None:
        if wish.kind in ORDERS:
            raise Invalid(field="subject", reason=f"{wish.kind}: ?")
        return None
    found = (
        LineRepository(session, scope).get(wish.subject)
        if wish.kind is CommandKind.run_speed_test
        else DeviceRepository(session, scope).get(wish.subject)
    )
    if found is None:
        raise NotFound(what="subject", key=wish.subject)
    return found.school_code


def _arguments(wish: Wish) -> dict[str, str]:
    if wish.kind not in ORDERS:
        if wish.arguments:
            raise Invalid(field="arguments", reason=", ".join(sorted(wish.arguments)))
        return {}
    if strange := wish.arguments.keys() - {"port", "reason", "ticket"}:
        raise Invalid(field="arguments", reason=", ".join(sorted(strange)))
    given = {name: wish.arguments.get(name, "").strip() for name in ("port", "reason", "ticket")}
    given["ticket"] = given["ticket"] or "-"
    for name, text in given.items():
        longest = _MAX_PORT if name == "port" else _MAX_TEXT
        if not text or len(text) > longest or not text.isprintable():
            raise Invalid(field=name, reason=f"1-{longest}")
    return given
