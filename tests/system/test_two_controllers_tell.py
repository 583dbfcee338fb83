"""Two controllers that share a register: a fault is one ticket, and is told once to each receiver.

Both take what boxes report and both send; one of them dies after a message was handed over and
before it could say so.
"""

import random
import time
from pathlib import Path

import pytest

from tests.system.telling import Watched, told, watched
from tests.system.workers import wait_for

#: Webhooks of two bureaus, and a person's mailbox.
RECEIVERS = 3
WINDOW = 10.0


def test_a_fault_is_one_ticket_and_one_notice_whoever_dies(
    postgres_database: str, tmp_path: Path
) -> None:
    with watched(tmp_path, postgres_database, schools=3, window=600.0) as city:
        city.run(lambda: _one_dies(city))


def _one_dies(city: Watched) -> None:
    faults = {city.fail(place, 1) for place in range(3)}
    wait_for(lambda: all(_sent(city, fault) == RECEIVERS for fault in faults))
    _each_once(city, faults)
    # A receiver takes a message, and does not answer for now.
    city.city.gate.clear()
    caught = city.fail(0, 2)
    wait_for(lambda: caught in _faults(city) and _sent(city, caught) == RECEIVERS - 1)
    killed = city.sender(city.city, len(faults))
    killed.kill()
    city.city.gate.set()
    killed.start()
    # What fails afterwards is told at once; what may have been told already is not told again.
    later = city.fail(1, 2)
    wait_for(lambda: _sent(city, later) == RECEIVERS)
    faults |= {caught, later}
    _each_once(city, faults)
    query = "SELECT next_at > now() + interval '8 minutes' FROM notice WHERE state = 'waiting'"
    assert city.database.execute(query).fetchall() == [(True,)]
    # Nobody waits here until the window is over.
    city.database.execute("UPDATE notice SET next_at = now() WHERE state = 'waiting'")
    wait_for(lambda: _sent(city, caught) == RECEIVERS)
    again = [delivery for delivery, fault in told(city.city) if fault == caught]
    assert len(again) == 2
    assert len(set(again)) == 1, "the receiver cannot know that it is the same"
    assert city.tickets() == dict.fromkeys(faults, 1)


def _each_once(city: Watched, faults: set[str]) -> None:
    assert city.tickets() == dict.fromkeys(faults, 1)
    assert sorted(_faults(city)) == sorted(faults)
    assert sorted(fault for _, fault in told(city.county)) == sorted(faults)
    assert len(city.mailbox.messages) == len(faults)
    notices = city.notices()
    assert len(notices) == RECEIVERS * len(faults)
    assert {attempts for *_, attempts in notices} == {1}


def _faults(city: Watched) -> list[str]:
    return [fault for _, fault in told(city.city)]


def _sent(city: Watched, fault: str) -> int:
    """Receivers that are known to have been told of it."""
    return sum(one == fault and state == "sent" for one, _, state, _ in city.notices())


@pytest.mark.campaign
def test_faults_are_told_though_controllers_are_killed_all_the_time(
    postgres_database: str, tmp_path: Path
) -> None:
    with watched(tmp_path, postgres_database, schools=6, window=WINDOW) as city:
        city.run(lambda: _both_die(city, kills=10))


def _both_die(city: Watched, *, kills: int) -> None:
    draw = random.Random(8)  # noqa: S311 - the same moments every time
    places = [(place, device) for place in range(len(city.places)) for device in range(1, 4)]
    faults = set()
    for number, (place, device) in enumerate(places):
        faults.add(city.fail(place, device))
        time.sleep(draw.uniform(0.0, 3.0))
        if number < kills:
            victim = city.controllers[number % 2]
            victim.kill()
            time.sleep(draw.uniform(0.0, 1.0))
            victim.start()
    wait_for(lambda: all(_sent(city, fault) == RECEIVERS for fault in faults))
    assert city.tickets() == dict.fromkeys(faults, 1)
    assert len(city.notices()) == RECEIVERS * len(faults)
    for found in (city.city, city.county):
        came: dict[str, float] = {}
        for (delivery, _), at in zip(told(found), found.times, strict=True):
            # It was claimed a moment before it came: there the window begins.
            assert at - came.get(delivery, 0.0) > WINDOW / 2
            came[delivery] = at
        assert {fault for _, fault in told(found)} == faults
        assert len(came) == len(faults)
