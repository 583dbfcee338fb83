"""A file into the register: read, matched, held against what is there, written all or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol as Shape

from sqlalchemy import text
from sqlmodel import Session

from inventory.audit import came_by
from inventory.errors import NotFound
from inventory.exchange.devices import DeviceImporter
from inventory.exchange.kept import remember, remembered
from inventory.exchange.layout import Layout
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.limits import LIMITS, Limits
from inventory.exchange.mapping import Table, check_mapping, match, open_table
from inventory.exchange.outcome import Comparison, Report
from inventory.exchange.parsing import Findings, Parsed, Vocabularies, parse
from inventory.exchange.small import (
    CatalogueImporter,
    FiguresImporter,
    LineImporter,
    RoomImporter,
    RowImporter,
    SchoolImporter,
)
from inventory.exchange.tables import Source
from inventory.models import ChangeOrigin
from inventory.models.base import utc_now
from inventory.scope import Scope

#: Told a phase (``read``, ``compare``, ``write``), rows done and rows in all (0: not known yet).
Progress = Callable[[str, int, int], None]
_SMALL: Mapping[str, type[RowImporter]] = {
    "schools": SchoolImporter,
    "rooms": RoomImporter,
    "lines": LineImporter,
    "figures": FiguresImporter,
    "catalogue": CatalogueImporter,
}
#: Imports of one PostgreSQL stand in line under this number; on SQLite writers do so anyway.
_LOCK = 0x666C656574


class Importer(Shape):
    """Holds rows of one layout against the register."""

    def compare(self, rows: list[Parsed], findings: Findings, progress: Progress) -> Comparison: ...

    def write(self, progress: Progress) -> None: ...


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
        dry_run: whether it is only looked at.
    """

    layout: str
    source: Source
    owner: str = "/"
    mapping: Mapping[str, str] | None = None
    school: str | None = None
    create_rooms: bool = False
    dry_run: bool = True
    limits: Limits = field(default=LIMITS)


def layout_named(name: str) -> Layout:
    """The layout of that name.

    Raises:
        NotFound: there is none.
    """
    if name not in LAYOUTS:
        raise NotFound(what="layout", key=name[:64])
    return LAYOUTS[name]


def mapping_for(session: Session, order: Order, table: Table) -> dict[str, str]:
    """Fields to headings: as told, as remembered, else as found."""
    if order.mapping is not None:
        return dict(order.mapping)
    known = remembered(session, (order.owner, order.layout, table.fingerprint))
    return dict(known) if known else match(layout_named(order.layout), table.headings)


def import_file(
    session: Session,
    scope: Scope,
    order: Order,
    vocabularies: Vocabularies,
    progress: Progress = lambda *_: None,
) -> Report:
    """Do it. Nothing is written as a dry run, and nothing when anything is wrong with any row.

    Args:
        session: of one transaction, which the caller commits.
        scope: where the caller may write such rows.
        order: what is to be done.
        vocabularies: words of choices, in every language.
        progress: told how far it is.

    Raises:
        FileRefused: the file as a whole is not taken.
        NotFound: no such layout.
    """
    layout = layout_named(order.layout)
    table = open_table(order.source, layout, order.limits)
    mapping = mapping_for(session, order, table)
    check_mapping(layout, table.headings, mapping)
    findings = Findings(mapping)
    rows, left_out = parse(
        table,
        layout,
        mapping,
        vocabularies,
        findings=findings,
        progress=lambda n: progress("read", n, 0),
    )
    came_by(session, ChangeOrigin.import_)
    if not order.dry_run:
        _stand_in_line(session)
    # What a dry run or a row that does not fit has written by then is taken back.
    attempt = session.begin_nested()
    importer = _importer(session, scope, order)
    comparison = importer.compare(rows, findings, progress)
    written = not order.dry_run and not findings.total
    if written:
        importer.write(progress)
        attempt.commit()
        key = (order.owner, layout.name, table.fingerprint)
        remember(session, key, mapping, utc_now())
    else:
        attempt.rollback()
    return Report(
        layout=layout.name,
        mapping=mapping,
        rows=len(rows),
        left_out=left_out,
        comparison=comparison,
        faults=findings.faults,
        faults_total=findings.total,
        written=written,
    )


def _importer(session: Session, scope: Scope, order: Order) -> Importer:
    if order.layout == "devices":
        return DeviceImporter(
            session,
            scope,
            school=order.school,
            create_rooms=order.create_rooms,
            writes=not order.dry_run,
        )
    return _SMALL[order.layout](session, scope, school=order.school)


def _stand_in_line(session: Session) -> None:
    """Two imports at once could both make the device of one number."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
