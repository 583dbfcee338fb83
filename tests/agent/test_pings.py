"""Echo requests of the plan: readings beside a protocol, and the outcome where there is none."""

import asyncio

import pytest

from agent.watch.pings import Pings, answers_with
from drivers.ping import Pinger, PingRead
from drivers.plan import Cadence, Plan, PresenceAccess, SnmpAccess, Target
from drivers.readings import Block, Outcome, Poll
from tests.agent.virtual_time import virtually

LOST = Block(("",), {"ping_loss_ratio": [1.0], "ping_round_trip_seconds": [None]})
GOOD = Block(("",), {"ping_loss_ratio": [0.0], "ping_round_trip_seconds": [0.002]})


class Network:
    """Answers in place of one: by address, ``None`` where the box may not ask."""

    def __init__(self, **answers: Outcome | None) -> None:
        self.answers = {name.replace("_", "."): outcome for name, outcome in answers.items()}
        self.asked: list[str] = []

    async def ping(self, address: str) -> PingRead | None:
        self.asked.append(address)
        outcome = self.answers[address]
        if outcome is None:
            return None
        detail = "" if outcome is Outcome.ok else "no answer"
        return PingRead(outcome, detail, GOOD if outcome is Outcome.ok else LOST)


def run(network: Network, *targets: Target, beats: float = 0.05, wanted: int = 1) -> list[Poll]:
    polls: list[Poll] = []

    async def story() -> None:
        pings = Pings(polls.append, network, clock=lambda: 1_000.0)  # type: ignore[arg-type]
        plan = Plan("1", "a", ("S",), targets, cadence=Cadence(reachability=beats))
        await pings.follow(plan)
        await pings.follow(plan)  # nothing changed
        for _ in range(200):
            await asyncio.sleep(0.01)
            if len(network.asked) >= wanted * len([t for t in targets if t.ping]):
                break
        await asyncio.sleep(0.01)
        await pings.close()

    virtually(story())
    return polls


def test_a_device_watched_by_echo_requests_alone_is_as_they_say() -> None:
    network = Network(a=Outcome.ok, b=Outcome.timeout)
    targets = [Target(id_, "S", id_, ping=True) for id_ in ("a", "b")]
    polls = {poll.subject: poll for poll in run(network, *targets)}
    assert (polls["a"].outcome, polls["a"].beside) == (Outcome.ok, False)
    assert (polls["b"].outcome, polls["b"].detail) == (Outcome.timeout, "no answer")
    assert polls["b"].blocks == (LOST,)
    assert polls["a"].taken_at == 1_000_000


def test_beside_a_protocol_they_are_readings_and_say_nothing_of_the_device() -> None:
    network = Network(a=Outcome.timeout, b=Outcome.timeout)
    polls = run(
        network,
        Target("a", "S", "a", snmp=SnmpAccess(), ping=True),
        Target("b", "S", "b", presence=PresenceAccess(), ping=True),
        Target("c", "S", "c", snmp=SnmpAccess()),
    )
    assert {(poll.subject, poll.beside, poll.detail) for poll in polls} >= {
        ("a", True, ""),
        ("b", True, ""),
    }
    assert "c" not in network.asked


def test_a_box_that_may_not_ping_claims_nothing() -> None:
    assert run(Network(a=None), Target("a", "S", "a", ping=True)) == []


def test_bursts_come_again_every_beat() -> None:
    network = Network(a=Outcome.ok)
    assert len(run(network, Target("a", "S", "a", ping=True), wanted=3)) >= 2


def test_a_real_address_answers() -> None:
    pinger = Pinger(probes=2, interval=0.01)
    if asyncio.run(pinger.ping("127.0.0.1")) is None:
        pytest.skip(pinger.problem)
    assert asyncio.run(answers_with(pinger)("127.0.0.1")) is True
