from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from drivers.readings import AgentStatus
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.enrolment import TOKEN_LASTS, create_token, hash_of, heard_from, redeem, revoke
from inventory.errors import EnrolmentTokenInvalid, Invalid, NotFound
from inventory.models import Agent
from inventory.repositories import AgentRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B, add_city, add_county


def _redeem(session: Session, token: str, now=NOW):
    return redeem(session, token, name="Box", version="0.1.0", now=now)


def test_a_token_makes_one_agent_for_its_schools_and_those_they_lead(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    enrolled = _redeem(city, token)
    assert enrolled.schools == tuple(sorted([A.school, A.point]))
    agents = AgentRepository(city, Scope.everything())
    assert agents.by_secret_hash(hash_of(enrolled.secret)) is enrolled.agent
    assert agents.authorised_schools(enrolled.agent.id) == {A.school, A.point}
    assert enrolled.agent in agents.at_school(A.point)
    with pytest.raises(EnrolmentTokenInvalid):
        _redeem(city, token)


def test_neither_token_nor_secret_is_in_the_database_or_in_a_repr(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    enrolled = _redeem(city, token)
    stored = "".join(
        repr(row)
        for table in SQLModel.metadata.sorted_tables
        for row in city.execute(table.select())
    )
    assert token not in stored
    assert enrolled.secret not in stored + repr(enrolled)
    assert sha256(enrolled.secret.encode()).hexdigest() in stored


def test_an_unknown_or_expired_token_makes_nothing(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    for wrong, now in (("no-token", NOW), (token, NOW + TOKEN_LASTS)):
        with pytest.raises(EnrolmentTokenInvalid):
            _redeem(city, wrong, now)
    _redeem(city, token, NOW + TOKEN_LASTS - timedelta(seconds=1))


def test_an_agent_needs_a_name_and_the_token_survives_the_mistake(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    for name in ("  ", "x" * 101):
        with pytest.raises(Invalid):
            redeem(city, token, name=name, version="", now=NOW)
    _redeem(city, token)


def test_tokens_are_for_schools_within_the_scope(two_counties: Session) -> None:
    for codes in ([A.school, B.school], ["NOWHERE"]):
        with pytest.raises(NotFound):
            create_token(two_counties, A.scope, codes, now=NOW)
    with pytest.raises(Invalid):
        create_token(two_counties, A.scope, [], now=NOW)


def test_of_two_that_redeem_at_once_only_one_succeeds(database_url: str) -> None:
    engine = make_engine(database_url)
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        add_city(session)
        add_county(session, A)
        token = create_token(session, A.scope, [A.school], now=NOW)
    outcomes = _race(engine, token)
    engine.dispose()
    assert sorted(outcomes) == ["enrolled", "refused"]


def _race(engine: Engine, token: str) -> list[str]:
    factory = session_factory(engine)

    def attempt(_: int) -> str:
        try:
            with unit_of_work(factory) as session:
                _redeem(session, token)
        except EnrolmentTokenInvalid:
            return "refused"
        return "enrolled"

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(attempt, range(2)))


def test_revoking_is_remembered_once_and_stays_within_the_scope(two_counties: Session) -> None:
    session = two_counties
    with pytest.raises(NotFound):
        revoke(session, A.scope, B.row("a"), now=NOW)
    assert revoke(session, A.scope, A.row("a"), now=NOW).revoked_at == NOW
    later = revoke(session, A.scope, A.row("a"), now=NOW + timedelta(days=1))
    assert later.revoked_at == NOW
    assert AgentRepository(session, A.scope).at_school(A.school) == []


def test_a_batch_tells_how_the_box_is(city: Session) -> None:
    key = A.row("a")
    later = NOW + timedelta(minutes=1)
    heard_from(city, key, now=later)
    agent = city.get(Agent, key, populate_existing=True)
    assert (agent.last_seen_at, agent.last_batch_at) == (later, NOW)
    status = AgentStatus(version="0.2", started_at=0, spool_batches=3, spool_bytes=5 << 32)
    created = int(later.timestamp() * 1_000) - 2_500
    heard_from(city, key, now=later, status=status, created_at=created)
    agent = city.get(Agent, key, populate_existing=True)
    assert (agent.version, agent.spool_batches, agent.spool_bytes) == ("0.2", 3, 5 << 32)
    assert (agent.last_batch_at, agent.clock_skew_seconds) == (later, -2.5)
