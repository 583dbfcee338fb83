"""Whose time it is: the box's own, or what the controller told, carried forward."""

import asyncio

import httpx
import pytest

from agent.centre.clock import BoxClock

TRUE = 1_790_000_000.0


class Box:
    """A box and its clocks; ``true`` is what everybody else takes for the time."""

    def __init__(self, ahead: float = 0.0, up: float = 50.0) -> None:
        self.ahead, self.up, self.began = ahead, up, up
        self.clock = BoxClock(lambda: self.true + self.ahead, lambda: self.up, "boot-1")

    @property
    def true(self) -> float:
        return TRUE + self.up - self.began

    def wait(self, seconds: float) -> None:
        self.up += seconds

    def ask(self, way: float = 0.01, held: float = 0.0, headers=None) -> None:
        """One exchange; ``way`` seconds there and as many back."""

        def answer(request):
            self.wait(way + held)
            told = headers or {
                "Fleet-Time": str(int(self.true * 1000)),
                "Fleet-Held": str(int(held * 1000)),
            }
            self.wait(way)
            return httpx.Response(204, headers=told)

        async def exchange() -> None:
            hooks = {"request": [self.clock.asking], "response": [self.clock.answered]}
            transport = httpx.MockTransport(answer)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://c", event_hooks=hooks
            ) as client:
                await client.get("/")

        asyncio.run(exchange())


@pytest.mark.parametrize("ahead", [0.0, 0.4, -1.5])
def test_a_clock_that_is_about_right_is_believed(ahead):
    box = Box(ahead)
    assert box.clock.now() == box.true + ahead
    box.ask()
    assert box.clock.now() == box.true + ahead
    assert box.clock.skew == pytest.approx(ahead, abs=0.02)


@pytest.mark.parametrize("ahead", [300.0, 3600.0, -86_400.0, -TRUE + 100])
def test_a_clock_that_is_off_is_not(ahead, caplog):
    box = Box(ahead)
    assert box.clock.now() == box.true + ahead, "nobody has told otherwise yet"
    with caplog.at_level("INFO", logger="agent"):
        for _ in range(3):
            box.ask()
            box.wait(60)
    assert box.clock.now() == pytest.approx(box.true, abs=0.1)
    assert box.clock.skew == pytest.approx(ahead, abs=0.1)
    assert [r.levelname for r in caplog.records if r.name.startswith("agent")] == ["WARNING"]
    box.ahead = 0.0
    box.ask()
    assert box.clock.now() == box.true


def test_a_step_between_two_answers_moves_no_reading():
    box = Box()
    box.ask()
    box.wait(100)
    box.ahead = -500_000.0
    assert box.clock.now() == pytest.approx(box.true, abs=0.1)
    box.wait(100)
    box.ahead = 0.3
    assert box.clock.now() == box.true + 0.3


def test_a_request_that_was_held_for_a_minute_tells_the_time_as_well():
    box = Box(5_000.0)
    box.ask(way=0.05, held=60.0)
    assert box.clock.now() == pytest.approx(box.true, abs=0.01)


def test_a_slow_answer_does_not_spoil_a_quick_one():
    box = Box(5_000.0)
    box.ask(way=0.001)
    best = box.clock.now() - box.true
    box.ask(way=10.0)
    assert box.clock.now() - box.true == pytest.approx(best, abs=0.001)


@pytest.mark.parametrize(
    "headers",
    [{"Date": "nonsense"}, {"Fleet-Time": "12"}, {"Fleet-Time": "9" * 30}, {"Fleet-Time": "-5"}],
)
def test_an_answer_without_a_time_teaches_nothing(headers):
    box = Box(5_000.0)
    box.ask(headers=headers)
    assert not box.clock.known
    assert box.clock.skew is None


def test_the_date_of_http_will_do():
    box = Box(5_000.0)
    box.ask(headers={"Date": "Mon, 21 Sep 2026 14:13:20 GMT"})
    assert box.clock.now() == pytest.approx(TRUE, abs=2)


def test_what_was_stamped_before_is_put_right_within_the_same_run_of_the_box():
    box = Box(-TRUE + 1000)
    made_at, made_ms = int(box.clock.now() * 1000), box.clock.since_boot_ms()
    moment = box.true
    box.wait(7_200)
    assert box.clock.correction_ms(made_at, "boot-1", made_ms) == 0
    box.ask()
    shift = box.clock.correction_ms(made_at, "boot-1", made_ms)
    assert made_at + shift == pytest.approx(moment * 1000, abs=100)
    assert box.clock.correction_ms(made_at + shift, "boot-1", made_ms) == 0
    assert box.clock.correction_ms(made_at, "boot-0", made_ms) == 0


def test_a_jump_is_told_before_it_happens():
    box, seen = Box(3600.0), []
    box.clock.watch_jumps(lambda: seen.append(box.clock.now() - box.true))
    box.ask()
    box.ask()
    assert seen == [pytest.approx(3600.0, abs=0.1)]
