"""How a box joins with a one-time token and a key of its own, changes its key, and is shut out.

A token is 256 random bits; only its SHA-256 is kept, which for random bits needs no salt and no
slow hash. It is bound to schools and lasts a week. Of a key only the public half ever comes here.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from drivers.signatures import as_text, fingerprint
from inventory.agent_plans.changes import note_agent
from inventory.errors import Conflict, EnrolmentTokenInvalid, Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Agent, AgentKey, EnrolmentToken, EnrolmentTokenSchool, School
from inventory.repositories import AgentRepository
from inventory.scope import Scope

TOKEN_LASTS = timedelta(days=7)
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An agent that may work now, and for which schools."""

    agent: Agent
    schools: tuple[str, ...]


def hash_of(token: str) -> str:
    """SHA-256 of a token, 64 hex digits: the form in which the database knows it."""
    return sha256(token.encode()).hexdigest()


def create_token(
    session: Session,
    scope: Scope,
    school_codes: Sequence[str],
    *,
    now: datetime,
    lasts: timedelta = TOKEN_LASTS,
    agent_id: str | None = None,
) -> str:
    """An invitation for one agent that will serve these schools and those they lead.

    With ``agent_id`` it lets that agent join anew, with a new key, as who it was: after its disk
    was changed, or after it was shut out. It serves the same schools then, and none need be named.

    Raises:
        Invalid: no school.
        NotFound: a school or an agent that does not exist within the scope.
    """
    codes = sorted(set(school_codes))
    if agent_id is not None:
        agents = AgentRepository(session, scope)
        if agents.get(agent_id) is None:
            raise NotFound(what="agent", key=agent_id)
        codes = sorted({*codes, *agents.own_schools(agent_id)})
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
    session.add(
        EnrolmentToken(token_hash=key, created_at=now, expires_at=now + lasts, agent_id=agent_id)
    )
    session.flush()
    session.add_all(EnrolmentTokenSchool(token_hash=key, school_code=code) for code in codes)
    session.flush()
    return token


def redeem(
    session: Session, token: str, *, public_key: bytes, name: str, version: str, now: datetime
) -> Enrolled:
    """Make the agent a token invites; of two that try at once only one succeeds.

    A box that did not hear the answer may ask again with the same token and the same key.

    Raises:
        EnrolmentTokenInvalid: unknown, expired, or used with another key.
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
        .returning(col(EnrolmentToken.agent_id))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        return _redeemed_before(session, key, public_key, now)
    codes = session.exec(
        select(EnrolmentTokenSchool.school_code).where(EnrolmentTokenSchool.token_hash == key)
    ).all()
    agents = AgentRepository(session, Scope.everything())
    if taken.agent_id is None:
        agent = agents.add(
            Agent(id=new_id("a"), name=name, version=version[:MAX_NAME], enrolled_at=now), codes
        )
    else:
        agent = _welcome_back(session, taken.agent_id, name, version, now)
    _add_key(session, agent.id, public_key, now=now, first_used_at=now)
    session.execute(
        update(EnrolmentToken)
        .where(col(EnrolmentToken.token_hash) == key)
        .values(agent_id=agent.id)
        .execution_options(synchronize_session=False)
    )
    return Enrolled(agent, tuple(sorted(agents.authorised_schools(agent.id))))


def _redeemed_before(session: Session, key: str, public_key: bytes, now: datetime) -> Enrolled:
    """The agent that this very key has made of this token already."""
    agents = AgentRepository(session, Scope.everything())
    token = session.get(EnrolmentToken, key, populate_existing=True)
    found = agents.by_key(fingerprint(public_key))
    if token is None or token.used_at is None or token.expires_at <= now or found is None:
        raise EnrolmentTokenInvalid
    agent, _ = found
    if agent.id != token.agent_id or agent.revoked_at is not None:
        raise EnrolmentTokenInvalid
    return Enrolled(agent, tuple(sorted(agents.authorised_schools(agent.id))))


def _welcome_back(session: Session, agent_id: str, name: str, version: str, now: datetime) -> Agent:
    """An agent that joins anew: what it signed with before is worth nothing from now on."""
    agent = session.get_one(Agent, agent_id)
    session.execute(delete(AgentKey).where(col(AgentKey.agent_id) == agent_id))
    note_agent(session, agent_id)
    agent.name, agent.version = name, version[:MAX_NAME]
    agent.enrolled_at, agent.revoked_at = now, None
    session.add(agent)
    session.flush()
    return agent


def change_key(session: Session, agent_id: str, public_key: bytes, *, now: datetime) -> None:
    """Take the next key of an agent; the present one stays good until this one was used.

    A repetition changes nothing; another next key takes the place of one that was never used.

    Raises:
        Conflict: the key belongs to another agent.
    """
    found = AgentRepository(session, Scope.everything()).by_key(fingerprint(public_key))
    if found is not None:
        if found[0].id != agent_id:
            raise Conflict(key=fingerprint(public_key))
        return
    session.execute(
        delete(AgentKey).where(
            col(AgentKey.agent_id) == agent_id, col(AgentKey.first_used_at).is_(None)
        )
    )
    _add_key(session, agent_id, public_key, now=now)


def key_used(session: Session, agent_id: str, key: str, *, now: datetime) -> None:
    """A new key was used for the first time: those before it are worth nothing from now on."""
    session.execute(
        update(AgentKey)
        .where(col(AgentKey.fingerprint) == key, col(AgentKey.agent_id) == agent_id)
        .values(first_used_at=now)
        .execution_options(synchronize_session=False)
    )
    before = delete(AgentKey).where(
        col(AgentKey.agent_id) == agent_id, col(AgentKey.fingerprint) != key
    )
    if session.exec(before).rowcount:
        note_agent(session, agent_id)


def _add_key(
    session: Session,
    agent_id: str,
    public_key: bytes,
    *,
    now: datetime,
    first_used_at: datetime | None = None,
) -> None:
    session.add(
        AgentKey(
            fingerprint=fingerprint(public_key),
            agent_id=agent_id,
            public_key=as_text(public_key),
            created_at=now,
            first_used_at=first_used_at,
        )
    )
    session.flush()


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
