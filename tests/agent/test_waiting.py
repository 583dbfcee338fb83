"""Pauses cut short: whoever gets through after an outage brings the others with him."""

import asyncio
from contextlib import suppress

import httpx
import pytest

from agent.centre.long_poll import Asked, LongPoll
from agent.uplink.batcher import Batcher
from agent.uplink.sender import Uplink
from agent.waiting import Rest


def test_a_rest_ends_by_itself_and_before_its_time():
    async def scenario():
        rest = Rest()
        await rest.take(0.01)
        waiting = asyncio.create_task(rest.take(3600))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        rest.end()
        await waiting
        # What was ended before it began is none of the next one's business.
        rest.end()
        waiting = asyncio.create_task(rest.take(3600))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


class Never:
    """A sleep that does not end by itself."""

    def __init__(self):
        self.begun = asyncio.Event()

    async def __call__(self, _seconds):
        self.begun.set()
        await asyncio.Event().wait()


async def after_a_failure(answer, spool, disk, poll, act, *, seconds=0.3):
    """How many batches are stored, and how often the controller is called back, after ``act``.

    The first exchange goes as given and all others well; nothing is tried again by itself.
    """
    answers, stored, back, sleep = [answer], [], [], Never()

    def controller(_request):
        if answers:
            one = answers.pop()
            if isinstance(one, Exception):
                raise one
            return one
        stored.append(True)
        return httpx.Response(204)

    batcher = Batcher(spool, disk, agent="a1")
    batcher.keep(poll)
    await batcher.close()
    transport = httpx.MockTransport(controller)
    async with httpx.AsyncClient(transport=transport, base_url="http://controller") as client:
        uplink = Uplink(client, spool, disk, sleep=sleep, back=lambda: back.append(True))
        task = asyncio.create_task(uplink.run())
        await sleep.begun.wait()
        act(uplink)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (stored and back):  # noqa: ASYNC110 - the controller has no event
                    await asyncio.sleep(0.003)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return len(stored), len(back)


LOST = httpx.ConnectError("refused")


def test_what_waits_out_an_outage_is_sent_when_the_plan_is_answered(spool, disk, poll):
    sent = after_a_failure(LOST, spool, disk, poll(), lambda uplink: uplink.welcome(), seconds=30)
    assert asyncio.run(sent) == (1, 1)


def test_news_for_the_spool_do_not_end_the_wait_for_a_lost_controller(spool, disk, poll):
    sent = after_a_failure(LOST, spool, disk, poll(), lambda uplink: uplink.wake())
    assert asyncio.run(sent) == (0, 0)


@pytest.mark.parametrize("status", [429, 503, 500])
def test_a_controller_that_asks_for_patience_gets_it(spool, disk, poll, status):
    later = httpx.Response(status, headers={"Retry-After": "60"})
    sent = after_a_failure(later, spool, disk, poll(), lambda uplink: uplink.welcome())
    assert asyncio.run(sent) == (0, 0)


@pytest.mark.parametrize(("asked", "times"), [(Asked.away, 2), (Asked.nothing, 1)])
def test_a_question_is_repeated_at_once_only_where_the_controller_was_away(asked, times):
    questions = []

    async def scenario():
        async def ask(_seconds):
            questions.append(True)
            return asked

        sleep = Never()
        poll = LongPoll(ask, wait=50.0, every=60.0, sleep=sleep)
        task = asyncio.create_task(poll.run())
        await sleep.begun.wait()
        poll.hurry()
        for _ in range(20):  # turns of the loop
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    assert len(questions) == times
