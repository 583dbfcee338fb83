"""Stacked bars as shapes of an SVG: drawn on the server, so that they print without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 8.0, 8.0, 20.0, 24.0
#: Between a bar and its words.
_BELOW, _ABOVE = 16.0, 4.0
_GAP = 0.3
#: Colours of the style sheet: ``series-0`` to ``series-9``.
COLOURS = 10


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar: its label, parts as series, words and value (not below zero), and their sum.

    Args:
        href: where all of its parts lead.
    """

    label: str
    parts: Sequence[tuple[int, str, float]]
    total: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One part of a bar; ``colour``: number of its series, within ``COLOURS``."""

    x: float
    y: float
    width: float
    height: float
    colour: int
    words: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands below or upon a bar, by its middle and the foot of its letters."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A drawing of ``WIDTH`` by ``HEIGHT``; ``line``: the height of a limit, if there is one."""

    boxes: Sequence[Box]
    labels: Sequence[Label]
    totals: Sequence[Label]
    line: float | None
    base: float = HEIGHT - _BOTTOM
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def has_links(self) -> bool:
        return any(box.href for box in self.boxes)


def stacked(stacks: Sequence[Stack], line: float | None = None) -> Bars:
    """Bars beside each other, the highest (or the line) as high as there is room."""
    sums = [sum(value for _, _, value in stack.parts) for stack in stacks]
    most = max([*sums, line or 0.0, 1e-9])
    room = HEIGHT - _TOP - _BOTTOM
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(stacks))
    boxes, labels, totals = [], [], []
    for place, stack in enumerate(stacks):
        x, y = _LEFT + place * step + step * _GAP / 2, HEIGHT - _BOTTOM
        for series, words, value in stack.parts:
            height = value / most * room
            y -= height
            boxes.append(
                Box(
                    round(x, 2),
                    round(y, 2),
                    round(step * (1 - _GAP), 2),
                    round(height, 2),
                    series % COLOURS,
                    words,
                    stack.href,
                )
            )
        middle = round(x + step * (1 - _GAP) / 2, 2)
        labels.append(Label(middle, HEIGHT - _BOTTOM + _BELOW, stack.label))
        if stack.total:
            totals.append(Label(middle, round(y - _ABOVE, 2), stack.total))
    at = None if line is None else round(HEIGHT - _BOTTOM - line / most * room, 2)
    return Bars(boxes, labels, totals, at)
