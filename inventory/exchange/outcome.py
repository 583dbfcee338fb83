"""What an import would do, or did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from inventory.exchange.faults import Fault
from inventory.exchange.layout import Layout

#: Changes that are shown one by one.
MOST_SHOWN = 200


class Change(NamedTuple):
    """One row of the register that is made or changed.

    Args:
        line: of the file.
        key: what the row is called there.
        fields: before and after, by field; before is ``None`` in all of a row that is made.
    """

    line: int
    key: str
    made: bool
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A file held against the register.

    Args:
        created, changed, unchanged: rows.
        shown: the first ``MOST_SHOWN`` of what is made or changed.
        also: further rows that are made on the way, by layout: rooms.
    """

    created: int
    changed: int
    unchanged: int
    shown: Sequence[Change]
    also: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to a file.

    Args:
        layout: what the file holds.
        mapping: fields to headings that were used.
        rows: that the file has, without ``left_out`` lines of sums.
        comparison: what becomes of them.
        faults: the first ones; ``faults_total`` counts all.
        written: whether the register has it now. With any fault, or as a dry run, it has nothing.
    """

    layout: Layout
    mapping: Mapping[str, str]
    rows: int
    left_out: int
    comparison: Comparison
    faults: Sequence[Fault]
    faults_total: int
    written: bool
