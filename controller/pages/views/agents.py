"""The boxes in schools: how each is, what it was told to do, and what came of it."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown
from controller.pages.views.names import school_name
from controller.version import VERSION
from controller.words.agents import COMMANDS, HEALTH, STATES
from inventory.agent_health import AgentHealth, health_of
from inventory.commands import OF_DEVICES, OF_THE_BOX
from inventory.models import Agent, AgentCommand, CommandKind, CommandState
from inventory.repositories import AgentRepository, DeviceRepository, SchoolRepository
from inventory.repositories.commands import CommandRepository
from inventory.scope import Scope

_COMMANDS = 20
_WORST_FIRST = (
    AgentHealth.silent,
    AgentHealth.disk_failing,
    AgentHealth.behind,
    AgentHealth.skewed,
    AgentHealth.expected,
    AgentHealth.out_of_date,
    AgentHealth.ok,
    AgentHealth.refused,
)
_SCHOOLS_NAMED = 3


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One box; words are message ids."""

    agent: Agent
    health: AgentHealth
    word: str
    tone: str
    heard_at: datetime | None
    schools: Sequence[tuple[str, str]]
    more_schools: int
    pending: int


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One command; words are message ids."""

    command: AgentCommand
    what: str
    word: str
    tone: str
    subject_name: str
    result: Sequence[tuple[str, str]]
    has_file: bool


@dataclass(frozen=True, slots=True)
class AgentList:
    """One page of the boxes that fit, the worst first; counts are of them all."""

    agents: Sequence[AgentRow]
    shown: Shown
    search: str
    choice: Choice
    filtered: bool
    #: Health, word, tone, how many.
    counts: Sequence[tuple[str, str, str, int]]
    version: str
    here: str


@dataclass(frozen=True, slots=True)
class AgentView:
    """Everything on the page of one box."""

    row: AgentRow
    commands: Sequence[CommandRow]
    offers: Sequence[tuple[CommandKind, str]]
    may_download: bool
    version: str
    here: str


def agent_list(look: Look, search: str, wanted: AgentHealth | None, number: int) -> AgentList:
    """Boxes that serve a school this person may see, whose name or id contains ``search``.

    Raises:
        PermissionDenied: this person reads nothing about agents.
    """
    scope = look.caller.require(Permission.read_agents)
    agents = AgentRepository(look.session, scope)
    judged = [(health_of(agent, look.now, VERSION), agent) for agent in agents.vitals()]
    judged.sort(key=lambda one: (_WORST_FIRST.index(one[0]), one[1].name, one[1].id))
    text = search.strip().casefold()
    fitting = [
        agent
        for health, agent in judged
        if wanted in (None, health) and (text in agent.name.casefold() or text in agent.id)
    ]
    begin = (number - 1) * PAGE_LENGTH
    ids = [agent.id for agent in fitting[begin : begin + PAGE_LENGTH]]
    named = {agent.id: agent for agent in agents.named(ids)}
    shown = [named[one] for one in ids]
    schools = agents.authorised_by_agent(ids)
    counted = Counter(health for health, _ in judged)
    return AgentList(
        agents=_rows(look, scope, shown, schools),
        shown=Shown(look, number, len(fitting)),
        search=search,
        choice=_healths(look, wanted),
        filtered=bool(text) or wanted is not None,
        counts=[(h.value, *HEALTH[h], counted[h]) for h in _WORST_FIRST if counted[h]],
        version=VERSION,
        here=look.here,
    )


def _healths(look: Look, wanted: AgentHealth | None) -> Choice:
    translate = look.lang.gettext
    options = [Option(h.value, translate(HEALTH[h][0]), h is wanted) for h in _WORST_FIRST]
    everything = Option("", translate(N_("All")), wanted is None)
    return Choice("health", N_("Status"), [everything, *options])


def agent_view(look: Look, agent: Agent, scope: Scope) -> AgentView:
    """One box, with its last commands."""
    schools = AgentRepository(look.session, scope).authorised_schools(agent.id)
    [row] = _rows(look, scope, [agent], {agent.id: sorted(schools)})
    commands = CommandRepository(look.session, scope).page(agent=agent.id, limit=_COMMANDS)
    manages = look.caller.may(Permission.manage_agents)
    offered = (*OF_DEVICES, CommandKind.run_speed_test, *OF_THE_BOX)
    return AgentView(
        row=row,
        commands=command_rows(look, commands.items),
        offers=[(kind, COMMANDS[kind]) for kind in offered]
        if manages and agent.revoked_at is None
        else (),
        may_download=manages,
        version=VERSION,
        here=look.here,
    )


def command_rows(look: Look, commands: Sequence[AgentCommand]) -> Sequence[CommandRow]:
    """Commands as they are told."""
    ids = sorted({command.subject for command in commands if command.subject})
    devices = DeviceRepository(look.session, look.scope).named(ids)
    names = {device.id: device.name for device in devices}
    return [_command(command, names) for command in commands]


def _command(command: AgentCommand, names: Mapping[str, str]) -> CommandRow:
    word, tone = STATES[command.state]
    result = json.loads(command.result)
    return CommandRow(
        command=command,
        what=COMMANDS[command.kind],
        word=word,
        tone=tone,
        subject_name=names.get(command.subject or "", command.subject or ""),
        result=[(name, text) for name, text in result.items() if len(text) < 100][:8],  # noqa: PLR2004
        has_file=command.attachment_bytes > 0 and command.state is CommandState.done,
    )


def _rows(
    look: Look, scope: Scope, agents: Sequence[Agent], schools: Mapping[str, Collection[str]]
) -> list[AgentRow]:
    pending = CommandRepository(look.session, scope).pending_by_agent(list(schools))
    shown = {agent.id: sorted(schools.get(agent.id, ()))[:_SCHOOLS_NAMED] for agent in agents}
    named = SchoolRepository(look.session, scope).named(
        sorted({code for codes in shown.values() for code in codes})
    )
    names = {school.code: school_name(look, school) for school in named}
    rows = []
    for agent in agents:
        health = health_of(agent, look.now, VERSION)
        word, tone = HEALTH[health]
        heard = max(filter(None, (agent.last_seen_at, agent.last_batch_at)), default=None)
        rows.append(
            AgentRow(
                agent=agent,
                health=health,
                word=word,
                tone=tone,
                heard_at=heard,
                schools=[(code, names.get(code, code)) for code in shown[agent.id]],
                more_schools=max(0, len(schools.get(agent.id, ())) - _SCHOOLS_NAMED),
                pending=pending.get(agent.id, 0),
            )
        )
    return rows
