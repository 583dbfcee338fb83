from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from drivers.readings import AgentStatus
from drivers.signatures import as_text, fingerprint
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.enrolment import (
    TOKEN_LASTS,
    change_key,
    create_token,
    key_used,
    redeem,
    revoke,
)
from inventory.errors import Conflict, EnrolmentTokenInvalid, Invalid, NotFound
from inventory.intake.hearing import Heard, heard_from_all
from inventory.models import Agent
from inventory.repositories import AgentRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B, add_city, add_county

KEY = b"k" * 32


def _redeem(session: Session, token: str, now=NOW, key: bytes = KEY):
    return redeem(session, token, public_key=key, name="Box", version="0.1.0", now=now)


def _keys(session: Session, agent: Agent) -> list[str]:
    keys = AgentRepository(session, Scope.everything()).keys_of([agent.id])
    return [key.public_key for key in keys]


def heard_from(
    session: Session,
    agent: str,
    *,
    now: datetime,
    status: AgentStatus | None = None,
    created_at: int | None = None,
) -> None:
    heard_from_all(session, [Heard(agent, created_at, status)], now)


def test_a_token_makes_one_agent_for_its_schools_and_those_they_lead(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    enrolled = _redeem(city, token)
    assert enrolled.schools == tuple(sorted([A.school, A.point]))
    agents = AgentRepository(city, Scope.everything())
    agent, key = agents.by_key(fingerprint(KEY))
    assert agent is enrolled.agent
    assert key.public_key == as_text(KEY)
    assert agents.authorised_schools(enrolled.agent.id) == {A.school, A.point}
    assert enrolled.agent in agents.at_school(A.point)
    with pytest.raises(EnrolmentTokenInvalid):
        _redeem(city, token, key=b"x" * 32)


def test_a_box_that_did_not_hear_the_answer_may_ask_again_with_its_key(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    first = _redeem(city, token)
    assert _redeem(city, token, NOW + timedelta(days=1)) == first
    with pytest.raises(EnrolmentTokenInvalid):
        _redeem(city, token, NOW + TOKEN_LASTS)
    revoke(city, A.scope, first.agent.id, now=NOW)
    with pytest.raises(EnrolmentTokenInvalid):
        _redeem(city, token)


def test_a_key_that_made_one_agent_opens_no_other_token(city: Session) -> None:
    tokens = [create_token(city, A.scope, [A.school], now=NOW) for _ in range(2)]
    _redeem(city, tokens[0])
    _redeem(city, tokens[1], key=b"x" * 32)
    with pytest.raises(EnrolmentTokenInvalid):
        _redeem(city, tokens[1])


def test_a_token_for_an_agent_lets_it_join_anew_as_who_it_was(two_counties: Session) -> None:
    session = two_counties
    box = A.row("a")
    revoke(session, A.scope, box, now=NOW)
    with pytest.raises(NotFound):
        create_token(session, B.scope, [], now=NOW, agent_id=box)
    token = create_token(session, A.scope, [], now=NOW, agent_id=box)
    enrolled = _redeem(session, token)
    assert (enrolled.agent.id, enrolled.agent.revoked_at) == (box, None)
    assert enrolled.schools == tuple(sorted([A.school, A.point]))
    assert _keys(session, enrolled.agent) == [as_text(KEY)]


def test_the_old_key_is_good_until_the_next_one_was_used(city: Session) -> None:
    agent = _redeem(city, create_token(city, A.scope, [A.school], now=NOW)).agent
    lost, following = b"l" * 32, b"n" * 32
    for key in (lost, following, following):
        change_key(city, agent.id, key, now=NOW + timedelta(days=1))
    assert _keys(city, agent) == [as_text(KEY), as_text(following)]
    key_used(city, agent.id, fingerprint(following), now=NOW + timedelta(days=2))
    assert _keys(city, agent) == [as_text(following)]


def test_a_key_of_another_agent_is_not_taken(city: Session) -> None:
    agents = [
        _redeem(city, create_token(city, A.scope, [A.school], now=NOW), key=key).agent
        for key in (KEY, b"x" * 32)
    ]
    with pytest.raises(Conflict):
        change_key(city, agents[0].id, b"x" * 32, now=NOW)
    assert _keys(city, agents[1]) == [as_text(b"x" * 32)]


def test_a_token_is_not_in_the_database(city: Session) -> None:
    token = create_token(city, A.scope, [A.school], now=NOW)
    _redeem(city, token)
    stored = "".join(
        repr(row)
        for table in SQLModel.metadata.sorted_tables
        for row in city.execute(table.select())
    )
    assert token not in stored
    assert sha256(token.encode()).hexdigest() in stored


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
            redeem(city, token, public_key=KEY, name=name, version="", now=NOW)
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

    def attempt(number: int) -> str:
        try:
            with unit_of_work(factory) as session:
                _redeem(session, token, key=bytes([number]) * 32)
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


def test_an_old_batch_does_not_tell_how_the_box_is_now(city: Session) -> None:
    key = A.row("a")
    status = AgentStatus("0.2", 0, 5, spool_fault="full", clock_skew_seconds=3600.25)
    heard_from(city, key, now=NOW, status=status, created_at=int(NOW.timestamp() * 1_000))
    old = AgentStatus("0.1", 0, 9_000, clock_skew_seconds=1.0)
    hours_ago = int((NOW - timedelta(hours=9)).timestamp() * 1_000)
    heard_from(city, key, now=NOW + timedelta(seconds=1), status=old, created_at=hours_ago)
    agent = city.get(Agent, key, populate_existing=True)
    assert (agent.version, agent.spool_batches, agent.spool_fault) == ("0.2", 5, "full")
    assert agent.clock_skew_seconds == 3600.25
    assert agent.last_batch_at == NOW + timedelta(seconds=1)


def test_a_clock_ahead_does_not_hide_the_statuses_after_it_was_put_right(city: Session) -> None:
    key = A.row("a")
    ahead = int((NOW + timedelta(hours=1)).timestamp() * 1_000)
    heard_from(city, key, now=NOW, status=AgentStatus("0.2", 0, 5), created_at=ahead)
    soon = NOW + timedelta(seconds=10)
    heard_from(
        city, key, now=soon, status=AgentStatus("0.2", 0, 1), created_at=int(soon.timestamp() * 1e3)
    )
    assert city.get(Agent, key, populate_existing=True).spool_batches == 1
