"""School hours of a silence go on counting, whatever else comes and goes meanwhile."""

from math import inf

import pytest

from alerts.judging.documents import shipped_rules
from alerts.judging.engine import Watch
from alerts.judging.facts import AgentFacts, DeviceFacts, Key, Uplink
from alerts.judging.hours import Hours
from drivers.readings import Kind

HOUR, DAY = 3_600.0, 86_400.0
#: Seven hours a day from the second hour of the day on; no week ends here.
HOURS = Hours([(n * DAY + HOUR, n * DAY + 8 * HOUR) for n in range(14)])
SEVEN = 7 * HOUR
BOARD = Key("device_down", "board")


def school() -> Watch:
    """A whiteboard behind a switch behind a router; the board is switched off at midnight."""
    devices = [
        DeviceFacts(
            id=name,
            kind=kind,
            alive=True,
            since=-DAY,
            taken_at=-DAY,
            agent="a1",
            uplinks=(Uplink(under, "ge1"),) if under else (),
        )
        for name, kind, under in (
            ("core", Kind.router, ""),
            ("sw", Kind.switch, "core"),
            ("board", Kind.whiteboard, "sw"),
        )
    ]
    made = Watch("S1", shipped_rules(), devices, hours=HOURS)
    made.tell_agent(AgentFacts(id="a1", school="S1", heard_at=-DAY, back_at=-DAY), is_heard=True)
    made.tell_device("board", alive=False, at=0.0)
    return made


def live(watch: Watch, until: float) -> dict[Key, float]:
    """Judge whenever it is due; the alerts that were opened, and when."""
    opened: dict[Key, float] = {}
    while watch.due <= until:
        now, watch.due = watch.due, inf
        opened |= {one.key: now for one in watch.judge(now).opens}
    return opened


def away(watch: Watch, begin: float, end: float) -> None:
    watch.tell_device("sw", alive=False, at=begin)
    live(watch, end)
    watch.tell_device("sw", alive=True, at=end)


def test_a_lost_poll_of_its_switch_does_not_begin_the_days_of_a_whiteboard_anew() -> None:
    watch = school()
    away(watch, DAY + 5 * HOUR, DAY + 5 * HOUR + 60)
    # A minute that nobody saw is added.
    assert live(watch, 9 * DAY) == {BOARD: 2 * DAY + HOUR + 20 * HOUR - 2 * SEVEN + 60}


@pytest.mark.parametrize("what", ["switch", "agent"])
def test_school_hours_behind_something_else_that_was_away_do_not_count(what: str) -> None:
    watch = school()
    begin, end = DAY + HOUR, 4 * DAY
    if what == "switch":
        away(watch, begin, end)
    else:
        gone = AgentFacts(id="a1", school="S1", heard_at=begin, back_at=-DAY)
        watch.tell_agent(gone, is_heard=False)
        live(watch, end)
        back = AgentFacts(id="a1", school="S1", heard_at=end, back_at=end)
        watch.tell_agent(back, is_heard=True)
    # Seven hours of the first day; then those of the fifth, and six of the sixth.
    assert live(watch, 9 * DAY)[BOARD] == 5 * DAY + HOUR + 20 * HOUR - 2 * SEVEN


def test_what_answered_meanwhile_begins_anew() -> None:
    watch = school()
    watch.tell_device("board", alive=True, at=DAY + 2 * HOUR)
    watch.tell_device("board", alive=False, at=2 * DAY)
    assert live(watch, 9 * DAY) == {BOARD: 4 * DAY + HOUR + 20 * HOUR - 2 * SEVEN}
