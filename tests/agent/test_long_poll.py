"""Questions that are held, proxies that cut them, controllers that hold nothing."""

import asyncio

import httpx
import msgspec
import pytest

from agent.centre.fetching import fetch_commands
from agent.centre.long_poll import Asked, LongPoll
from drivers.plan import Command, Commands


def asked_of(script, *, wait=50.0, every=60.0):
    """What is asked, and how long is paused, while the controller does as scripted.

    ``script`` holds (answer, seconds it takes).
    """
    waits, pauses, now = [], [], [0.0]
    steps = iter(script)

    async def ask(seconds):
        waits.append(seconds)
        try:
            answer, took = next(steps)
        except StopIteration:
            raise asyncio.CancelledError from None
        now[0] += took
        return answer

    async def sleep(seconds):
        pauses.append(seconds)
        now[0] += seconds

    poll = LongPoll(
        ask, wait=wait, every=every, sleep=sleep, clock=lambda: now[0], jitter=lambda: 0.5
    )
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(poll.run())
    return waits, pauses


def test_held_questions_follow_each_other_at_once():
    _, pauses = asked_of([(Asked.nothing, 50.0), (Asked.news, 3.0), (Asked.nothing, 50.0)])

    assert max(pauses) < 1.0


def test_a_controller_that_holds_nothing_is_asked_now_and_then():
    _, pauses = asked_of([(Asked.nothing, 0.01)] * 12)

    assert pauses[0] == pytest.approx(2.0)
    assert pauses[-1] == pytest.approx(60.0)


def test_a_connection_cut_by_a_proxy_is_no_failure_and_asks_for_less_patience():
    waits, pauses = asked_of([(Asked.cut, 30.0), (Asked.nothing, 24.0), (Asked.nothing, 24.0)])

    assert waits == [50.0, 24.0, 24.0, 24.0]
    assert max(pauses) < 1.0


def test_a_controller_that_is_away_is_asked_less_and_less():
    _, pauses = asked_of([(Asked.away, 0.0)] * 9)

    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert pauses[-1] == 60.0


def test_silence_is_no_proxy_however_long_it_lasts():
    """A line that is down, or a name server that is, keeps a question for ten seconds and more."""
    waits, pauses = asked_of([(Asked.away, 10.0)] * 9)

    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert waits[1:] == [0.0] * 9


def test_the_first_answer_after_an_outage_is_not_held_and_patience_is_what_it_was():
    cut_then_away = [(Asked.cut, 30.0), (Asked.cut, 0.1), (Asked.away, 10.0)]
    waits, pauses = asked_of([*cut_then_away, (Asked.nothing, 0.1), (Asked.nothing, 50.0)])

    assert waits == [50.0, 24.0, 0.0, 0.0, 50.0, 50.0]
    assert pauses[1:3] == [1.0, 2.0]
    assert pauses[3] < 1.0


def test_what_only_short_questions_get_through_is_asked_less_and_less():
    _, pauses = asked_of([(Asked.cut, 0.1), *[(Asked.nothing, 0.1), (Asked.cut, 0.1)] * 8])

    assert pauses[::2] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_a_box_that_is_not_let_in_asks_seldom():
    _, pauses = asked_of([(Asked.refused, 0.0)] * 2)

    assert pauses == [60.0, 60.0]


def test_without_patience_it_is_plain_polling():
    waits, pauses = asked_of([(Asked.nothing, 0.0), (Asked.news, 0.0)], wait=0.0, every=30.0)

    assert waits == [0.0, 0.0, 0.0]
    assert pauses == [30.0, 30.0]


def fetched(handler):
    async def scenario():
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(handler), base_url="http://controller"
        ) as client:
            return await fetch_commands(client, 20.0)

    return asyncio.run(scenario())


def test_commands_are_fetched():
    def controller(request):
        assert request.url.path == "/api/agent/v1/commands"
        assert request.url.params["wait"] == "20"
        body = msgspec.msgpack.encode(Commands((Command("c1", "poll_now", 60.0),)))
        return httpx.Response(200, content=body)

    assert fetched(controller) == (Asked.news, (Command("c1", "poll_now", 60.0),))


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (204, Asked.nothing),
        (401, Asked.refused),
        (403, Asked.refused),
        (404, Asked.refused),
        (429, Asked.away),
        (502, Asked.cut),
        (500, Asked.away),
        (200, Asked.away),
    ],
)
def test_other_answers_have_a_meaning_each(status, meaning):
    assert fetched(lambda _: httpx.Response(status, content=b"\xc1")) == (meaning, ())


def test_no_connection_is_no_exception():
    def broken(request):
        raise httpx.ConnectTimeout("nobody", request=request)

    def cut(request):
        raise httpx.ReadTimeout("cut", request=request)

    assert fetched(broken) == (Asked.away, ())
    assert fetched(cut) == (Asked.cut, ())
