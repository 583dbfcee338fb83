"""What is to be done with a file, and who is told how far it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol as Shape
from typing import TypeAlias

from sqlmodel import Session

from inventory.exchange.limits import LIMITS, Limits
from inventory.exchange.outcome import Comparison
from inventory.exchange.parsing import Findings, Parsed
from inventory.exchange.tables import Source
from inventory.scope import Scope

#: Told a phase (``read``, ``compare``, ``write``), rows done and rows in all (0: not known yet).
#: What it raises ends the import, and nothing is written.
Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with a file.

    Args:
        layout: name of the layout.
        source: the file.
        owner: path of the bureau or school whose mappings are used.
        mapping: fields to headings; without one, the remembered, else the one that is found.
        school: code, for rows that name no school.
        create_rooms: whether rooms nobody has registered are made.
        replace_macs: whether devices lose hardware addresses that their rows leave out.
        dry_run: whether it is only looked at.
    """

    layout: str
    source: Source
    owner: str = "/"
    mapping: Mapping[str, str] | None = None
    school: str | None = None
    create_rooms: bool = False
    replace_macs: bool = False
    dry_run: bool = True
    limits: Limits = field(default=LIMITS)


class Importer(Shape):
    """Holds rows of one layout against the register."""

    #: Whether ``compare`` writes nothing, so that a dry run keeps nobody waiting.
    only_reads: bool

    def compare(self, rows: list[Parsed], findings: Findings, progress: Progress) -> Comparison: ...

    def write(self, progress: Progress) -> None: ...


#: Makes the importer of a layout.
Make: TypeAlias = Callable[[Session, Scope, Order], Importer]
