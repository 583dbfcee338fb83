"""What a caller may see: path prefixes; every repository applies one to every query."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.orm import Mapped


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of path prefixes such as ``/3301/330483/``; ``/`` is everything, none is nothing."""

    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, prefixes: Iterable[str]) -> "Scope":
        """The smallest set of prefixes that covers the same paths."""
        kept: list[str] = []
        for prefix in sorted(set(prefixes)):
            if not kept or not prefix.startswith(kept[-1]):
                kept.append(prefix)
        return cls(tuple(kept))

    @classmethod
    def everything(cls) -> "Scope":
        return cls(("/",))

    def covers(self, path: str) -> bool:
        return any(path.startswith(prefix) for prefix in self.prefixes)

    def condition(self, path: "Mapped[str] | ColumnElement[str]") -> ColumnElement[bool]:
        """SQL for "``path`` is within this scope"; a range, so that an index serves it."""
        if "/" in self.prefixes:
            return true()
        if not self.prefixes:
            return false()
        # "0" follows "/" in ASCII: the range holds exactly the paths that begin with the prefix.
        return or_(*((path >= p) & (path < p[:-1] + "0") for p in self.prefixes))
