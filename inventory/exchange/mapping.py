"""Which column of a file holds what: found by headings, corrected by people, remembered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice

from inventory.exchange.errors import ColumnsMissing, MappingUnfit, NoTable
from inventory.exchange.layout import Column, Layout, plain
from inventory.exchange.limits import LIMITS, Limits
from inventory.exchange.tables import Row, Source, read_rows

#: Ledgers have a title, a unit and a date above their headings.
_HEADINGS_WITHIN = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose headings were found.

    Args:
        headings: as they read, one a column; empty where a column has none.
        rows: what follows them, read while it is asked for.
        close: ends the reading; nothing of ``rows`` comes after it.
    """

    headings: Sequence[str]
    rows: Iterator[Row]
    close: Callable[[], None]

    @property
    def fingerprint(self) -> str:
        """The same for files with the same headings in the same order: 64 hex digits."""
        return sha256("\n".join(map(plain, self.headings)).encode()).hexdigest()


def open_table(source: Source, layout: Layout, limits: Limits = LIMITS) -> Table:
    """Find the line of headings: the one of the first lines that knows most columns.

    The table is to be closed, read to its end or not.

    Raises:
        NoTable: the file has no rows.
        FileRefused: it cannot be read.
    """
    rows = read_rows(source, limits)
    first = list(islice(rows, _HEADINGS_WITHIN))
    if not first:
        rows.close()
        raise NoTable(lines=_HEADINGS_WITHIN)
    found = max(range(len(first)), key=lambda i: (len(match(layout, _texts(first[i]))), -i))
    return Table(_texts(first[found]), chain(first[found + 1 :], rows), rows.close)


def match(layout: Layout, headings: Sequence[str]) -> dict[str, str]:
    """Fields to the headings that mean them; each heading is taken once, better names first."""
    at: dict[str, str] = {}
    for heading in headings:
        at.setdefault(plain(heading), heading)
    at.pop("", None)
    ranked = sorted(
        (rank, order, column.field, name)
        for order, column in enumerate(layout.columns)
        for rank, name in enumerate(_names(column))
        if name in at
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _rank, _order, field, name in ranked:
        if field not in found and name not in taken:
            found[field] = at[name]
            taken.add(name)
    return found


def check_mapping(layout: Layout, headings: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Let a mapping of fields to headings pass.

    Raises:
        MappingUnfit: a field or a heading that is not there, or a heading that is named twice.
        ColumnsMissing: a field that every row needs is not in it.
    """
    fields = {column.field for column in layout.columns}
    seen: set[str] = set()
    for field, heading in mapping.items():
        if field not in fields:
            raise MappingUnfit(column=field)
        if heading not in headings or heading in seen:
            raise MappingUnfit(column=heading)
        seen.add(heading)
    missing = [c for c in layout.columns if c.needed and c.field not in mapping]
    if missing:
        raise ColumnsMissing(columns=", ".join(f"{c.heading} ({c.zh})" for c in missing))


def _names(column: Column) -> Sequence[str]:
    return [plain(name) for name in (column.zh, column.heading, column.field, *column.also)]


def _texts(row: Row) -> Sequence[str]:
    return tuple("" if cell is None else str(cell).strip() for cell in row.cells)
