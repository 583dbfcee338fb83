"""A file into the register: read, matched, held against what is there, written all or nothing."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlmodel import Session

from inventory.assets.numbers import stand_in_line
from inventory.audit import came_by
from inventory.errors import NotFound
from inventory.exchange.calendars import BlackoutImporter, CalendarImporter, HoursImporter
from inventory.exchange.devices import DeviceImporter
from inventory.exchange.kept import remember, remembered
from inventory.exchange.layout import Layout
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.mapping import Table, match, open_table
from inventory.exchange.order import Make, Order, Progress
from inventory.exchange.outcome import Report
from inventory.exchange.outlet_layout import OutletImporter
from inventory.exchange.own_fields import with_own_fields
from inventory.exchange.parsing import Findings, Parsed, Vocabularies, parse
from inventory.exchange.small import (
    CatalogueImporter,
    FiguresImporter,
    LineImporter,
    RoomImporter,
    SchoolImporter,
    StaffImporter,
)
from inventory.models import ChangeOrigin
from inventory.models.base import utc_now
from inventory.scope import Scope

#: Of the tables the inventory keeps itself.
IMPORTERS: Mapping[str, Make] = {
    "devices": DeviceImporter,
    "schools": SchoolImporter,
    "rooms": RoomImporter,
    "lines": LineImporter,
    "figures": FiguresImporter,
    "staff": StaffImporter,
    "calendar": CalendarImporter,
    "hours": HoursImporter,
    "blackouts": BlackoutImporter,
    "outlets": OutletImporter,
    "catalogue": CatalogueImporter,
}
Match = Callable[[Table], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as rows, before anybody asked the register.

    Args:
        order: what is to be done with it.
        layout: what columns it may have.
        mapping: fields to the headings that were used.
        fingerprint: of its headings.
        left_out: lines that only add up others.
        findings: what is wrong so far.
    """

    order: Order
    layout: Layout
    mapping: Mapping[str, str]
    fingerprint: str
    rows: Sequence[Parsed]
    left_out: int
    findings: Findings


def layout_named(name: str) -> Layout:
    """The layout of that name.

    Raises:
        NotFound: there is none.
    """
    if name not in LAYOUTS:
        raise NotFound(what="layout", key=name[:64])
    return LAYOUTS[name]


def layout_of(session: Session, name: str) -> Layout:
    """The layout of that name, with the fields of one's own that are defined now.

    Raises:
        NotFound: there is none.
    """
    return with_own_fields(session, layout_named(name))


def mapping_for(session: Session, order: Order, table: Table) -> dict[str, str]:
    """Fields to headings: as told, as remembered, else as found."""
    if order.mapping is not None:
        return dict(order.mapping)
    layout = layout_of(session, order.layout)
    known = remembered(session, (order.owner, order.layout, table.fingerprint))
    # A field of one's own may be out of use since.
    fields = {column.field for column in layout.columns}
    kept = {field: heading for field, heading in (known or {}).items() if field in fields}
    return kept or match(layout, table.headings)


def read_file(
    order: Order, layout: Layout, matched: Match, vocabularies: Vocabularies, progress: Progress
) -> FileRead:
    """Read a file; takes most of the time, and nothing of the database.

    Args:
        order: what is to be done.
        layout: what columns there may be: see ``layout_of``.
        matched: says which heading of the table holds which field.
        vocabularies: words of choices, in every language.
        progress: told how far it is.

    Raises:
        FileRefused: the file as a whole is not taken.
    """
    layout = _layout_for(order, layout)
    with closing(open_table(order.source, layout, order.limits)) as table:
        mapping = matched(table)
        findings = Findings(mapping)
        rows, left_out = parse(
            table,
            layout,
            mapping,
            vocabularies,
            findings=findings,
            progress=lambda n: progress("read", n, 0),
        )
    return FileRead(order, layout, mapping, table.fingerprint, rows, left_out, findings)


def bring(session: Session, scope: Scope, read: FileRead, make: Make, progress: Progress) -> Report:
    """Hold what was read against the register, and write it.

    Nothing is written as a dry run, and nothing when anything is wrong with any row.

    Args:
        session: of one transaction, which the caller commits.
        scope: where the caller may write such rows.
        read: the file; its ``findings`` grow.
        make: the importer of the layout.
        progress: told how far it is.
    """
    order = read.order
    came_by(session, ChangeOrigin.import_)
    if not order.dry_run:
        stand_in_line(session)
    # What a dry run or a row that does not fit has written by then is taken back.
    attempt = session.begin_nested()
    importer = make(session, scope, order)
    findings = read.findings
    comparison = importer.compare(list(read.rows), findings, progress)
    written = not order.dry_run and not findings.total
    if written:
        importer.write(progress)
        attempt.commit()
        key = (order.owner, order.layout, read.fingerprint)
        remember(session, key, read.mapping, utc_now())
    else:
        attempt.rollback()
    return Report(
        layout=read.layout,
        mapping=read.mapping,
        rows=len(read.rows),
        left_out=read.left_out,
        comparison=comparison,
        faults=findings.faults,
        faults_total=findings.total,
        written=written,
    )


def import_file(
    session: Session,
    scope: Scope,
    order: Order,
    vocabularies: Vocabularies,
    *,
    progress: Progress = lambda *_: None,
    importers: Mapping[str, Make] = IMPORTERS,
) -> Report:
    """Read a file and bring it, in one transaction; see ``read_file`` and ``bring``.

    Raises:
        FileRefused: the file as a whole is not taken.
        NotFound: no such layout.
    """
    layout = layout_of(session, order.layout)
    read = read_file(
        order, layout, lambda table: mapping_for(session, order, table), vocabularies, progress
    )
    return bring(session, scope, read, importers[order.layout], progress)


def _layout_for(order: Order, layout: Layout) -> Layout:
    """The layout; its school is not asked for in each row where one is given for all."""
    if order.school is None:
        return layout
    columns = [
        dataclasses.replace(column, needed=column.needed and column.field != "school")
        for column in layout.columns
    ]
    return dataclasses.replace(layout, columns=columns)
