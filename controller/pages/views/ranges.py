"""Time ranges of charts: how far back, and how many milliseconds one point stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypeAlias

from fastapi import Query

from controller.language import N_
from controller.pages.look import Look


@dataclass(frozen=True, slots=True)
class Range:
    """One range. ``step`` 0: every sample there is."""

    name: str
    text: str
    length: timedelta
    step: int


RANGES: Mapping[str, Range] = {
    made.name: made
    for made in (
        Range("1h", N_("1 h"), timedelta(hours=1), 0),
        Range("6h", N_("6 h"), timedelta(hours=6), 60_000),
        Range("24h", N_("24 h"), timedelta(hours=24), 300_000),
        Range("7d", N_("7 days"), timedelta(days=7), 1_800_000),
        Range("30d", N_("30 days"), timedelta(days=30), 7_200_000),
    )
}
DEFAULT_RANGE = "24h"
RangeName: TypeAlias = Annotated[str, Query(alias="range", max_length=4)]


def range_named(name: str) -> Range:
    """The range of that name, else the default one."""
    return RANGES.get(name, RANGES[DEFAULT_RANGE])


@dataclass(frozen=True, slots=True)
class RangeLink:
    """A range one can go to."""

    text: str
    href: str
    chosen: bool


def range_links(look: Look, chosen: Range, names: Sequence[str]) -> Sequence[RangeLink]:
    """Links to this address with another range."""
    return [
        RangeLink(
            look.lang.gettext(RANGES[name].text),
            look.link({"range": "" if name == DEFAULT_RANGE else name}),
            name == chosen.name,
        )
        for name in names
    ]
