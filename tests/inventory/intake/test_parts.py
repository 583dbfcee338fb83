"""Components and neighbours: replaced whole, never by older news, seen only within the scope."""

from typing import Any

from sqlmodel import Session

from drivers.readings import Component, Facts, Identity, Neighbour, Outcome, Poll
from inventory.intake.ingest import record_polls
from inventory.intake.parts import record_parts
from inventory.repositories.parts import PartRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B

START = int(NOW.timestamp() * 1_000)
SWITCH = A.row("d")


def _poll(minutes: int, **facts: Any) -> Poll:
    told = Facts(Identity(name="sw"), **facts)
    return Poll(SWITCH, A.school, START + minutes * 60_000, Outcome.ok, facts=told)


def _take(session: Session, *polls: Poll) -> None:
    record_polls(session, polls, NOW)
    record_parts(session, polls)


def _told(session: Session, scope: Scope | None = None) -> tuple[list[str | None], list[str]]:
    found = PartRepository(session, scope or Scope.everything())
    return (
        [part.serial for part in found.components(SWITCH)],
        [f"{one.local_port}>{one.remote_name}" for one in found.neighbours(SWITCH)],
    )


def test_the_newest_inventory_replaces_the_one_before(city: Session) -> None:
    first = _poll(
        -20,
        components=(Component("chassis", serial="S\0 1"), Component("fan")),
        neighbours=(Neighbour("GE1", "core"), Neighbour("GE1", "phone"), Neighbour("GE2", "ap")),
    )
    second = _poll(-10, components=(Component("chassis", serial="S2"),))
    _take(city, first)
    assert _told(city) == (["S 1", None], ["GE1>core", "GE1>phone", "GE2>ap"])
    _take(city, first, second)
    assert _told(city) == (["S2"], [])


def test_what_comes_late_or_twice_changes_nothing(city: Session) -> None:
    new = _poll(-10, neighbours=(Neighbour("GE1", "core"),))
    _take(city, new)
    _take(city, _poll(-20, neighbours=(Neighbour("GE9", "old"),)))
    _take(city, new)
    assert _told(city) == ([], ["GE1>core"])


def test_others_do_not_see_them(two_counties: Session) -> None:
    _take(two_counties, _poll(-10, components=(Component("chassis", serial="S1"),)))
    assert _told(two_counties, Scope.of([B.path])) == ([], [])
