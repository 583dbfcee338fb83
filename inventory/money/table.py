"""Plan against actual: a programme's years and categories, with the sums of both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.models import Programme, ProgrammeCategory
from inventory.money.repository import MoneyRepository
from inventory.money.years import Year, year_of

_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Cell:
    """What was planned (a range, in yuan) and what was spent."""

    from_cny: Decimal = _NOTHING
    to_cny: Decimal = _NOTHING
    spent_cny: Decimal = _NOTHING
    #: Something was planned here, be it nothing.
    is_planned: bool = False

    @property
    def left_cny(self) -> Decimal:
        """Of the most that was planned; below zero when more was spent."""
        return self.to_cny - self.spent_cny

    @property
    def is_exceeded(self) -> bool:
        return self.left_cny < 0


def together(cells: Iterable[Cell]) -> Cell:
    """The sum of cells."""
    found = list(cells)
    return Cell(
        sum((cell.from_cny for cell in found), _NOTHING),
        sum((cell.to_cny for cell in found), _NOTHING),
        sum((cell.spent_cny for cell in found), _NOTHING),
        any(cell.is_planned for cell in found),
    )


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """Rows are years, columns categories; ``rows[year][category]`` in the order of both."""

    years: Sequence[Year]
    categories: Sequence[ProgrammeCategory]
    rows: Sequence[Sequence[Cell]]

    @property
    def of_years(self) -> Sequence[Cell]:
        return [together(row) for row in self.rows]

    @property
    def of_categories(self) -> Sequence[Cell]:
        return [together(column) for column in zip(*self.rows, strict=True)]

    @property
    def total(self) -> Cell:
        return together(self.of_years)


def totals(repository: MoneyRepository, programmes: Sequence[Programme]) -> Mapping[str, Cell]:
    """What ``budget_table`` has in its last corner, of several programmes, by their ids."""
    ids = [one.id for one in programmes]
    planned, spent = repository.planned_in_all(ids), repository.spent_in_all(ids)
    found = {}
    for one in ids:
        least, most = planned.get(one, (_NOTHING, _NOTHING))
        found[one] = Cell(least, most, spent.get(one, _NOTHING), is_planned=one in planned)
    return found


def budget_table(repository: MoneyRepository, programme: Programme) -> BudgetTable:
    """The table of a programme as it stands."""
    categories = repository.categories(programme)
    lines = {(line.year, line.category): line for line in repository.lines(programme)}
    spent = repository.spent(programme)
    years = range(programme.first_year, programme.last_year + 1)

    def cell(year: int, category: str) -> Cell:
        line, actual = lines.get((year, category)), spent.get((year, category), _NOTHING)
        if line is None:
            return Cell(spent_cny=actual)
        return Cell(line.from_cny, line.to_cny, actual, is_planned=True)

    return BudgetTable(
        years=[year_of(programme.calendar, year) for year in years],
        categories=categories,
        rows=[[cell(year, category.code) for category in categories] for year in years],
    )
