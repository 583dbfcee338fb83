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
    """Which page of a list is shown; pages count from 1.

    Args:
        look: whose.
        number: of the page.
        total: rows of all pages.
        length: rows of a page.
        more: there are rows beyond these, which only a narrower question brings up.
        most: pages that are shown of a list, however many it has.
        key: parameter of the address that says which; a page with two lists has two.
    """

    look: Look
    number: int
    total: int
    length: int = PAGE_LENGTH
    more: bool = False
    most: int | None = None
    key: str = "page"

    @property
    def last(self) -> int:
        pages = -(-self.total // self.length)
        return max(1, pages if self.most is None else min(pages, self.most))

    @property
    def ends_early(self) -> bool:
        """Whether this is the last page of a list that goes on."""
        return self.number == self.last and self.number * self.length < self.total

    @property
    def first_row(self) -> int:
        return min(self.total, (self.number - 1) * self.length + 1)

    @property
    def last_row(self) -> int:
        return min(self.total, self.number * self.length)

    def link(self, number: int) -> str:
        return self.look.link({self.key: number if number > 1 else ""})
