"""Questions about the boxes in schools, their invitations and their brokers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, bindparam, case, exists, true, update
from sqlmodel import SQLModel, col, select

from inventory.agent_health import SILENT_AFTER, AgentVitals
from inventory.models import (
    Agent,
    AgentKey,
    AgentSchool,
    Broker,
    EnrolmentToken,
    EnrolmentTokenSchool,
    School,
)
from inventory.repositories.scoped import Repository


def authorised_school_codes(agent_id: str) -> CompoundSelect[str]:
    """SQL for the schools an agent may write for: its own, and those they lead (一校多点)."""
    own = select(AgentSchool.school_code).where(AgentSchool.agent_id == agent_id)
    # A union and no "or": a planner that cannot tell how few there are reads every device.
    led = (
        select(School.code)
        .join(AgentSchool, col(School.lead_school_code) == col(AgentSchool.school_code))
        .where(AgentSchool.agent_id == agent_id)
    )
    return own.union(led)


class Signer(NamedTuple):
    """An agent and the key it signs with.

    Args:
        public_key: Ed25519, base64url.
    """

    agent_id: str
    revoked_at: datetime | None
    public_key: str
    first_used_at: datetime | None


#: Built once: it is asked with every request of every agent.
_SIGNER = (
    select(Agent.id, Agent.revoked_at, AgentKey.public_key, AgentKey.first_used_at)
    .join(AgentKey, col(AgentKey.agent_id) == col(Agent.id))
    .where(col(AgentKey.fingerprint) == bindparam("key"))
)


_AMONG = col(AgentSchool.agent_id).in_(bindparam("agents", expanding=True))
_OWN = (
    select(AgentSchool.agent_id, School.code)
    .join(School, col(School.code) == col(AgentSchool.school_code))
    .where(_AMONG)
)
_LED = (
    select(AgentSchool.agent_id, School.code)
    .join(School, col(School.lead_school_code) == col(AgentSchool.school_code))
    .where(_AMONG)
)
#: Built once, as it is asked with every few batches.
_OWN_AND_LED = _OWN.union_all(_LED)


class PlanNote(NamedTuple):
    """The plan an agent works by, and what it rests on (``inventory.agent_plans.basis``)."""

    key: str
    seen_at: datetime
    revision: str
    made_at: datetime
    until: date | None
    basis: str


_AGENTS = SQLModel.metadata.tables["agent"].c
_WORKS_BY = (
    update(SQLModel.metadata.tables["agent"])
    .where(_AGENTS.id == bindparam("key"))
    .values(
        last_seen_at=bindparam("seen_at"),
        back_at=case(
            (_AGENTS.last_seen_at < bindparam("silent_since"), bindparam("seen_at")),
            else_=_AGENTS.back_at,
        ),
        plan_taken_at=case(
            (_AGENTS.plan_revision == bindparam("revision"), _AGENTS.plan_taken_at),
            else_=bindparam("seen_at"),
        ),
        plan_revision=bindparam("revision"),
        plan_made_at=bindparam("made_at"),
        plan_until=bindparam("until"),
        plan_basis=bindparam("basis"),
    )
)


class AgentRepository(Repository):
    """Agents that serve at least one school within the caller's scope."""

    def get(self, agent_id: str) -> Agent | None:
        return self._session.exec(
            select(Agent).where(Agent.id == agent_id, self._visible())
        ).one_or_none()

    def all(self) -> Sequence[Agent]:
        return self._session.exec(
            select(Agent).where(self._visible()).order_by(col(Agent.id))
        ).all()

    def vitals(self) -> list[AgentVitals]:
        """How every visible agent is: no object of the model for each."""
        columns = (getattr(Agent, name) for name in AgentVitals._fields)
        query = select(*columns).where(self._visible())
        return [AgentVitals(*row) for row in self._session.execute(query)]

    def named(self, agent_ids: Collection[str]) -> Sequence[Agent]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Agent)
            .where(self._visible(), col(Agent.id).in_(agent_ids))
            .order_by(col(Agent.id))
        ).all()

    def at_school(self, code: str) -> Sequence[Agent]:
        """Agents that may write for this school, revoked ones left out."""
        lead = select(School.lead_school_code).where(
            School.code == code, col(School.lead_school_code).is_not(None)
        )
        serves = exists().where(
            col(AgentSchool.agent_id) == col(Agent.id),
            (col(AgentSchool.school_code) == code) | col(AgentSchool.school_code).in_(lead),
        )
        return self._session.exec(
            select(Agent)
            .where(self._visible(), self._at_visible(code), serves)
            .where(col(Agent.revoked_at).is_(None))
            .order_by(col(Agent.id))
        ).all()

    def by_key(self, fingerprint: str) -> tuple[Agent, AgentKey] | None:
        """The agent that signs with this key, and the key; revoked agents included."""
        found = self._session.exec(
            select(Agent, AgentKey)
            .where(col(AgentKey.agent_id) == col(Agent.id))
            .where(AgentKey.fingerprint == fingerprint, self._visible())
        ).one_or_none()
        return None if found is None else (found[0], found[1])

    def signer(self, fingerprint: str) -> Signer | None:
        """Who signs with this key: what every request of an agent asks, and no more."""
        query = _SIGNER if self._sees_everything else _SIGNER.where(self._visible())
        # By the connection: what the mapper would add costs more than the look itself.
        row = self._session.connection().execute(query, {"key": fingerprint}).one_or_none()
        return None if row is None else Signer(*row)

    def keys_of(self, agent_ids: Collection[str]) -> Sequence[AgentKey]:
        """Keys these agents sign with, oldest first."""
        return self._session.exec(
            select(AgentKey)
            .join(Agent, col(AgentKey.agent_id) == col(Agent.id))
            .where(col(Agent.id).in_(agent_ids), self._visible())
            .order_by(col(AgentKey.created_at), col(AgentKey.fingerprint))
        ).all()

    def authorised_schools(self, agent_id: str) -> frozenset[str]:
        """Codes of the schools the agent may write for, teaching points its schools lead too."""
        query = select(School.code).where(
            col(School.code).in_(authorised_school_codes(agent_id)),
            self._scope.condition(col(School.path)),
        )
        return frozenset(self._session.exec(query).all())

    def authorised_by_agent(self, agent_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The same for several agents; those that may write nowhere have an empty set."""
        query = _OWN_AND_LED
        if not self._sees_everything:
            visible = self._scope.condition(col(School.path))
            query = _OWN.where(visible).union_all(_LED.where(visible))
        self._session.flush()
        rows = self._session.connection().execute(query, {"agents": list(agent_ids)})
        found: dict[str, set[str]] = {agent_id: set() for agent_id in agent_ids}
        for agent_id, code in rows:
            found[agent_id].add(code)
        return {agent_id: frozenset(codes) for agent_id, codes in found.items()}

    def own_schools(self, agent_id: str) -> frozenset[str]:
        """Codes of the schools it was authorised for by name."""
        query = (
            select(School.code)
            .join(AgentSchool, col(AgentSchool.school_code) == col(School.code))
            .where(AgentSchool.agent_id == agent_id, self._scope.condition(col(School.path)))
        )
        return frozenset(self._session.exec(query).all())

    def schools_by_agent(self) -> Mapping[str, Sequence[str]]:
        """The same for every agent at once, within the scope."""
        codes = select(AgentSchool.agent_id, School.code).where(
            self._scope.condition(col(School.path))
        )
        # Two joins, each by an index; one with "or" compares every agent with every school.
        own = codes.join(School, col(School.code) == col(AgentSchool.school_code))
        led = codes.join(School, col(School.lead_school_code) == col(AgentSchool.school_code))
        found: dict[str, list[str]] = {}
        for agent_id, code in self._session.execute(own.union(led)):
            found.setdefault(agent_id, []).append(code)
        return found

    def heard_since(self, since: datetime) -> Sequence[Agent]:
        """Agents whose last batch is not older than ``since``."""
        return self._session.exec(
            select(Agent)
            .where(self._visible(), col(Agent.last_batch_at) >= since)
            .order_by(col(Agent.id))
        ).all()

    def open_tokens(self, now: datetime) -> Sequence[EnrolmentToken]:
        """Invitations that can still be redeemed."""
        within_scope = exists().where(
            col(EnrolmentTokenSchool.token_hash) == col(EnrolmentToken.token_hash),
            self._at_visible_school(EnrolmentTokenSchool.school_code),
        )
        return self._session.exec(
            select(EnrolmentToken)
            .where(
                within_scope,
                col(EnrolmentToken.used_at).is_(None),
                col(EnrolmentToken.expires_at) > now,
            )
            .order_by(col(EnrolmentToken.created_at), col(EnrolmentToken.token_hash))
        ).all()

    def add(self, agent: Agent, school_codes: Sequence[str]) -> Agent:
        """Keep an agent with the schools it is authorised for.

        Raises:
            NotFound: no such school.
            OutOfScope: a school is outside the scope.
        """
        for code in school_codes:
            self._admit(code)
        self._save(agent)
        for code in sorted(set(school_codes)):
            self._session.add(AgentSchool(agent_id=agent.id, school_code=code))
        self._session.flush()
        return agent

    def works_by(self, notes: Sequence[PlanNote]) -> None:
        """Note the plans agents work by, and that they called."""
        query = _WORKS_BY if self._sees_everything else _WORKS_BY.where(self._visible())
        # Agents in one order, so that two controllers never wait for each other.
        rows = [
            note._asdict() | {"silent_since": note.seen_at - SILENT_AFTER} for note in sorted(notes)
        ]
        if rows:
            self._session.flush()
            self._session.connection().execute(query, rows)

    def _at_visible(self, code: str) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        return exists().where(col(School.code) == code, self._scope.condition(col(School.path)))

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        return exists().where(
            col(AgentSchool.agent_id) == col(Agent.id),
            self._at_visible_school(AgentSchool.school_code),
        )


class BrokerRepository(Repository):
    """MQTT brokers of the schools within the caller's scope."""

    def get(self, broker_id: str) -> Broker | None:
        return self._session.exec(
            select(Broker).where(
                Broker.id == broker_id, self._at_visible_school(Broker.school_code)
            )
        ).one_or_none()

    def all(self) -> Sequence[Broker]:
        return self._session.exec(
            select(Broker)
            .where(self._at_visible_school(Broker.school_code))
            .order_by(col(Broker.school_code), col(Broker.id))
        ).all()

    def at_school(self, code: str) -> Sequence[Broker]:
        return self.at_schools([code])

    def at_schools(self, codes: Sequence[str]) -> Sequence[Broker]:
        return self._session.exec(
            select(Broker)
            .where(col(Broker.school_code).in_(codes))
            .where(self._at_visible_school(Broker.school_code))
            .order_by(col(Broker.id))
        ).all()

    def add(self, broker: Broker) -> Broker:
        """Keep a broker.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(broker.school_code)
        return self._save(broker)

    def change(self, broker: Broker, values: dict[str, Any]) -> Broker:
        """Give some of its columns other values.

        Raises:
            OutOfScope: its school is outside the scope.
        """
        self._admit(broker.school_code)
        return self._save(broker.sqlmodel_update(values))

    def remove(self, broker: Broker) -> None:
        """Forget a broker and the secrets that were for it.

        Raises:
            OutOfScope: its school is outside the scope.
        """
        self._admit(broker.school_code)
        self._session.delete(broker)
        self._session.flush()
