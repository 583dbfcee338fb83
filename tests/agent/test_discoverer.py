"""When devices are looked for; who is heard on brokers; what a run tells."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import aiomqtt
import pytest

from agent.discovery.discoverer import Discoverer, NotLookedFor
from agent.discovery.look import Summary
from agent.discovery.memory import Memory
from drivers.definitions import builtin_definitions
from drivers.plan import Broker, Discovery, MqttAccess, Plan, Target
from drivers.readings import Finding, Kind
from tests.agent.lan import SCHOOL, access, device, serving
from tests.drivers.mqtt.conftest import BrokerProcess, mosquitto

__all__ = ["mosquitto"]


def plan_of(*discoveries: Discovery, **more: object) -> Plan:
    schools = tuple(discovery.school for discovery in discoveries) or (SCHOOL,)
    plan = {"revision": "1", "agent": "a1", "schools": schools, "discovery": discoveries}
    return Plan(**(plan | more))  # type: ignore[arg-type]


def where(port: int, *ranges: str, **more: object) -> Discovery:
    settings: dict[str, object] = {
        "credentials": (access("public"),),
        "packets_per_second": 2_000.0,
        "ports": (port,),
        "every_seconds": 10.0,
    }
    return Discovery(school=SCHOOL, ranges=ranges, **(settings | more))  # type: ignore[arg-type]


def discoverer(folder: Path, told: list[Finding], now: Sequence[float] = (1e9,)) -> Discoverer:
    return Discoverer(
        told.append,
        folder,
        definitions=builtin_definitions(),
        clock=lambda: now[0],
        rng=random.Random(3),  # noqa: S311
    )


def test_a_look_at_once_reports_and_sums_up(tmp_path: Path) -> None:
    told: list[Finding] = []

    async def run() -> Summary:
        looking = discoverer(tmp_path, told)
        with serving(device("127.74.1.1")) as port:
            looking.follow(plan_of(where(port, "127.74.1.0/30")))
            summary = await looking.run_now(SCHOOL)
        await looking.close()
        return summary

    summary = asyncio.run(run())
    assert (summary.found, summary.problems) == (1, ())
    assert summary.fields()["addresses"] == "2"
    assert [finding.address for finding in told] == ["127.74.1.1"]
    assert (tmp_path / "discovery.msgpack").stat().st_mode & 0o777 == 0o600
    assert Memory(tmp_path, clock=lambda: 1e9).looked_at(SCHOOL) == 1e9


def test_a_school_without_ranges_is_not_looked_through(tmp_path: Path) -> None:
    async def run() -> None:
        looking = discoverer(tmp_path, [])
        looking.follow(plan_of())
        try:
            with pytest.raises(NotLookedFor):
                await looking.run_now(SCHOOL)
        finally:
            await looking.close()

    asyncio.run(run())


def test_a_wrong_range_is_said_and_ends_nothing(tmp_path: Path) -> None:
    async def run() -> Summary:
        looking = discoverer(tmp_path, [])
        looking.follow(plan_of(where(161, "10.0.0.0/40")))
        try:
            return await looking.run_now(SCHOOL)
        finally:
            await looking.close()

    assert asyncio.run(run()).problems == ("10.0.0.0/40 is no network such as 10.1.0.0/22",)


def test_the_first_look_comes_soon_and_the_next_when_it_is_due(tmp_path: Path) -> None:
    now = [1e9]
    looking = discoverer(tmp_path, [], now)
    daily = where(161, "127.74.2.0/30", every_seconds=86_400.0)
    assert 5 <= looking._first_delay(daily, changed=False) <= 20
    memory = Memory(tmp_path, clock=lambda: 1e9)
    memory.note_look(SCHOOL)
    memory.write(memory.encoded())
    now[0] += 80_000
    again = discoverer(tmp_path, [], now)
    assert again._first_delay(daily, changed=False) == pytest.approx(6_400)
    assert again._first_delay(daily, changed=True) <= 20
    now[0] += 80_000
    assert 60 <= again._first_delay(daily, changed=False) <= 600


def test_an_unreadable_memory_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "discovery.msgpack").write_bytes(b"\xc1 no such thing")
    assert Memory(tmp_path).looked_at(SCHOOL) is None


def test_strangers_on_a_broker_are_told_of(
    tmp_path: Path,
    mosquitto: Callable[..., BrokerProcess],
) -> None:
    broker = mosquitto()
    told: list[Finding] = []
    identity = json.dumps({"vendor": "Campus Panels", "model": "CP-86", "serial": "X1"})

    async def publish() -> None:
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            for _ in range(20):
                for school, name in ((SCHOOL, "wb-1"), (SCHOOL, "wb-2"), ("OTHER-01", "wb-3")):
                    place = f"campus/{school}/whiteboard/{name}"
                    await client.publish(f"{place}/identity", identity, retain=True)
                    await client.publish(f"{place}/availability", "online")
                await asyncio.sleep(0.1)

    async def run() -> Summary:
        looking = discoverer(tmp_path, told)
        known = Target("d1", SCHOOL, mqtt=MqttAccess("whiteboard", "wb-1"))
        brokers = (Broker(f"mqtt://127.0.0.1:{broker.port}"), Broker("mqtt://127.0.0.1:9"))
        looking.follow(plan_of(where(9, every_seconds=20.0), targets=(known,), brokers=brokers))
        publishing = asyncio.create_task(publish())
        try:
            return await looking.run_now(SCHOOL)
        finally:
            await looking.close()
            await publishing

    summary = asyncio.run(run())
    assert [(one.address, one.driver, one.how) for one in told] == [("wb-2", "whiteboard", "mqtt")]
    assert told[0].identity is not None
    assert (told[0].identity.kind, told[0].identity.serial) == (Kind.whiteboard, "X1")
    assert summary.found == 1
    assert any("127.0.0.1:9" in problem for problem in summary.problems)
