"""Versions of configurations: kept once, in order, compared, told, within limits."""

import json
from datetime import timedelta
from hashlib import sha256

from sqlmodel import Session, select

from drivers.readings import Configuration
from inventory.intake.configurations import difference, record_configurations
from inventory.intake.sources import Source
from inventory.models import ConfigurationText, DeviceConfiguration, DeviceEvent
from inventory.repositories.configurations import ConfigurationRepository
from inventory.repositories.events import EventRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B

SWITCH = A.row("d")
SOURCE = Source(A.row("a"), "e1", 1, frozenset({A.school}), NOW)
OLD = "sysname east\ninterface GE1\n shutdown\nreturn\n"
NEW = "sysname east\ninterface GE1\nreturn\n"


def backup(text: str, hours: float = 0, *, whole: bool = True, **changes) -> Configuration:
    fields = {
        "subject": SWITCH,
        "school": A.school,
        "at": int((NOW + timedelta(hours=hours)).timestamp() * 1000),
        "digest": sha256(text.encode()).hexdigest(),
        "text": text if whole else "",
    }
    return Configuration(**(fields | changes))


def record(session: Session, *reports: Configuration) -> int:
    return record_configurations(session, SOURCE, list(enumerate(reports)))


def versions(session: Session) -> list[DeviceConfiguration]:
    found = ConfigurationRepository(session, A.scope).of_device(SWITCH)
    return list(found.items)


def test_a_configuration_is_kept_and_read_back(city: Session) -> None:
    assert record(city, backup(OLD)) == 0
    [version] = versions(city)
    assert ConfigurationRepository(city, A.scope).text(version.digest) == OLD
    assert (version.taken_at, version.added, version.removed) == (NOW, 0, 0)


def test_the_same_again_is_the_same_version_seen_later(city: Session) -> None:
    record(city, backup(OLD), backup(OLD, 24))
    record(city, backup(OLD, 48, whole=False))
    [version] = versions(city)
    assert version.seen_at == NOW + timedelta(hours=48)


def test_a_change_is_a_version_and_an_event(city: Session) -> None:
    record(city, backup(OLD), backup(OLD, 24, whole=False), backup(NEW, 48))
    newer, older = versions(city)
    assert (newer.added, newer.removed) == (0, 1)
    change = difference(city, A.scope, older, newer)
    assert change is not None
    assert "- shutdown" in change.diff
    [event] = city.exec(select(DeviceEvent)).all()
    assert (event.kind, event.at) == ("configuration_changed", newer.taken_at)
    told = json.loads(event.fields)
    assert (told["added"], told["removed"], told["version"]) == ("0", "1", newer.id)
    assert told["since"] == (NOW + timedelta(hours=24)).isoformat(timespec="seconds")


def test_a_batch_that_comes_twice_changes_nothing(city: Session) -> None:
    for _ in range(2):
        record(city, backup(OLD), backup(NEW, 1))
    assert len(versions(city)) == 2
    assert len(city.exec(select(DeviceEvent)).all()) == 1


def test_going_back_is_a_version_that_shares_the_text(city: Session) -> None:
    record(city, backup(OLD), backup(NEW, 1), backup(OLD, 2))
    assert [v.digest for v in versions(city)] == [backup(t).digest for t in (OLD, NEW, OLD)]
    assert len(city.exec(select(ConfigurationText)).all()) == 2


def test_what_comes_late_takes_its_place(city: Session) -> None:
    record(city, backup(NEW, 48))
    record(city, backup(NEW, 24))
    record(city, backup(OLD))
    newer, older = versions(city)
    assert (older.taken_at, newer.taken_at) == (NOW, NOW + timedelta(hours=24))


def test_what_is_not_what_it_says_is_left_out(two_counties: Session) -> None:
    assert (
        record(
            two_counties,
            backup(OLD, digest="0" * 64),
            backup(OLD, whole=False),
            backup(OLD, subject=B.row("d"), school=B.school),
            backup(OLD, subject=B.row("d")),
            backup(OLD, subject="nobody"),
        )
        == 5
    )
    assert two_counties.exec(select(DeviceConfiguration)).all() == []


def test_the_oldest_versions_go_and_texts_nobody_has_with_them(city: Session) -> None:
    record(city, *(backup(f"hostname h{n}\n", n) for n in range(8)))
    ConfigurationRepository(city, Scope.everything()).prune(SWITCH, keep=3)
    assert [v.taken_at.hour for v in versions(city)] == [15, 14, 13]
    assert len(city.exec(select(ConfigurationText)).all()) == 3


def test_versions_and_events_are_seen_within_the_scope_only(two_counties: Session) -> None:
    record(two_counties, backup(OLD), backup(NEW, 1))
    [newer, _] = versions(two_counties)
    theirs = ConfigurationRepository(two_counties, B.scope)
    assert theirs.of_device(SWITCH).items == []
    assert theirs.get(SWITCH, newer.id) is None
    assert theirs.in_force(SWITCH, NOW) is None
    assert EventRepository(two_counties, B.scope).page(device=SWITCH).items == []
    ours = EventRepository(two_counties, A.scope)
    assert ours.page(school=A.school, kinds=["configuration_changed"]).total == 1
    ours.forget(NOW + timedelta(days=1))
    assert ours.page(device=SWITCH).total == 0
