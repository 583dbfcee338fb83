from datetime import timedelta
from itertools import product

from sqlalchemy import insert
from sqlmodel import Session, select

from drivers.readings import Outcome
from inventory.models import Agent, Device, DeviceState, Lifecycle, Protocol
from inventory.repositories import DeviceRepository, DeviceSort
from inventory.repositories.devices import WORST_FIRST
from inventory.scope import Scope
from inventory.search.sources import SOURCES
from inventory.search.upkeep import write_stale
from inventory.status import CADENCE, SILENT_AFTER, Status, status_of
from tests.inventory.city import NOW, A, B

LONG_AGO = NOW - SILENT_AFTER * CADENCE - timedelta(microseconds=1)
JUST = NOW - SILENT_AFTER * CADENCE


def _state(outcome: Outcome = Outcome.ok, taken_at=NOW) -> DeviceState:
    return DeviceState(
        device_id="d", school_code="S", outcome=outcome, taken_at=taken_at, since=taken_at
    )


def _status(state: DeviceState | None, **more) -> Status:
    return status_of(Lifecycle.in_service, Protocol.snmp, state, now=NOW, **more)


def test_a_device_that_was_never_polled_or_is_not_meant_to_be_is_unknown() -> None:
    assert _status(None) is Status.unknown
    assert status_of(Lifecycle.in_repair, Protocol.snmp, _state(), now=NOW) is Status.unknown
    assert status_of(Lifecycle.in_service, Protocol.none, _state(), now=NOW) is Status.unknown


def test_no_news_for_three_cadences_is_silence_whatever_the_last_news_was() -> None:
    assert _status(_state(Outcome.timeout, LONG_AGO)) is Status.silent
    assert _status(_state(Outcome.ok, JUST)) is Status.healthy
    slower = timedelta(minutes=5)
    assert _status(_state(Outcome.ok, LONG_AGO), cadence=slower) is Status.healthy


def test_a_silent_agent_makes_its_devices_silent() -> None:
    assert _status(_state(), agent_last_batch_at=LONG_AGO) is Status.silent
    assert _status(_state(), agent_last_batch_at=JUST) is Status.healthy


def test_a_device_that_is_only_looked_for_and_not_there_is_off_and_not_down() -> None:
    for present, expected in ((None, Status.off), (False, Status.off), (True, Status.healthy)):
        state = _state(taken_at=NOW - 5 * CADENCE)
        state.present = present
        found = status_of(Lifecycle.in_service, Protocol.presence, state, now=NOW)
        assert found is expected
    long_ago = _state(taken_at=NOW - 16 * CADENCE)
    assert status_of(Lifecycle.in_service, Protocol.presence, long_ago, now=NOW) is Status.silent


def test_only_a_usable_answer_keeps_a_device_from_being_down() -> None:
    expected = {Outcome.ok: Status.healthy, Outcome.partial: Status.degraded}
    for outcome in Outcome:
        assert _status(_state(outcome)) is expected.get(outcome, Status.down)


def test_sql_and_python_agree_on_every_combination(city: Session) -> None:
    session = city
    agents = {None: None}
    for last in (NOW, JUST, LONG_AGO, "never"):
        agent = Agent(id=f"a{len(agents)}", name="box")
        agent.last_batch_at = None if last == "never" else last
        session.add(agent)
        agents[last] = agent
    session.flush()
    expected: dict[str, Status] = {}
    states = [None, *product(Outcome, (NOW, JUST, LONG_AGO), agents.values())]
    # What is not in service is not asked: of that one outcome stands for all of them.
    others = [life for life in Lifecycle if life is not Lifecycle.in_service]
    combinations = [
        *product([Lifecycle.in_service], Protocol, states),
        *product(others, Protocol, [one for one in states if one is None or one[0] is Outcome.ok]),
    ]
    rows = []
    devices = []
    for number, (lifecycle, protocol, combination) in enumerate(combinations):
        key = f"d{number}"
        devices.append(
            {"id": key, "school_code": A.point, "name": key}
            | {"lifecycle": lifecycle, "protocol": protocol}
        )
        state = last = None
        if combination is not None:
            outcome, taken_at, agent = combination
            state = _state(outcome, taken_at)
            state.device_id, state.school_code = key, A.point
            state.present = (None, False, True)[number % 3]
            state.agent_id = agent.id if agent else None
            last = agent.last_batch_at if agent else None
            rows.append(state)
        expected[key] = status_of(lifecycle, protocol, state, now=NOW, agent_last_batch_at=last)
    session.execute(insert(Device), devices)
    session.add_all(rows)
    session.flush()

    repository = DeviceRepository(session, Scope.everything())
    found: dict[str, Status] = {}
    for offset in range(0, len(expected), 500):
        page = repository.page(now=NOW, school=A.point, offset=offset, limit=500)
        assert page.total == len(expected)
        found |= {row.device.id: row.status for row in page.items}
    assert found == expected

    in_service = select(Device.id).where(Device.lifecycle == Lifecycle.in_service)
    living = [expected[key] for key in session.exec(in_service).all() if key in expected]
    counted = {status: living.count(status) for status in Status}
    assert all(counted.values())
    assert repository.count_by_status(NOW, school=A.point) == counted
    assert repository.count_by_school(NOW)[A.point] == counted
    for status in Status:
        total = repository.page(now=NOW, school=A.point, status=status, limit=1).total
        assert total == list(expected.values()).count(status)


def test_the_list_can_begin_with_what_needs_somebody(city: Session) -> None:
    for number, outcome in enumerate([Outcome.ok, Outcome.timeout, Outcome.partial]):
        key = f"d{number}"
        city.add(Device(id=key, school_code=A.point, name=key))
        city.flush()
        state = _state(outcome)
        state.device_id, state.school_code = key, A.point
        city.add(state)
    city.flush()
    devices = DeviceRepository(city, Scope.everything())
    rows = devices.page(now=NOW, sort=DeviceSort.status).items
    ranks = [WORST_FIRST.index(row.status) for row in rows]
    assert ranks == sorted(ranks)
    assert rows[0].device.id == "d1"
    last = devices.page(now=NOW, sort=DeviceSort.status, descending=True).items[-1]
    assert last.device.id == "d1"


def test_search_finds_chinese_and_takes_signs_for_no_wildcards(city: Session) -> None:
    city.add(Device(id="d1", school_code=A.point, name="三楼 100% 白板", serial="SN-77"))
    city.flush()
    write_stale(city, SOURCES)
    devices = DeviceRepository(city, Scope.everything())
    asked = {"100%": 1, "白板": 1, "sn-77": 1, "楼%白": 0, "%": 0, "_": 0, "  ": 2}
    for text, count in asked.items():
        assert devices.page(now=NOW, search=text).total == count, text


def test_a_device_that_just_moved_stands_at_its_time_among_those_of_its_new_county(
    two_counties: Session,
) -> None:
    city = two_counties
    changed = {"old": 3, "moved": 2, "new": 1}  # minutes ago
    for key in (*changed, "never"):
        city.add(Device(id=key, school_code=A.school, name=key))
    city.flush()
    for key, minutes in changed.items():
        row = _state(taken_at=NOW - timedelta(minutes=minutes))
        # Where it stood at its last poll: the next one will say where it stands now.
        row.device_id, row.school_code = key, B.school if key == "moved" else A.school
        city.add(row)
    city.flush()
    devices = DeviceRepository(city, Scope.of([A.path]))

    def listed(*, descending: bool) -> list[str]:
        page = devices.page(now=NOW, sort=DeviceSort.since, descending=descending, limit=500)
        return [row.device.id for row in page.items if row.device.id in (*changed, "never")]

    assert listed(descending=True) == ["new", "moved", "old", "never"]
    assert listed(descending=False) == ["old", "moved", "new", "never"]
