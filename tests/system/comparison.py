"""What boxes were told is stored, against what is: reading by reading."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.register import Place
from benchmarks.citywide.tally import Sent
from controller.metrics.store import BatchKey, MetricStore
from drivers.dictionary import METRICS

#: Subject, metric, part, and milliseconds since the epoch.
Name = tuple[str, str, str, int]
_AHEAD_MS = 3_600_000
_NEAR = 1e-9


@dataclass(slots=True)
class Difference:
    """What is wrong, a few examples of each.

    Args:
        lost: acknowledged and not there.
        foreign: there, and nobody was told that it is.
        changed: there with another value.
        doubled: there more than once.
        counted: series of which the store counts another number of readings than it shows.
        unbooked: acknowledged batches the ledger does not know.
        overbooked: batches it knows that were never made.
    """

    lost: list[Name] = field(default_factory=list)
    foreign: list[Name] = field(default_factory=list)
    changed: list[Name] = field(default_factory=list)
    doubled: list[Name] = field(default_factory=list)
    counted: list[tuple[str, str, str]] = field(default_factory=list)
    unbooked: list[BatchKey] = field(default_factory=list)
    overbooked: list[BatchKey] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    def __str__(self) -> str:
        return "; ".join(
            f"{len(found)} {name}, such as {found[:3]}"
            for name in self.__slots__
            if (found := getattr(self, name))
        )


def difference(
    store: MetricStore, batches: Sequence[Sent], places: Iterable[Place], estate: Estate
) -> tuple[int, Difference]:
    """How many readings were acknowledged, and how the store differs from them."""
    by_agent: dict[str, list[Sent]] = {}
    for one in batches:
        by_agent.setdefault(one.agent, []).append(one)
    wrong = Difference()
    total = 0
    counts: Counter[tuple[str, str, str]] = Counter()
    devices: list[str] = []
    # Far before anything was sent, and as far ahead as a batch is taken.
    now = int(time.time() * 1000)
    period = now - 86_400_000, now + _AHEAD_MS
    for place in places:
        devices += place.devices
        expected = _expected(by_agent.get(place.agent, []), place, estate)
        total += len(expected)
        found = _found(store, place.devices, period, wrong)
        counts.update(name[:3] for name in found)
        wrong.lost += expected.keys() - found.keys()
        wrong.foreign += found.keys() - expected.keys()
        both = expected.keys() & found.keys()
        wrong.changed += [name for name in both if abs(found[name] - expected[name]) > _NEAR]
    wrong.counted += _miscounted(store, devices, period, counts)
    for sent in by_agent.values():
        _ledger(store, sent, wrong)
    return total, wrong


def _expected(batches: Iterable[Sent], place: Place, estate: Estate) -> dict[Name, float]:
    """The readings of these batches, made again."""
    return {
        (poll.subject, one.metric, one.part, poll.taken_at): one.value
        for batch in batches
        for poll in estate.polls(place.school, place.devices, batch.after, batch.until)
        for one in poll.readings()
    }


def _found(
    store: MetricStore, devices: list[str], period: tuple[int, int], wrong: Difference
) -> dict[Name, float]:
    """Everything the store shows of these devices, whatever the metric."""
    names = sorted(METRICS)
    found: dict[Name, float] = {}
    for device in devices:
        for one in store.series(device, names, start=period[0], end=period[1]):
            for at, value in zip(one.times, one.values, strict=True):
                name = (device, one.metric, one.part, at)
                if name in found:
                    wrong.doubled.append(name)
                if value is not None:
                    found[name] = value
    return found


def _miscounted(
    store: MetricStore,
    devices: list[str],
    period: tuple[int, int],
    counts: Mapping[tuple[str, str, str], int],
) -> Iterator[tuple[str, str, str]]:
    start, end = period
    for metric in sorted({metric for _, metric, _ in counts}):
        told = store.aggregate(metric, start=start, end=end, how="count", subjects=devices)
        for (subject, part), count in told.items():
            if counts[subject, metric, part] != count:
                yield subject, metric, part


def _ledger(store: MetricStore, sent: Sequence[Sent], wrong: Difference) -> None:
    keys = [BatchKey(one.agent, one.epoch, one.sequence) for one in sent]
    wrong.unbooked += [key for key in keys if not store.stored(key)]
    last = max(keys, key=lambda key: key.sequence)
    beyond = [BatchKey(last.agent, last.epoch, last.sequence + n) for n in (1, 2, 1_000)]
    first = BatchKey(last.agent, last.epoch, 0)
    wrong.overbooked += [key for key in (first, *beyond) if store.stored(key)]
