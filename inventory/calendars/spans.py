"""Spans of minutes within a day: put together, taken apart."""

from collections.abc import Iterable, Sequence

from inventory.calendars.calendar import Span


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes in as few spans as there can be, in order; empty ones are left out."""
    made: list[Span] = []
    for begin, end in sorted(spans):
        if begin >= end:
            continue
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return tuple(made)


def without(spans: Sequence[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of spans that are in order when others are taken out."""
    left = tuple(spans)
    for begin, end in taken:
        parts = ((one, (one[0], min(one[1], begin)), (max(one[0], end), one[1])) for one in left)
        left = tuple(
            part for _, before, after in parts for part in (before, after) if part[0] < part[1]
        )
    return left


def intersection(spans: Sequence[Span], other: Span) -> tuple[Span, ...]:
    """The minutes of spans that lie within another one."""
    parts = ((max(begin, other[0]), min(end, other[1])) for begin, end in spans)
    return tuple(part for part in parts if part[0] < part[1])
