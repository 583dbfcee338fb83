"""Plans that still hold: told without making them, at any controller, after any restart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from controller import plan_desk
from controller.lookout import Lookout
from controller.plan_desk import PlanDesk
from controller.settings import Settings
from inventory.agent_plans import basis as plan_basis
from inventory.agent_plans.changes import note_plan_changes
from inventory.database import SessionFactory, read_only, session_factory, unit_of_work
from inventory.days import day_of
from inventory.models import Agent, Credential, Device, Line, PlanChange
from inventory.models.base import utc_now
from inventory.secrets import SecretBox
from tests.inventory.city import A, B, add_city, add_county

PATIENCE = 60.0
AGENT = A.row("a")
BOX = SecretBox(SecretBox.new_key())
Made = list[str]
Write = Callable[[], None]


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    """A register with two counties, whose writers leave notes."""
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        add_city(session)
        for county in (A, B):
            add_county(session, county)
            for letter in ("c", "s", "spare"):
                session.get_one(Credential, county.row(letter)).secret = BOX.seal("{}")
    note_plan_changes(factory)
    return factory


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Agents whose plan was made, one after the other."""
    agents: Made = []
    make = plan_desk.make_plan

    def making(session, agent, *rest, **named):  # type: ignore[no-untyped-def]
        agents.append(agent.id)
        return make(session, agent, *rest, **named)

    monkeypatch.setattr(plan_desk, "make_plan", making)
    return agents


@asynccontextmanager
async def controller(
    sessions: SessionFactory, box: SecretBox = BOX, **settings: object
) -> AsyncIterator[PlanDesk]:
    """One that has just started."""
    lookout = Lookout(sessions, room=100, every=0.05)
    wanted = Settings(**({"speedtest_server": "https://fleet.example"} | settings))  # type: ignore[arg-type]
    desk = PlanDesk(sessions, box, wanted, lookout, longest=PATIENCE)
    lookout.start()
    try:
        yield desk
    finally:
        await lookout.stop()


async def working(sessions: SessionFactory, desk: PlanDesk, revision: str = "") -> str:
    """Revision of the plan the agent works by, once it is noted with what it rests on."""
    given = await desk.answer(AGENT, revision, 0)
    assert (await desk.answer(AGENT, given.revision, 0.01)).content == b""

    def noted() -> bool:
        agent = agent_of(sessions)
        return agent.plan_revision == given.revision and bool(agent.plan_basis)

    await eventually(noted)
    return given.revision


async def eventually(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        for _ in range(3_000):
            if so():
                return
            await asyncio.sleep(0.02)
    raise AssertionError("never")


def agent_of(sessions: SessionFactory) -> Agent:
    with read_only(sessions) as session:
        return session.get_one(Agent, AGENT)


def move(sessions: SessionFactory, device: str, address: str) -> None:
    with unit_of_work(sessions) as session:
        session.get_one(Device, device).address = address


def move_without_a_note(sessions: SessionFactory, address: str) -> None:
    """As somebody does who writes SQL by hand."""
    devices = Device.__table__  # type: ignore[attr-defined]
    with unit_of_work(sessions) as session:
        one = update(devices).where(devices.c.id == A.row("d")).values(address=address)
        session.connection().execute(one)


@contextmanager
def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(plan_desk, "utc_now", lambda: utc_now() + by)
        yield


def run(scenario: Awaitable[None]) -> None:
    async def within() -> None:
        async with asyncio.timeout(4 * PATIENCE):
            await scenario

    asyncio.run(within())


def test_a_controller_that_starts_anew_makes_no_plan_that_still_holds(
    sessions: SessionFactory, made: Made
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        assert made == [AGENT]  # given and confirmed: made once
        for wait in (0, 0.05):
            async with controller(sessions) as desk:
                assert (await desk.answer(AGENT, revision, wait)).content == b""
                # What concerns others does not concern this one.
                move(sessions, B.row("d"), f"127.0.1.{wait + 1:.0f}")
                assert (await desk.answer(AGENT, revision, wait)).content == b""
        assert made == [AGENT]

    run(scenario())


@pytest.mark.parametrize("wait", [0.0, 0.3])
def test_what_was_written_while_nobody_looked_is_in_the_plan(
    sessions: SessionFactory, wait: float
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        move(sessions, A.row("d"), "127.0.0.77")
        async with controller(sessions) as desk:
            answer = await desk.answer(AGENT, revision, wait)
        assert b"127.0.0.77" in answer.content

    run(scenario())


def test_a_note_that_commits_late_is_held_against_the_plan(
    sessions: SessionFactory, made: Made
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        with unit_of_work(sessions) as session:
            before = utc_now() - timedelta(seconds=30)
            session.add(PlanChange(school_code=A.school, at=before))
        basis = agent_of(sessions).plan_basis
        async with controller(sessions) as desk:
            assert (await desk.answer(AGENT, revision, 0)).content == b""
            assert made == [AGENT, AGENT]
            # The lookout's first look tells it as news; only what was noted by then is believed.
            await eventually(lambda: agent_of(sessions).plan_basis != basis)
            await desk.answer(AGENT, revision, 0.2)
        assert made == [AGENT, AGENT]

    run(scenario())


def test_another_key_or_other_settings_or_other_code_make_plans_anew(
    sessions: SessionFactory, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        async with controller(sessions, poll_seconds=30) as desk:
            assert (await desk.answer(AGENT, revision, 0)).revision != revision
        async with controller(sessions, SecretBox(SecretBox.new_key())) as desk:
            assert (await desk.answer(AGENT, revision, 0)).revision != revision
        monkeypatch.setattr(plan_basis, "_CODE", ())
        async with controller(sessions) as desk:
            assert (await desk.answer(AGENT, revision, 0)).content == b""
        assert made == [AGENT] * 4

    run(scenario())


def test_a_date_of_a_line_that_has_passed_makes_the_plan_anew(
    sessions: SessionFactory, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = day_of(utc_now())
    with unit_of_work(sessions) as session:
        session.get_one(Line, A.row("l")).ends_on = today + timedelta(days=1)

    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        assert agent_of(sessions).plan_until == today + timedelta(days=1)
        with later(monkeypatch, timedelta(days=2)):
            monkeypatch.setattr(plan_basis, "LONGEST", timedelta(days=9))
            async with controller(sessions) as desk:
                assert (await desk.answer(AGENT, revision, 0)).revision != revision

    run(scenario())


def test_what_was_kept_too_long_ago_is_not_believed(
    sessions: SessionFactory, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        for by in (timedelta(days=1), timedelta(hours=-1)):
            with later(monkeypatch, by):
                async with controller(sessions) as desk:
                    assert (await desk.answer(AGENT, revision, 0)).content == b""
        assert made == [AGENT] * 3

    run(scenario())


def test_what_is_written_without_a_note_is_found_after_ten_minutes(
    sessions: SessionFactory, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk, controller(sessions) as other:
            revision = await working(sessions, desk)
            await desk.answer(AGENT, revision, 0)
            assert (await other.answer(AGENT, revision, 0)).content == b""
            move_without_a_note(sessions, "127.0.0.88")
            assert (await desk.answer(AGENT, revision, 0)).content == b""
            with later(monkeypatch, timedelta(minutes=10)):
                answer = await desk.answer(AGENT, revision, 0.1)
                assert b"127.0.0.88" in answer.content
                # The box did not get it: whoever it asks next does not fall back.
                assert (await desk.answer(AGENT, revision, 0)).content == answer.content
            await eventually(lambda: not agent_of(sessions).plan_basis)
            async with controller(sessions) as third:
                assert (await third.answer(AGENT, revision, 0)).content == answer.content

    run(scenario())


def test_boxes_that_ask_at_once_are_looked_at_again_one_after_the_other() -> None:
    now = utc_now()
    moments = sorted(plan_desk._next_look(f"a{n:016d}", now) for n in range(2_000))
    assert now < moments[0]
    assert moments[-1] <= now + timedelta(minutes=10)
    # No minute has more than twice its share.
    for minute in range(10):
        begin = now + timedelta(minutes=minute)
        assert sum(begin < one <= begin + timedelta(minutes=1) for one in moments) < 400


def test_a_box_that_only_asks_is_noted_as_heard_and_since_when_it_has_its_plan(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with controller(sessions) as desk:
            revision = await working(sessions, desk)
        first = agent_of(sessions)
        assert first.last_seen_at is not None
        with later(monkeypatch, timedelta(minutes=5)):
            async with controller(sessions) as desk:
                await desk.answer(AGENT, revision, 0)
                await eventually(lambda: agent_of(sessions).last_seen_at != first.last_seen_at)
        now = agent_of(sessions)
        assert (now.plan_taken_at, now.plan_made_at) == (first.plan_taken_at, first.plan_made_at)

    run(scenario())


def test_a_database_that_takes_no_notes_costs_no_answer(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        written, tries = plan_desk.PlanDesk._written, []

        def failing(self: PlanDesk, notes: object) -> None:
            tries.append(notes)
            if len(tries) < 3:
                raise OSError("disk full")
            written(self, notes)  # type: ignore[arg-type]

        monkeypatch.setattr(plan_desk.PlanDesk, "_written", failing)
        async with controller(sessions) as desk:
            await working(sessions, desk)
        assert len(tries) >= 3

    run(scenario())
