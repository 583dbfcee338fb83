"""What hits many schools at once: which bureau or provider it is told of, and when it is over.

A cause is looked for from the top. Where nearly every part of a bureau is hit, the cause is the
bureau's own; where only some are, each part is asked for itself. A provider is named where nearly
all that went dark are its customers and others below the same bureau are not.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, TypeVar

from alerts.judging.conditions import AlertFlood, SitesDark

Thing = TypeVar("Thing")
#: Of the parts of a bureau, so many are hit when the cause lies above them all; and a part is hit
#: when so many of its schools are.
_NEARLY_ALL, _HIT = 0.8, 0.2
#: A storm is over when at most so many of its schools are left.
_MOST_LEFT = 0.2


class Watched(NamedTuple):
    """A school of which it would be heard that it is dark, and the providers of its lines."""

    path: str
    providers: frozenset[str] = frozenset()


class Dark(NamedTuple):
    """A school nobody hears of.

    Args:
        at: when its own alert was or would be opened; seconds since 1970.
    """

    site: Watched
    at: float


@dataclass(frozen=True, slots=True)
class Storm:
    """Many schools that went dark together.

    Args:
        path: of the bureau they are below.
        provider: whose customers they are, if that is what they have in common; else empty.
        sites: paths of these schools.
        need: so many make a storm there.
    """

    path: str
    provider: str
    sites: tuple[str, ...]
    need: int


#: The rule of a bureau, by its path; nothing where it is switched off.
Limits = Callable[[str], SitesDark | None]


def find_storms(
    dark: Sequence[Dark], watched: Sequence[Watched], limits: Limits, now: float
) -> list[Storm]:
    """Storms that are to be told of: of each at least one school is due."""
    return list(_Search(watched, limits, now).below("/", dark))


def needed(limit: SitesDark, watched: int) -> int:
    """How many schools make a storm where so many are watched."""
    return max(limit.sites, ceil(limit.share * watched))


def is_past(left: int, ever: int, need: int, *, calm_for: float, clear_after: float) -> bool:
    """Whether a storm is over.

    Args:
        left: schools that are still dark.
        ever: all that it ever had.
        need: so many made it.
        calm_for: seconds since the last one came back or went dark.
        clear_after: of the rule.
    """
    if left == 0:
        return True
    few = left < need / 2 or (left < need and left <= _MOST_LEFT * ever)
    return few and calm_for >= clear_after


def flooded(
    recent: Sequence[tuple[str, float]], limits: Callable[[str], AlertFlood | None], now: float
) -> str | None:
    """Path of the lowest bureau below which more alerts are new than its rule allows.

    Args:
        recent: path of the school and moment of each new alert.
        limits: the rule of a bureau, by its path.
        now: seconds since 1970.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for school, at in recent:
        for bureau in bureaus_above(school):
            times[bureau].append(at)
    over = [
        (bureau.count("/"), len(its), bureau)
        for bureau, its in times.items()
        if (limit := limits(bureau)) is not None
        and sum(at > now - limit.within for at in its) > limit.alerts
    ]
    return max(over)[2] if over else None


def bureaus_above(path: str) -> Iterator[str]:
    """Paths of the bureaus above a school, the widest first."""
    codes = path.strip("/").split("/")[:-1]
    for end in range(1, len(codes) + 1):
        yield "/" + "/".join(codes[:end]) + "/"


class _Search:
    def __init__(self, watched: Sequence[Watched], limits: Limits, now: float) -> None:
        self._watched, self._limits, self._now = watched, limits, now

    def below(self, path: str, dark: Sequence[Dark]) -> Iterator[Storm]:
        """Storms of a bureau, or of those below it."""
        here = self._here(path, dark) if path != "/" else None
        if here is not None and self._is_everywhere(path, here):
            yield here
            return
        found = [
            storm
            for part, its in sorted(_parts(path, dark, lambda one: one.site.path).items())
            if part
            for storm in self.below(part, its)
        ]
        if not found and here is not None:
            found = [here]
        yield from found

    def _here(self, path: str, dark: Sequence[Dark]) -> Storm | None:
        limit = self._limits(path)
        if limit is None:
            return None
        watched = [one for one in self._watched if one.path.startswith(path)]
        need = needed(limit, len(watched))
        wave = _wave(dark, limit.within)
        provider = _provider(wave, watched)
        if provider:
            wave = [one for one in wave if provider in one.site.providers]
        if len(wave) < need or all(one.at > self._now for one in wave):
            return None
        return Storm(path, provider, tuple(sorted(one.site.path for one in wave)), need)

    def _is_everywhere(self, path: str, storm: Storm) -> bool:
        """Whether nearly every part of a bureau that could be hit is."""
        could = [one.path for one in self._watched if not storm.provider or _is_of(one, storm)]
        sites = _parts(path, [one for one in could if one.startswith(path)], str)
        hit = _parts(path, storm.sites, str)
        if set(hit) == {""}:
            return True
        if len(hit) == 1:
            return False
        are_hit = sum(len(its) >= _HIT * len(sites.get(part, its)) for part, its in hit.items())
        return are_hit >= _NEARLY_ALL * len(sites)


def _is_of(site: Watched, storm: Storm) -> bool:
    return storm.provider in site.providers


def _wave(dark: Sequence[Dark], within: float) -> Sequence[Dark]:
    """The most that went dark within a span."""
    ordered = sorted(dark, key=lambda one: (one.at, one.site.path))
    best, begin = (0, 0), 0
    for end, one in enumerate(ordered, 1):
        while one.at - ordered[begin].at > within:
            begin += 1
        best = max(best, (begin, end), key=lambda span: span[1] - span[0])
    return ordered[best[0] : best[1]]


def _provider(wave: Sequence[Dark], watched: Sequence[Watched]) -> str:
    """The provider that nearly all of these have, and by far not all others."""
    counts = Counter(provider for one in wave for provider in one.site.providers)
    if not counts:
        return ""
    provider = max(sorted(counts), key=lambda one: counts[one])
    others = [one for one in watched if provider not in one.providers]
    if counts[provider] < _NEARLY_ALL * len(wave) or not others:
        return ""
    return provider if len(wave) - counts[provider] < _HIT * len(others) else ""


def _parts(
    path: str, things: Sequence[Thing], path_of: Callable[[Thing], str]
) -> Mapping[str, list[Thing]]:
    """Things below a bureau by the bureau below it they belong to; empty for its own schools."""
    found: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        codes = path_of(thing)[len(path) :].strip("/").split("/")
        found[f"{path}{codes[0]}/" if len(codes) > 1 else ""].append(thing)
    return found
