"""Keys of agents that are kept in memory, and what has them forgotten."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import event

from controller.auth.signers import Signers
from controller.lookout import News
from drivers.signatures import fingerprint, public_bytes
from inventory.database import unit_of_work
from inventory.enrolment import change_key, key_used, revoke
from inventory.models.base import utc_now
from inventory.scope import Scope
from tests.controller.county import County


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Statements:
    """Counts what the register is asked."""

    def __init__(self, app: FastAPI) -> None:
        self.count = 0
        event.listen(app.state.engine, "before_cursor_execute", self._seen)

    def _seen(self, *_: object) -> None:
        self.count += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signers(app: FastAPI, clock: Clock) -> Signers:
    return Signers(app.state.sessions, clock)


@pytest.fixture
def key(county: County) -> str:
    return fingerprint(public_bytes(county.key))


def use(app: FastAPI, county: County, key: str) -> None:
    with unit_of_work(app.state.sessions) as session:
        key_used(session, county.agent_id, key, now=utc_now())


def shut_out(app: FastAPI, county: County) -> None:
    with unit_of_work(app.state.sessions) as session:
        revoke(session, Scope.everything(), county.agent_id, now=utc_now())


def test_who_came_in_is_not_asked_for_again_while_news_are_heard(
    app: FastAPI, county: County, signers: Signers, key: str, clock: Clock
) -> None:
    use(app, county, key)
    signers.heard(of_agents=False)
    first = signers.of(key)
    asked = Statements(app)
    assert signers.of(key) == first is not None
    assert asked.count == 0
    clock.now += 6  # and nobody has looked for news since
    assert signers.of(key) == first
    assert asked.count > 0


def test_without_a_look_for_news_nothing_is_kept_for_long(
    app: FastAPI, county: County, signers: Signers, key: str, clock: Clock
) -> None:
    use(app, county, key)
    signers.of(key)
    shut_out(app, county)
    found = signers.of(key)
    assert found is not None
    assert found.revoked_at is not None


def test_an_entry_is_asked_for_again_however_quiet_it_is(
    app: FastAPI, county: County, signers: Signers, key: str, clock: Clock
) -> None:
    use(app, county, key)
    signers.heard(of_agents=False)
    signers.of(key)
    shut_out(app, county)  # of which this one hears nothing
    clock.now += 301
    signers.heard(of_agents=False)
    found = signers.of(key)
    assert found is not None
    assert found.revoked_at is not None


def test_news_of_agents_have_all_forgotten(
    app: FastAPI, county: County, signers: Signers, key: str
) -> None:
    use(app, county, key)
    signers.heard(of_agents=False)
    signers.of(key)
    shut_out(app, county)
    signers.heard(of_agents=True)
    found = signers.of(key)
    assert found is not None
    assert found.revoked_at is not None


def test_an_answer_that_news_overtook_is_not_kept(
    app: FastAPI, county: County, signers: Signers, key: str
) -> None:
    use(app, county, key)
    signers.heard(of_agents=False)

    def meanwhile(*_: object) -> None:
        signers.forget()

    event.listen(app.state.engine, "after_cursor_execute", meanwhile)
    signers.of(key)
    event.remove(app.state.engine, "after_cursor_execute", meanwhile)
    asked = Statements(app)
    signers.of(key)
    assert asked.count > 0


def test_this_process_forgets_a_key_with_the_commit_that_replaces_it(
    app: FastAPI, county: County, key: str
) -> None:
    kept = app.state.agent_gate.signers
    use(app, county, key)
    kept.heard(of_agents=False)
    assert kept.of(key) is not None
    new = public_bytes(Ed25519PrivateKey.generate())
    with unit_of_work(app.state.sessions) as session:
        change_key(session, county.agent_id, new, now=utc_now())
    assert kept.of(key) is not None  # until the next one was used
    use(app, county, fingerprint(new))
    kept.heard(of_agents=False)
    assert kept.of(key) is None


def test_this_process_forgets_who_is_shut_out_with_the_commit(
    app: FastAPI, county: County, key: str
) -> None:
    kept = app.state.agent_gate.signers
    use(app, county, key)
    kept.heard(of_agents=False)
    kept.of(key)
    shut_out(app, county)
    kept.heard(of_agents=False)
    found = kept.of(key)
    assert found is not None
    assert found.revoked_at is not None


def test_the_lookout_tells_of_keys_that_were_replaced_and_of_those_shut_out(
    app: FastAPI, county: County, key: str
) -> None:
    lookout = app.state.lookout

    def news() -> News:
        found: News = lookout._look(utc_now())
        return found

    use(app, county, key)
    assert not news().agents  # there was no other key before it
    new = public_bytes(Ed25519PrivateKey.generate())
    with unit_of_work(app.state.sessions) as session:
        change_key(session, county.agent_id, new, now=utc_now())
    assert not news().agents
    use(app, county, fingerprint(new))
    assert news().agents == {county.agent_id}
    shut_out(app, county)
    assert news().agents == {county.agent_id}
