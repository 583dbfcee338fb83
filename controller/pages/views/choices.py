"""Choices of filters, and pages of long lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from controller.pages.look import Look

PAGE_LENGTH = 50
Word = TypeVar("Word", bound=StrEnum)


def one_of(words: type[Word], text: str) -> Word | None:
    """The value a parameter names; anything else means no choice."""
    return words(text) if text in set(words) else None


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its parameter, its label (a message id), what can be chosen."""

    name: str
    label: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which page of a list is shown; pages count from 1."""

    look: Look
    number: int
    total: int
    length: int = PAGE_LENGTH

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.length))

    @property
    def first_row(self) -> int:
        return min(self.total, (self.number - 1) * self.length + 1)

    @property
    def last_row(self) -> int:
        return min(self.total, self.number * self.length)

    def link(self, number: int) -> str:
        return self.look.link({"page": number if number > 1 else ""})
