"""Where a value is in a JSON payload: the part of JSONPath (RFC 9535) that a state needs.

``$`` is the payload. ``.name`` and ``['any name']`` go into an object, ``[0]`` and ``[-1]`` into a
list, and ``[*]`` takes every row of a list or every member of an object, once in a path. Filters,
slices, ``..`` and functions are not there: a path costs at most its own length, times
``MAX_ROWS`` for ``[*]``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from drivers.mqtt.fields import MAX_ROWS

MAX_STEPS = 8
_MISSING = object()
_STEP = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_-]{0,63})"
    r"|\[(?P<quote>['\"])(?P<quoted>[^'\"\\\[\]]{1,64})(?P=quote)\]"
    r"|\[(?P<index>-?\d{1,4})\]"
    r"|(?P<every>\[\*\])"
)


class BadPath(ValueError):
    """The text is no path of the subset; the message is the text."""


class _Every:
    """The step ``[*]``."""


_EVERY = _Every()
Step = str | int | _Every


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path; make it with :func:`parse_path`."""

    before: tuple[Step, ...]
    after: tuple[Step, ...]
    many: bool

    def rows(self, document: object) -> Iterator[tuple[str | int | None, object, object]]:
        """(key, row, value) of each place the path leads to; nothing where it leads nowhere.

        Without ``[*]`` key is ``None`` and row is the document. With it, key is the row's index
        or name.
        """
        found = _walk(document, self.before)
        if not self.many:
            if found is not _MISSING:
                yield None, document, found
            return
        keyed: list[tuple[str | int, object]] = []
        if isinstance(found, list):
            keyed = list(enumerate(found[:MAX_ROWS]))
        elif isinstance(found, dict):
            keyed = list(found.items())[:MAX_ROWS]
        for key, row in keyed:
            value = _walk(row, self.after)
            if value is not _MISSING:
                yield key, row, value

    def first(self, document: object) -> object | None:
        """The value at the first place, ``None`` where there is none."""
        return next((value for _, _, value in self.rows(document)), None)


def _walk(value: object, steps: tuple[Step, ...]) -> object:
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return _MISSING
    return value


@lru_cache(maxsize=1_024)
def parse_path(text: str) -> Path:
    """Parse ``$.disks[*].used`` and the like.

    Raises:
        BadPath: not a path of the subset, or longer than ``MAX_STEPS`` steps.
    """
    if not text.startswith("$"):
        raise BadPath(text)
    steps: list[Step] = []
    position = 1
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            raise BadPath(text)
        position = step.end()
        if step["every"]:
            steps.append(_EVERY)
        elif step["index"] is not None:
            steps.append(int(step["index"]))
        else:
            steps.append(step["name"] or step["quoted"])
    if len(steps) > MAX_STEPS or steps.count(_EVERY) > 1:
        raise BadPath(text)
    if _EVERY not in steps:
        return Path(tuple(steps), (), many=False)
    at = steps.index(_EVERY)
    return Path(tuple(steps[:at]), tuple(steps[at + 1 :]), many=True)
