"""What observations of several phones add up to; pure, and the same in whatever order they come.

Of one label in one room the newest observation says whether it is there. Of the rooms where it is,
the one that was told last is its place. So two phones in one room need no agreement, a phone that
comes back from a cellar hours later does no harm, and sending twice changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from inventory.models import StockObservation

#: A device's id, or a room and a label that nobody knows.
Subject = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a thing is, by all that was seen of it.

    Args:
        place: the newest observation that says it is there; ``None``: it is nowhere.
        last: the newest of all.
        disputed: phones did not agree; the newest word was taken.
    """

    place: StockObservation | None
    last: StockObservation
    disputed: bool


def subject_of(seen: StockObservation) -> Subject:
    """What an observation is about."""
    if seen.device_id is not None:
        return seen.device_id, ""
    return seen.stock_room_id, seen.code.casefold()


def _age(seen: StockObservation) -> tuple[datetime, str]:
    return seen.seen_at, seen.id


def verdicts(observations: Iterable[StockObservation]) -> Mapping[Subject, Verdict]:
    """What is said of every device and every unknown label that was seen."""
    by_subject: dict[Subject, list[StockObservation]] = {}
    for seen in observations:
        by_subject.setdefault(subject_of(seen), []).append(seen)
    return {subject: _verdict(some) for subject, some in by_subject.items()}


def _verdict(some: list[StockObservation]) -> Verdict:
    some = sorted(some, key=_age)
    by_room = {seen.stock_room_id: seen for seen in some}
    there = sorted((seen for seen in by_room.values() if seen.present), key=_age)
    by_phone = {seen.phone: (seen.stock_room_id, seen.present) for seen in some}
    return Verdict(there[-1] if there else None, some[-1], len(set(by_phone.values())) > 1)
