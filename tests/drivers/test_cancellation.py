"""Cancellations that a library loses are heeded all the same."""

import asyncio

import pytest

from drivers.cancellation import heeded
from drivers.ping import Pinger
from tests.drivers.test_ping import needs_ping


async def losing() -> str:
    """As ``asyncio.wait_for`` does in Python 3.11: the result came together with the end."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return "a result"
    return "nothing"


def test_a_lost_cancellation_is_raised_at_the_end_of_the_body() -> None:
    went_on = []

    async def work() -> None:
        with heeded():
            went_on.append(await losing())
        went_on.append("further")

    async def scenario() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert went_on == ["a result"]


def test_an_error_does_not_hide_it() -> None:
    async def work() -> None:
        with heeded():
            await losing()
            raise OSError("the connection is lost")

    async def scenario() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())


def test_a_timeout_around_it_stays_a_timeout() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.01):
            with heeded():
                await losing()

    with pytest.raises(TimeoutError):
        asyncio.run(work())


def test_a_timeout_within_and_an_earlier_cancellation_are_nobodys_business() -> None:
    async def scenario() -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        assert await losing() == "a result"  # lost before: not ours to raise
        with heeded():
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(60)
            except TimeoutError:
                pass
            return "done"

    assert asyncio.run(scenario()) == "done"


@needs_ping
def test_a_ping_ends_whenever_it_is_cancelled() -> None:
    """Also in the very turn of the event loop in which its answer has come."""

    async def ends(turns: int) -> bool:
        task = asyncio.create_task(Pinger(probes=1, timeout=30.0).ping("127.0.0.1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done() or not task.cancel():
            return True
        await asyncio.wait({task})
        return task.cancelled()

    async def scenario() -> list[int]:
        return [turns for turns in range(200) if not await ends(turns)]

    assert asyncio.run(scenario()) == []
