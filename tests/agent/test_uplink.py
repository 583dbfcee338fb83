"""Every answer of the controller, and what becomes of the batch."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from agent.uplink.batcher import Batcher
from agent.uplink.sender import Answer, Pause, Uplink, judge, retry_after
from drivers.readings import MAX_BATCH_BYTES, decode_batch


class Controller:
    """Answers batches as told; keeps what it stored under its name."""

    def __init__(self, *answers, max_polls=1000):
        self.answers = list(answers)
        self.max_polls = max_polls
        self.stored = {}
        self.asked = []

    def __call__(self, request):
        batch = decode_batch(request.content, max_bytes=MAX_BATCH_BYTES)
        self.asked.append(batch.sequence)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        if answer is not None and answer != 204:
            return httpx.Response(answer)
        if len(batch.polls) > self.max_polls:
            return httpx.Response(413)
        name = (batch.epoch, batch.sequence)
        if name in self.stored:
            return httpx.Response(409)
        self.stored[name] = batch
        return httpx.Response(204)


class Slept(list):
    async def __call__(self, seconds):
        self.append(seconds)
        await asyncio.sleep(0)


def run(controller, spool, disk, polls, *, until=None, seconds=60):
    """Put the polls into the spool, one batch each, and send until ``until`` or empty."""
    slept = Slept()
    answers = []

    async def scenario():
        batcher = Batcher(spool, disk, agent="a1", max_readings=1)
        for group in polls:
            batcher = Batcher(spool, disk, agent="a1")
            for poll in group:
                batcher.keep(poll)
            await batcher.close()
        transport = httpx.MockTransport(controller)
        async with httpx.AsyncClient(transport=transport, base_url="http://controller") as client:
            uplink = Uplink(
                client, spool, disk, answered=answers.append, sleep=slept, pause=Pause(lambda: 0.5)
            )
            task = asyncio.create_task(uplink.run())
            done = until or (lambda _uplink: spool.depth[0] == 0)
            async with asyncio.timeout(seconds):
                while not done(uplink):  # noqa: ASYNC110 - the spool has no event
                    await asyncio.sleep(0.005)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return uplink

    uplink = asyncio.run(scenario())
    return uplink, slept, answers


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.stored),
        (204, Answer.stored),
        (409, Answer.already),
        (413, Answer.too_large),
        (422, Answer.refused),
        (401, Answer.unauthorised),
        (403, Answer.unauthorised),
        (429, Answer.later),
        (503, Answer.later),
        (302, Answer.failed),
        (404, Answer.failed),
        (500, Answer.failed),
        (502, Answer.failed),
    ],
)
def test_what_a_status_means(status, answer):
    assert judge(status) is answer


def test_what_is_stored_leaves_the_spool(spool, disk, poll):
    controller = Controller()
    run(controller, spool, disk, [[poll(n)] for n in range(5)])
    assert [sequence for _, sequence in controller.stored] == [1, 2, 3, 4, 5]


def test_an_answer_that_got_lost_is_settled_by_409(spool, disk, poll):
    controller = Controller(httpx.ReadTimeout("no answer"), 409)
    run(controller, spool, disk, [[poll()]])
    assert controller.asked == [1, 1]
    assert spool.depth == (0, 0, 0)


def test_a_batch_too_large_is_cut_under_new_numbers_until_it_fits(spool, disk, poll):
    controller = Controller(max_polls=2)
    polls = [poll(n) for n in range(9)]
    run(controller, spool, disk, [polls])
    assert 1 not in {sequence for _, sequence in controller.stored}
    kept = [p.taken_at for batch in controller.stored.values() for p in batch.polls]
    assert sorted(kept) == [p.taken_at for p in polls]


def test_one_reading_that_is_too_large_is_dropped_and_does_not_block(spool, disk, poll):
    controller = Controller(413, 413, 413, 413, 413)
    run(controller, spool, disk, [[poll(1, ports=1)], [poll(2, ports=1)]])
    assert spool.depth[2] >= 1
    assert spool.depth[0] == 0


def test_what_is_refused_for_good_is_dropped_and_counted(spool, disk, poll):
    controller = Controller(422)
    run(controller, spool, disk, [[poll(1)], [poll(2)]])
    assert spool.depth[2] == 1
    assert [sequence for _, sequence in controller.stored] == [2]


@pytest.mark.parametrize("status", [401, 403])
def test_a_box_turned_away_stops_keeps_and_says_so_once(spool, disk, poll, caplog, status):
    controller = Controller(*[status] * 50)
    with caplog.at_level("INFO"):
        uplink, _, _ = run(
            controller, spool, disk, [[poll(1)], [poll(2)]], until=lambda uplink: uplink.refused
        )
    assert controller.asked == [1]
    assert spool.depth == (2, spool.depth[1], 0)
    assert [r.levelname for r in caplog.records].count("ERROR") == 1
    assert uplink.refused


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_wins(spool, disk, poll, status):
    controller = Controller(httpx.Response(status, headers={"Retry-After": "17"}))
    _, slept, _ = run(controller, spool, disk, [[poll()]])
    assert slept[0] == 17.0


def test_failures_double_the_pause_up_to_a_minute(spool, disk, poll):
    controller = Controller(*[500] * 8)
    _, slept, answers = run(controller, spool, disk, [[poll()]])
    assert slept[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert answers == [Answer.failed] * 8 + [Answer.stored]


def test_the_pause_has_jitter_within_a_second_and_a_minute():
    for jitter in (0.0, 0.999):
        pause = Pause(lambda jitter=jitter: jitter)
        pauses = [pause.next() for _ in range(12)]
        assert all(1.0 <= p <= 60.0 for p in pauses)
    assert Pause(lambda: 0.0).next() != Pause(lambda: 0.9).next()


def test_lost_is_said_once_and_back_is_said_once(spool, disk, poll, caplog):
    controller = Controller(*[httpx.ConnectError("refused")] * 4)
    with caplog.at_level("INFO", logger="agent.uplink"):
        run(controller, spool, disk, [[poll(1)], [poll(2)]])
    assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]


def test_a_redirect_is_not_followed_with_the_secret(spool, disk, poll):
    controller = Controller(httpx.Response(302, headers={"Location": "http://elsewhere/"}))
    _, _, answers = run(controller, spool, disk, [[poll()]])
    assert answers == [Answer.failed, Answer.stored]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        ("0", 1.0),
        ("999999", 3600.0),
        ("Sun, 06 Nov 1994 08:49:57 GMT", 20.0),
        ("nonsense", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_as_seconds_and_as_a_date(header, seconds):
    now = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert retry_after(header, now=now) == seconds
