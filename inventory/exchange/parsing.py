"""Rows of a file become rows of values; what does not fit is told with its place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from inventory.exchange.faults import Fault, Why, shown
from inventory.exchange.layout import Column, Holds, Layout, plain
from inventory.exchange.mapping import Table, check_mapping
from inventory.exchange.tables import Cell, Row
from inventory.exchange.values import Unfit, is_blank, value_of

#: Words of choices by the name of the vocabulary: ``plain`` word to value.
Vocabularies: TypeAlias = Mapping[str, Mapping[str, str]]
#: Faults that are told one by one; the rest is counted.
MOST_FAULTS = 1_000
#: A line that adds up others is no row of its own.
_TOTALS = frozenset({"合计", "总计", "小计", "本页合计", "total", "sum"})
#: Cells of a column that are remembered: ledgers say the same again and again.
_REMEMBERED = 5_000
_EVERY = 1_000


class Parsed(NamedTuple):
    """One row: only what it says, blank cells say nothing."""

    line: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class Findings:
    """What went wrong so far.

    Args:
        faults: the first ``MOST_FAULTS`` of them.
        total: how many there are in all.
        headings: how columns read in the file, by field.
        lines: on which anything is wrong.
    """

    headings: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)
    total: int = 0
    lines: set[int] = field(default_factory=set)

    def add(self, line: int, column: str, value: object, why: Why, /, **arguments: object) -> None:
        """Tell one fault of a field; ``column`` may be empty for the row as a whole."""
        self.total += 1
        self.lines.add(line)
        if len(self.faults) < MOST_FAULTS:
            heading = self.headings.get(column, column)
            self.faults.append(Fault(line, heading, shown(value), why, arguments))


class _Reader:
    """One column of the file."""

    def __init__(self, column: Column, index: int, words: Mapping[str, str]) -> None:
        self.column = column
        self.index = index
        self._words = words
        self._known: dict[tuple[type, Cell], Any] = {}

    def read(self, cell: Cell) -> Any:
        """The value; ``None`` for a blank.

        Raises:
            Unfit: it does not fit.
        """
        key = (type(cell), cell)
        if key in self._known:
            return self._known[key]
        value = None if is_blank(cell) else value_of(self.column, cell, self._words)
        if len(self._known) < _REMEMBERED:
            self._known[key] = value
        return value

    def allowed(self) -> str:
        return "、".join(dict.fromkeys(w for w in self._words if not w.isascii()))


def words_of(column: Column, vocabularies: Vocabularies) -> Mapping[str, str]:
    """The words a choice takes: those of the ledger, then ours, which win."""
    if column.holds is not Holds.choice:
        return {}
    ledger = {plain(word): value for word, value in column.words.items()}
    return ledger | dict(vocabularies.get(column.choice, {}))


def parse(
    table: Table,
    layout: Layout,
    mapping: Mapping[str, str],
    vocabularies: Vocabularies,
    *,
    findings: Findings,
    progress: Callable[[int], None],
) -> tuple[list[Parsed], int]:
    """All rows of a table, and how many lines were left out because they only add up others.

    Args:
        table: read to its end.
        layout: what it is.
        mapping: fields to headings.
        vocabularies: words of choices.
        findings: where faults go.
        progress: told the number of rows now and then.

    Raises:
        FileRefused: the mapping does not fit, or the file breaks off.
    """
    check_mapping(layout, table.headings, mapping)
    readers = [
        _Reader(column, table.headings.index(mapping[column.field]), words_of(column, vocabularies))
        for column in layout.columns
        if column.field in mapping
    ]
    rows: list[Parsed] = []
    left_out = 0
    for row in table.rows:
        if _adds_up(row, layout, readers):
            left_out += 1
            continue
        rows.append(Parsed(row.line, dict(_values(row, readers, findings))))
        if len(rows) % _EVERY == 0:
            progress(len(rows))
    return rows, left_out


def _values(row: Row, readers: Sequence[_Reader], findings: Findings) -> Iterator[tuple[str, Any]]:
    cells = row.cells
    for reader in readers:
        cell = cells[reader.index] if reader.index < len(cells) else None
        column = reader.column
        try:
            value = reader.read(cell)
        except Unfit as unfit:
            arguments = dict(unfit.arguments)
            if unfit.why is Why.unknown_word:
                arguments["words"] = reader.allowed()
            broken = unfit.why is Why.broken
            text = getattr(cell, "shown", cell) if broken else cell
            findings.add(row.line, column.field, text, unfit.why, **arguments)
            continue
        if value is not None:
            yield column.field, value
        elif column.needed:
            findings.add(row.line, column.field, cell, Why.missing)


def _adds_up(row: Row, layout: Layout, readers: Sequence[_Reader]) -> bool:
    """Whether a line has a word for sums and lacks what every row needs, or has it there."""
    words = {plain(cell) for cell in row.cells if isinstance(cell, str)}
    if not words & _TOTALS:
        return False
    for reader in readers:
        if reader.column.field in layout.key and reader.column.needed:
            cell = row.cells[reader.index] if reader.index < len(row.cells) else None
            if is_blank(cell) or (isinstance(cell, str) and plain(cell) in _TOTALS):
                return True
    return False
