"""A rule run over what was measured: when it would have begun to tell of something, and until when.

Pure. Moments are seconds since 1970; samples are arrays, rising in time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.judging.conditions import Forecast, Measured, Rate, Side, State, Threshold
from alerts.judging.engine import Watch
from alerts.judging.facts import Key, PowerFacts
from alerts.judging.site import Open

Times = NDArray[np.float64]
Values = NDArray[np.float64]
#: A trend of days is looked at so often.
_FORECAST_EVERY = 6 * 3_600.0
#: Looks at one school; what never comes to rest is given up.
_MOST_LOOKS = 100_000


class Episode(NamedTuple):
    """One fault: from when to when (``None``: it still stands), and the value that began it."""

    begin: float
    end: float | None
    value: float | None = None


class GivenUp(Exception):
    """There would be too much to look at."""


def episodes(condition: Measured, times: Times, values: Values, since: float) -> list[Episode]:
    """When a condition would have fired on samples of one part of one device.

    Args:
        condition: what is looked for.
        times: of the samples; those before ``since`` only fill the first window.
        values: one a sample.
        since: from when on it is looked at.
    """
    may_fire, may_clear = _candidates(condition, times, values)
    place = int(np.searchsorted(times, since))
    found: list[Episode] = []
    begun: tuple[float, float] | None = None
    while True:
        wanted = may_fire if begun is None else may_clear
        nexts = wanted[np.searchsorted(wanted, place) :]
        here = _first(condition, times, values, nexts, fires=begun is None)
        if here is None:
            break
        if begun is None:
            begun = float(times[here]), float(values[here])
        else:
            found.append(Episode(begun[0], float(times[here]), begun[1]))
            begun = None
        place = here + 1
    if begun is not None:
        found.append(Episode(begun[0], None, begun[1]))
    return found


def transitions(times: Times, alive: NDArray[np.bool_]) -> Iterator[tuple[float, bool]]:
    """Polls that found a device otherwise than the one before; the first one counts."""
    if len(times):
        changed = np.flatnonzero(np.concatenate(([True], alive[1:] != alive[:-1])))
        for place in changed:
            yield float(times[place]), bool(alive[place])


def silences(
    watch: Watch,
    news: Sequence[tuple[float, str, bool]],
    until: float,
    powers: Sequence[PowerFacts] = (),
) -> list[tuple[Open, Episode]]:
    """What a school would have been told of while its devices fell silent and came back.

    Args:
        watch: of the school as it was at the beginning.
        news: moment, device and whether it was alive, in order.
        until: the end.
        powers: what UPSs told of the mains, each at its ``taken_at``.

    Raises:
        GivenUp: it never comes to rest.
    """
    open_: dict[Key, tuple[Open, float]] = {}
    found: list[tuple[Open, Episode]] = []
    looks = 0

    def judge(now: float) -> None:
        nonlocal looks
        looks += 1
        if looks > _MOST_LOOKS:
            raise GivenUp
        verdicts = watch.judge(now)
        for key in verdicts.ends:
            if key in open_:
                one, began = open_.pop(key)
                found.append((one, Episode(began, now)))
        for one in verdicts.opens:
            open_[one.key] = one, now

    told: list[tuple[float, Callable[[], None]]] = [
        *((at, partial(watch.tell_device, name, alive=alive, at=at)) for at, name, alive in news),
        *((one.taken_at, partial(watch.tell_power, one)) for one in powers),
    ]
    for at, tell in sorted(told, key=lambda one: one[0]):
        while watch.due < at:
            judge(watch.due)
        tell()
    while watch.due <= until and watch.due < inf:
        judge(watch.due)
    found += [(one, Episode(began, None)) for one, began in open_.values()]
    return sorted(found, key=lambda pair: pair[1].begin)


def usual_pace(times: Mapping[str, Times], otherwise: float = 60.0) -> float:
    """Seconds between two polls of most devices."""
    paces = [float(np.median(np.diff(one))) for one in times.values() if len(one) > 1]
    return max(float(np.median(paces)), 1.0) if paces else otherwise


def _candidates(
    condition: Measured, times: Times, values: Values
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of samples at which it may fire, and at which it may end; the others need no look."""
    everywhere = np.arange(len(times))
    if isinstance(condition, Threshold):
        above = condition.side is Side.above
        bad = values > condition.level if above else values < condition.level
        good = values <= condition.clear if above else values >= condition.clear
        return np.flatnonzero(bad), np.flatnonzero(good)
    if isinstance(condition, State):
        bad = np.isin(values, condition.values)
        return np.flatnonzero(bad), np.flatnonzero(~bad)
    if isinstance(condition, Rate) and (not len(values) or np.ptp(values) < condition.by):
        return everywhere[:0], everywhere[:0]
    if isinstance(condition, Forecast) and len(times):
        steps = np.unique(((times - times[0]) // _FORECAST_EVERY).astype(np.int64), True)[1]
        return everywhere[steps], everywhere[steps]
    return everywhere, everywhere


def _first(
    condition: Measured, times: Times, values: Values, places: NDArray[np.intp], *, fires: bool
) -> int | None:
    """The first of some places at which it fires, or ends."""
    for place in places:
        begin = int(np.searchsorted(times, times[place] - condition.window))
        window = list(
            zip(times[begin : place + 1].tolist(), values[begin : place + 1].tolist(), strict=True)
        )
        if condition.fires(window) if fires else condition.clears(window):
            return int(place)
    return None
