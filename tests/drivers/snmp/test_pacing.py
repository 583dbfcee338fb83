"""Slots: first come, first served, and never held by the dead."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from drivers.snmp.pacing import AdaptiveGate, Gate, Turn
from drivers.snmp.peer import FRAME, Peer

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 60))


def test_who_comes_first_is_served_first() -> None:
    async def work() -> list[int]:
        gate, order = Gate(1), list[int]()

        async def one(number: int) -> None:
            await gate.acquire()
            order.append(number)
            await asyncio.sleep(0)
            gate.release()

        await asyncio.gather(*map(one, range(5)))
        assert gate.held == 0
        return order

    assert run(work()) == [0, 1, 2, 3, 4]


def test_who_gives_up_waiting_leaves_no_slot_behind() -> None:
    async def work() -> int:
        gate = Gate(1)
        await gate.acquire()
        waiting = asyncio.create_task(gate.acquire())
        await asyncio.sleep(0)
        gate.release()  # admitted and cancelled in the same turn of the loop
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return gate.held

    assert run(work()) == 0


def test_a_silent_device_gives_its_slot_to_others_until_it_answers() -> None:
    async def work() -> list[int]:
        living = AdaptiveGate(100)
        turn, held = Turn(living), list[int]()
        await turn.begin(living)
        held.append(living.held)
        turn.waits_long()
        held.append(living.held)
        turn.answered()
        held.append(living.held)
        turn.end()
        turn.end()
        return [*held, living.held]

    assert run(work()) == [1, 0, 1, 0]


def test_a_doubtful_device_takes_no_living_slot_before_it_answers() -> None:
    async def work() -> list[tuple[int, int]]:
        living, doubtful = AdaptiveGate(100), Gate(10)
        turn, held = Turn(living), list[tuple[int, int]]()
        await turn.begin(doubtful)
        turn.waits_long()
        held.append((living.held, doubtful.held))
        turn.answered()
        held.append((living.held, doubtful.held))
        turn.end()
        return [*held, (living.held, doubtful.held)]

    assert run(work()) == [(0, 1), (1, 0), (0, 0)]


def test_the_limit_grows_while_others_wait_and_shrinks_under_overload() -> None:
    async def work() -> list[float]:
        gate = AdaptiveGate(200)
        limits = [gate.limit]
        gate.drained(10, full=False)  # nobody waits: no need for more
        limits.append(gate.limit)
        for _ in range(64):
            await gate.acquire()
        waiting = asyncio.create_task(gate.acquire())
        await asyncio.sleep(0)
        gate.drained(10, full=False)
        await waiting
        limits.append(gate.limit)
        gate.drained(64, full=True)
        limits.append(gate.limit)
        for _ in range(50):
            gate.overrun()
        return [*limits, gate.limit]

    first, idle, grown, full, least = run(work())
    assert first == idle == 64
    assert grown == 74
    assert full < grown
    assert least == 32


def test_the_limit_stays_within_what_the_receive_buffer_holds() -> None:
    assert AdaptiveGate(40).limit == 40
    assert AdaptiveGate(1).limit == 32


def test_one_lost_reply_changes_nothing_but_two_running_halve_the_next() -> None:
    peer = Peer(2, ("127.0.0.1", 161))
    peer.answered_when_smaller(700)
    peer.answered_at_once()
    peer.answered_when_smaller(700)
    assert peer.reply_limit == FRAME
    peer.answered_when_smaller(700)
    assert peer.reply_limit == 700


def test_a_smaller_size_is_tried_larger_again_later_and_ever_later() -> None:
    peer = Peer(2, ("127.0.0.1", 161))

    def answers_until_it_grows() -> int:
        limit, count = peer.reply_limit, 0
        while peer.reply_limit == limit:
            peer.answered_at_once()
            count += 1
        return count

    peer.too_big(700)
    first = answers_until_it_grows()
    peer.too_big(700)
    assert answers_until_it_grows() > first


def limit_after(loss: Callable[[float], float], rounds: int = 400) -> list[float]:
    """The limit in every round trip of a network that loses so much with so many in flight."""

    async def work() -> list[float]:
        gate, limits, draw = AdaptiveGate(2048), list[float](), random.Random(4)  # noqa: S311
        for _ in range(4096):
            gate.take()
        waiting = [asyncio.create_task(gate.acquire()) for _ in range(4096)]
        await asyncio.sleep(0)
        for _ in range(rounds):
            limit = gate.limit
            limits.append(limit)
            for _ in range(int(limit)):
                gate.answered(retried=draw.random() < loss(limit))
            gate.drained(int(limit), full=False)
        for task in waiting:
            task.cancel()
        return limits

    return run(work())


def test_loss_that_comes_with_the_load_finds_what_the_network_bears() -> None:
    # A queue that holds 300 and drops the rest.
    limits = limit_after(lambda limit: max(0.0, 1 - 300 / limit))
    assert max(limits) > 300
    assert all(150 < limit < 450 for limit in limits[20:])


def test_a_bad_line_alone_does_not_slow_the_polling_down() -> None:
    assert limit_after(lambda _: 0.05)[-1] == 2048


def test_a_line_that_loses_everything_still_leaves_a_few_in_flight() -> None:
    assert 32 <= limit_after(lambda _: 0.9)[-1] < 48
