"""Agents that wait: for a changed plan, for commands; and what ends their waiting."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.app import create_app
from controller.command_desk import CommandDesk
from controller.errors import TooManyRequests
from controller.lookout import About, Lookout, News
from drivers.plan import Commands, Plan
from drivers.readings import Facts, Identity, Kind
from inventory.agent_plans.changes import (
    Concerned,
    changes_since,
    forget_changes,
    note_plan_changes,
)
from inventory.commands import Wish, give
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.intake.ingest import record_polls
from inventory.models import (
    Acquisition,
    Agent,
    AgentSchool,
    CatalogueModel,
    CommandKind,
    Device,
    DeviceMac,
    Lifecycle,
    PlanChange,
    Protocol,
    School,
)
from inventory.scope import Scope
from tests.agents import signed
from tests.controller.county import County, make_poll, make_settings

PLAN = "/api/agent/v1/plan"
COMMANDS = "/api/agent/v1/commands"
Ask = Callable[..., Response]


@pytest.fixture
def ask(app: FastAPI, client: TestClient, county: County) -> Ask:
    """Ask as the agent of SCH-A."""

    def get(path: str, **headers: str) -> Response:
        return client.get(path, headers=signed(app, county.key, "GET", path) | headers)

    return get


@pytest.fixture
def etag(app: FastAPI, ask: Ask) -> str:
    move(app, "d-a-1", "127.0.0.2")
    found: str = ask(PLAN).headers["etag"]
    return found


def move(app: FastAPI, device_id: str, address: str) -> None:
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, device_id)
        assert device is not None
        device.address = address


@contextmanager
def waiting(app: FastAPI, ask: Ask, path: str, **headers: str) -> Iterator["Future[Response]"]:
    """A request that is held while the block runs."""
    with ThreadPoolExecutor(1) as pool:
        before = len(app.state.lookout)
        answer = pool.submit(ask, path, **headers)
        for _ in range(6_000):
            if len(app.state.lookout) > before or answer.done():
                break
            time.sleep(0.01)
        time.sleep(0.1)
        assert not answer.done()
        assert app.state.telemetry.registry.get_sample_value("fleet_long_polls") > before
        yield answer


def looked(app: FastAPI) -> None:
    """Wait for a look at the database."""
    deadline = time.monotonic() + 60
    while app.state.lookout._told_at < 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_change_of_the_register_ends_the_waiting(app: FastAPI, ask: Ask, etag: str) -> None:
    with waiting(app, ask, f"{PLAN}?wait=30", **{"If-None-Match": etag}) as answer:
        move(app, "d-a-1", "127.0.0.9")
        response = answer.result(60)
    assert response.status_code == 200
    plan = msgspec.msgpack.decode(response.content, type=Plan)
    assert plan.targets[0].address == "127.0.0.9"


def test_another_controllers_change_ends_it_too(
    app: FastAPI, ask: Ask, etag: str, county: County
) -> None:
    engine = make_engine(app.state.settings.database_url)
    other = session_factory(engine)
    note_plan_changes(other)
    with waiting(app, ask, f"{PLAN}?wait=30", **{"If-None-Match": etag}) as answer:
        with unit_of_work(other) as session:
            device = session.get(Device, "d-a-1")
            assert device is not None
            device.address = "127.0.0.8"
        assert answer.result(60).status_code == 200
    engine.dispose()


def test_changes_elsewhere_leave_it_waiting(app: FastAPI, ask: Ask, etag: str) -> None:
    with waiting(app, ask, f"{PLAN}?wait=3", **{"If-None-Match": etag}) as answer:
        move(app, "d-b-1", "127.0.0.9")
        assert answer.result(60).status_code == 304


def test_what_polls_write_is_no_news(app: FastAPI, ask: Ask, etag: str) -> None:
    with unit_of_work(app.state.sessions) as session:
        before = len(changes_since(session, datetime.now(UTC) - timedelta(hours=1)))
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.model, device.version = "S5735", "V200"
    with unit_of_work(app.state.sessions) as session:
        assert len(changes_since(session, datetime.now(UTC) - timedelta(hours=1))) == before


def test_what_devices_tell_of_themselves_is_no_news(app: FastAPI, ask: Ask, etag: str) -> None:
    told = Identity(vendor="Huawei", kind=Kind.switch, model="S5735", serial="2102AB", version="V2")
    with unit_of_work(app.state.sessions) as session:
        before = len(changes_since(session, datetime.now(UTC) - timedelta(hours=1)))
        record_polls(session, [make_poll("d-a-1", facts=Facts(told))], datetime.now(UTC))
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        assert (device.model, device.version) == ("S5735", "V2")
        assert len(changes_since(session, datetime.now(UTC) - timedelta(hours=1))) == before


def test_the_asset_ledger_is_no_news(app: FastAPI) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(CatalogueModel(id="m-1", vendor="Huawei", model="S5735"))
    with unit_of_work(app.state.sessions) as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.asset_class, device.acquisition = "A02010105", Acquisition.purchase
        device.supplier, device.custodian = "A supplier", "Ms Li"
        device.purchased_on, device.warranty_until = date(2024, 9, 1), date(2027, 8, 31)
        device.price_cny, device.funding_source = Decimal("12999.00"), "2024"
        device.catalogue_id, device.is_personal, device.revision = "m-1", True, 2
        device.name, device.asset_number = "Another name", "ZC-1"
    with unit_of_work(app.state.sessions) as session:
        assert changes_since(session, datetime.now(UTC) - timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", "127.0.0.9"),
        ("lifecycle", Lifecycle.in_repair),
        ("protocol", Protocol.ping),
        ("ping", True),
        ("driver", "snmp"),
        ("ssh_port", 2222),
    ],
)
def test_what_a_plan_holds_of_a_device_is_news(app: FastAPI, name: str, value: object) -> None:
    with unit_of_work(app.state.sessions) as session:
        setattr(session.get(Device, "d-a-1"), name, value)
    with unit_of_work(app.state.sessions) as session:
        found = changes_since(session, datetime.now(UTC) - timedelta(hours=1))
        assert {change.concerned for change in found} == {Concerned("SCH-A")}


def test_a_rolled_back_change_is_no_news(app: FastAPI) -> None:
    with app.state.sessions() as session:
        device = session.get(Device, "d-a-1")
        assert device is not None
        device.address = "127.0.0.4"
        session.flush()
        session.rollback()
    with unit_of_work(app.state.sessions) as session:
        assert changes_since(session, datetime.now(UTC) - timedelta(hours=1)) == []


def test_a_change_of_a_school_concerns_those_that_lead_it(app: FastAPI) -> None:
    with unit_of_work(app.state.sessions) as session:
        school = session.get(School, "SCH-B")
        assert school is not None
        school.lead_school_code = "SCH-A"
    with unit_of_work(app.state.sessions) as session:
        found = changes_since(session, datetime.now(UTC) - timedelta(hours=1))
        assert {change.concerned.school for change in found} == {"SCH-A", "SCH-B"}


def test_old_changes_are_forgotten(app: FastAPI) -> None:
    now = datetime.now(UTC)
    with unit_of_work(app.state.sessions) as session:
        session.add(PlanChange(school_code="SCH-A", at=now - timedelta(days=2)))
        session.add(PlanChange(school_code="SCH-A", at=now))
    with unit_of_work(app.state.sessions) as session:
        forget_changes(session, now)
    with unit_of_work(app.state.sessions) as session:
        assert len(changes_since(session, now - timedelta(days=9))) == 1


def test_without_a_known_revision_nobody_waits(ask: Ask) -> None:
    assert ask(f"{PLAN}?wait=30").status_code == 200


def test_a_command_ends_the_waiting_for_commands(app: FastAPI, ask: Ask, county: County) -> None:
    with waiting(app, ask, f"{COMMANDS}?wait=30") as answer:
        with unit_of_work(app.state.sessions) as session:
            wish = Wish(CommandKind.restart, by="admin")
            given = give(session, Scope.everything(), county.agent_id, wish, datetime.now(UTC))
            id_ = given.id
        response = answer.result(60)
    assert response.status_code == 200
    [command] = msgspec.msgpack.decode(response.content, type=Commands).commands
    assert (command.id, command.kind) == (id_, "restart")
    assert 590 < command.seconds <= 600


def test_nothing_to_do_is_an_empty_answer(ask: Ask) -> None:
    assert ask(COMMANDS).status_code == 204
    assert ask(f"{COMMANDS}?wait=0.2").status_code == 204


def test_an_end_of_the_controller_sends_everybody_home(app: FastAPI, ask: Ask, etag: str) -> None:
    with (
        waiting(app, ask, f"{PLAN}?wait=50", **{"If-None-Match": etag}) as plan,
        waiting(app, ask, f"{COMMANDS}?wait=50") as commands,
    ):
        app.state.lookout.close()
        assert plan.result(60).status_code == 304
        assert commands.result(60).status_code == 204


def test_more_than_there_is_room_for_are_told_to_come_later(
    made_county: tuple[object, County], tmp_path, county: County
) -> None:
    app = create_app(make_settings(tmp_path, long_polls=0))
    with TestClient(app) as client:
        path = f"{COMMANDS}?wait=5"
        answer = client.get(path, headers=signed(app, county.key, "GET", path))
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"


def test_one_agent_cannot_take_all_places(app: FastAPI) -> None:
    async def scenario() -> None:
        lookout = Lookout(app.state.sessions, room=100)
        async with asyncio.timeout(60):
            places = [lookout.waiting("a1", About.plan) for _ in range(6)]
            for place in places:
                await place.__aenter__()
            with pytest.raises(TooManyRequests):
                await lookout.waiting("a1", About.plan).__aenter__()
            assert len(lookout) == 6
            async with lookout.waiting("a2", About.plan):
                pass
        await lookout.stop()

    asyncio.run(scenario())


def test_waiting_takes_no_thread(app: FastAPI) -> None:
    async def scenario() -> None:
        lookout = Lookout(app.state.sessions, room=5_000, every=0.05)
        lookout.start()

        async def one(agent: str) -> bool:
            async with lookout.waiting(agent, About.plan) as waiter:
                waiter.schools = {"SCH-A"}
                return await waiter.wait(20)

        before = threading.active_count()
        tasks = [asyncio.create_task(one(f"a{n}")) for n in range(2_000)]
        await asyncio.sleep(0.1)
        assert len(lookout) == 2_000
        assert threading.active_count() <= before + 4
        with unit_of_work(app.state.sessions) as session:
            session.add(PlanChange(school_code="SCH-A"))
        assert all(await asyncio.gather(*tasks))
        assert len(lookout) == 0
        await lookout.stop()

    asyncio.run(scenario())


def test_who_waits_for_commands_asks_the_database_nothing_of_its_own(
    app: FastAPI, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    taken = CommandDesk._taken

    def counting(self: CommandDesk, agent_id: str) -> Commands:
        asked.append(agent_id)
        return taken(self, agent_id)

    monkeypatch.setattr(CommandDesk, "_taken", counting)
    looked(app)
    assert ask(f"{COMMANDS}?wait=0.2").status_code == 204
    assert asked == []
    # Nobody looks any more: it looks itself.
    monkeypatch.setattr(app.state.lookout, "_told_at", 0.0)
    monkeypatch.setattr(app.state.lookout, "_look", lambda _now: 1 / 0)
    assert ask(f"{COMMANDS}?wait=0.2").status_code == 204
    assert asked != []


def test_a_change_of_one_agents_schools_wakes_nobody_else(app: FastAPI) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(Agent(id="a-new", name="box"))
        session.flush()
        session.add(AgentSchool(agent_id="a-new", school_code="SCH-B"))
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Agent, "a-new").revoked_at = datetime.now(UTC)
    with unit_of_work(app.state.sessions) as session:
        session.add(DeviceMac(device_id="d-b-1", mac="02000000000b"))
    with unit_of_work(app.state.sessions) as session:
        found = changes_since(session, datetime.now(UTC) - timedelta(hours=1))
    assert [change.concerned for change in sorted(found, key=lambda one: one.key)] == [
        Concerned(agent="a-new"), Concerned(agent="a-new"), Concerned("SCH-B"),
    ]  # fmt: skip
    news = News(agents=frozenset({"a-new"}))
    assert news.concern("a-new", {"SCH-B"})
    assert not news.concern("a-other", {"SCH-B"})
    assert not news.concern("a-other", None)
    assert news.of_plans


def test_news_for_many_have_their_plans_made_one_after_the_other(app: FastAPI) -> None:
    async def scenario() -> None:
        lookout = Lookout(app.state.sessions, room=100, every=0.05)
        places = [lookout.waiting(f"a{n}", About.plan) for n in range(10)]
        waiters = [await place.__aenter__() for place in places]
        for waiter in waiters[:5]:
            waiter.schools = {"SCH-A"}
        for waiter in waiters[5:]:
            waiter.schools = {"SCH-B"}
        lookout.start()
        with unit_of_work(app.state.sessions) as session:
            session.add(PlanChange(school_code="SCH-B"))
        assert await waiters[-1].wait(60)
        assert [waiter.woken.is_set() for waiter in waiters] == [False] * 5 + [True] * 5
        assert [waiter.turn for waiter in waiters[5:]] == [0, 1, 2, 3, 4]
        for place in places:
            await place.__aexit__(None, None, None)
        await lookout.stop()

    asyncio.run(scenario())
