"""How a box joins: a one-time token becomes an agent and its secret; and how it is shut out.

Tokens and secrets are 256 random bits; only their SHA-256 is kept, which for random bits needs
no salt and no slow hash. A token is bound to schools and lasts a week.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import update
from sqlmodel import Session, col, select

from drivers.readings import AgentStatus
from inventory.errors import EnrolmentTokenInvalid, Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Agent, EnrolmentToken, EnrolmentTokenSchool, School
from inventory.repositories import AgentRepository
from inventory.scope import Scope

TOKEN_LASTS = timedelta(days=7)
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new agent; its secret is told this once."""

    agent: Agent
    secret: str
    schools: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Enrolled({self.agent.id!r}, {self.schools!r})"


def hash_of(secret: str) -> str:
    """SHA-256 of a token or secret, 64 hex digits: the form in which the database knows it."""
    return sha256(secret.encode()).hexdigest()


def create_token(
    session: Session,
    scope: Scope,
    school_codes: Sequence[str],
    *,
    now: datetime,
    lasts: timedelta = TOKEN_LASTS,
) -> str:
    """An invitation for one agent that will serve these schools and those they lead.

    Raises:
        Invalid: no school.
        NotFound: a school that does not exist within the scope.
    """
    codes = sorted(set(school_codes))
    if not codes:
        raise Invalid(field="school_codes", reason="-")
    query = select(School.code).where(
        col(School.code).in_(codes), scope.condition(col(School.path))
    )
    found = set(session.exec(query).all())
    for code in codes:
        if code not in found:
            raise NotFound(what="school", key=code)
    token = secrets.token_urlsafe(32)
    key = hash_of(token)
    session.add(EnrolmentToken(token_hash=key, created_at=now, expires_at=now + lasts))
    session.flush()
    session.add_all(EnrolmentTokenSchool(token_hash=key, school_code=code) for code in codes)
    session.flush()
    return token


def redeem(session: Session, token: str, *, name: str, version: str, now: datetime) -> Enrolled:
    """Make the agent a token invites; of two that try at once only one succeeds.

    Raises:
        EnrolmentTokenInvalid: unknown, used or expired.
        Invalid: no name, or one that is too long.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise Invalid(field="name", reason=f"1-{MAX_NAME}")
    key = hash_of(token)
    taken = session.execute(
        update(EnrolmentToken)
        .where(
            col(EnrolmentToken.token_hash) == key,
            col(EnrolmentToken.used_at).is_(None),
            col(EnrolmentToken.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(EnrolmentToken.token_hash))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise EnrolmentTokenInvalid
    codes = session.exec(
        select(EnrolmentTokenSchool.school_code).where(EnrolmentTokenSchool.token_hash == key)
    ).all()
    secret = secrets.token_urlsafe(32)
    agents = AgentRepository(session, Scope.everything())
    agent = agents.add(
        Agent(
            id=new_id("a"),
            name=name,
            secret_hash=hash_of(secret),
            version=version[:MAX_NAME],
            enrolled_at=now,
        ),
        codes,
    )
    return Enrolled(agent, secret, tuple(sorted(agents.authorised_schools(agent.id))))


def revoke(session: Session, scope: Scope, agent_id: str, *, now: datetime) -> Agent:
    """Shut an agent out; a second time changes nothing.

    Raises:
        NotFound: no such agent within the scope.
    """
    agent = AgentRepository(session, scope).get(agent_id)
    if agent is None:
        raise NotFound(what="agent", key=agent_id)
    if agent.revoked_at is None:
        agent.revoked_at = now
        session.add(agent)
        session.flush()
    return agent


def heard_from(
    session: Session,
    agent_id: str,
    *,
    now: datetime,
    status: AgentStatus | None = None,
    created_at: int | None = None,
) -> None:
    """Note that an agent called; with its batch's ``created_at`` (ms) that it brought one."""
    values: dict[str, object] = {"last_seen_at": now}
    if created_at is not None:
        values["last_batch_at"] = now
        values["clock_skew_seconds"] = created_at / 1_000 - now.timestamp()
    if status is not None:
        values |= {
            "version": status.version[:MAX_NAME],
            "spool_batches": status.spool_batches,
            "spool_bytes": status.spool_bytes,
            "spool_dropped": status.spool_dropped,
        }
    session.execute(
        update(Agent)
        .where(col(Agent.id) == agent_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
