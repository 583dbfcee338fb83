"""The pages about the life of a device say what the code does."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
import yaml

from inventory.lifecycle import TRANSITIONS
from inventory.models import Lifecycle
from inventory.packed.records import OWNED, PLANNED, STATES
from inventory.stocktaking.campaigns import STANDS_THERE

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"register.md": ("en", ", ", "yes"), "register.zh-CN.md": ("zh_CN", "、", "是")}


def words(language: str) -> Mapping[Lifecycle, str]:
    terms = yaml.safe_load((DOCS / "glossary/terms.yaml").read_text(encoding="utf-8"))["terms"]
    by_id = {term["id"]: term[language] for term in terms}
    return {state: by_id[f"lifecycle.{state}"] for state in Lifecycle}


def table(name: str, columns: int, first: Iterable[str]) -> list[list[str]]:
    """Rows of the table with so many columns whose rows begin with these words."""
    wanted = set(first)
    lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if len(row) == columns and row[0] in wanted]


@pytest.mark.parametrize("name", PAGES)
def test_the_table_of_steps_is_that_of_the_code(name: str) -> None:
    language, comma, _ = PAGES[name]
    word = words(language)
    told = {row[0]: set(row[1].split(comma)) - {"-"} for row in table(name, 2, word.values())}
    assert told == {
        word[before]: {word[after] for after in afters} for before, afters in TRANSITIONS.items()
    }


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("column", "holds"),
    [
        (1, lambda state: state is Lifecycle.in_service),
        (2, lambda state: bool(STATES.get(state, 0) & OWNED)),
        (3, lambda state: bool(STATES.get(state, 0) & PLANNED)),
        (4, lambda state: state in STANDS_THERE),
    ],
)
def test_what_counts_where_is_as_in_the_code(
    name: str, column: int, holds: Callable[[Lifecycle], bool]
) -> None:
    language, _, yes = PAGES[name]
    word = words(language)
    told = {row[0]: row[column] == yes for row in table(name, 5, word.values())}
    assert told == {word[state]: holds(state) for state in Lifecycle}
