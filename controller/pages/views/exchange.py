"""Bringing a table: what may be brought, how its columns are matched, what becomes of it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import msgspec

from controller.auth.permissions import Permission
from controller.errors import NotFound, PermissionDenied
from controller.exchange.reports import ImportReport
from controller.exchange.runs import Runs
from controller.exchange.tables import REPAIRS, may_bring
from controller.exchange.words import PHASES, heading
from controller.pages.look import Look
from controller.pages.views.choices import Option
from inventory.exchange.importing import layout_of, mapping_for
from inventory.exchange.kept import upload_of
from inventory.exchange.kept_runs import run_of
from inventory.exchange.layout import Layout
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.mapping import open_table
from inventory.exchange.order import Order
from inventory.exchange.tables import Source
from inventory.models import ImportUpload, RunState
from inventory.repositories.schools import SchoolRepository

#: Schools that are offered in a list; of more, files name each.
_MOST_SCHOOLS = 500
#: Tables whose rows are at no school, or are schools.
_WITHOUT_SCHOOL = frozenset({"schools", "catalogue", "calendar"})


@dataclass(frozen=True, slots=True)
class ImportsView:
    """What somebody may bring, and take."""

    layouts: Sequence[Layout]
    exports: Sequence[Layout]


@dataclass(frozen=True, slots=True)
class Match:
    """A column of the register, and which column of the file holds it."""

    field: str
    heading: str
    needed: bool
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose beside the columns; kept with a run as JSON.

    Args:
        mapping: fields to headings; ``None`` before anything was chosen.
    """

    mapping: Mapping[str, str] | None = None
    school: str = ""
    create_rooms: bool = False
    replace_macs: bool = False


@dataclass(frozen=True, slots=True)
class RunView:
    """How far a run is, or what became of it.

    Args:
        phase: what is done just now, a message id.
        done: rows; ``total`` is 0 where it is not known yet.
    """

    state: RunState
    is_dry: bool
    phase: str = ""
    done: int = 0
    total: int = 0

    @property
    def is_running(self) -> bool:
        return self.state is RunState.running


@dataclass(frozen=True, slots=True)
class ImportView:
    """One file that waits, is being worked on, or was brought.

    Args:
        refusal: why the file as a whole is not taken, in words.
        report: of a dry run, or of the import.
        matches: none while it is being worked on, and none when it was brought.
    """

    id: str
    name: str
    layout: Layout
    choices: Choices
    run: RunView | None = None
    report: ImportReport | None = None
    refusal: str = ""
    matches: Sequence[Match] = ()
    schools: Sequence[Option] = ()
    unknown: Sequence[str] = field(default=())

    @property
    def asks_for_rooms(self) -> bool:
        return self.layout.name == "devices"


def imports_view(look: Look) -> ImportsView:
    """The tables this person may bring.

    Raises:
        PermissionDenied: none.
    """
    layouts = [layout for name, layout in LAYOUTS.items() if _may(look, name)]
    if not layouts:
        raise PermissionDenied
    reads_repairs = look.caller.may(Permission.read_tickets)
    exports = [layout for name, layout in LAYOUTS.items() if name != REPAIRS or reads_repairs]
    return ImportsView(layouts, exports)


def waiting_upload(look: Look, upload_id: str) -> ImportUpload:
    """A file this person brought.

    Raises:
        NotFound: there is none of that id.
    """
    found = upload_of(look.session, look.caller.id, upload_id)
    if found is None:
        raise NotFound
    return found


def import_view(look: Look, upload: ImportUpload, runs: Runs) -> ImportView:
    """The file with its columns matched, or how far it is, or what became of it.

    Raises:
        FileRefused: the file cannot be read at all.
    """
    layout = layout_of(look.session, upload.layout)
    run = run_of(look.session, upload.id)
    about: dict[str, Any] = {"id": upload.id, "name": upload.name, "layout": layout}
    if run is None:
        return ImportView(**about, choices=Choices(), **_columns(look, upload, Choices()))
    choices = _CHOICES.decode(run.choices)
    state, step = runs.state(run), runs.step(run)
    about |= {
        "choices": choices,
        "run": RunView(state, run.is_dry, PHASES[step.phase], step.done, step.total),
    }
    if state is RunState.running:
        return ImportView(**about)
    report = None
    if state is RunState.done:
        report = ImportReport.model_validate_json(run.outcome)
        if report.written:
            return ImportView(**about, report=report)
    refusal = run.outcome if state is RunState.refused else ""
    columns = _columns(look, upload, choices)
    return ImportView(**about, report=report, refusal=refusal, **columns)


def order_for(owner: str, upload: ImportUpload, choices: Choices, *, dry_run: bool) -> Order:
    """What is to be done with a kept file; the mappings of ``owner``'s path are remembered."""
    return Order(
        layout=upload.layout,
        source=Source(upload.name, upload.content),
        owner=owner,
        mapping=choices.mapping,
        school=choices.school or None,
        create_rooms=choices.create_rooms,
        replace_macs=choices.replace_macs,
        dry_run=dry_run,
    )


def _columns(look: Look, upload: ImportUpload, choices: Choices) -> Mapping[str, Any]:
    """What the form of columns needs."""
    layout = layout_of(look.session, upload.layout)
    owner = may_bring(look.caller, layout.name).prefixes[0]
    order = order_for(owner, upload, choices, dry_run=True)
    with closing(open_table(order.source, layout)) as table:
        mapping = mapping_for(look.session, order, table)
    return {
        "matches": _matches(look, layout, table.headings, mapping),
        "schools": _schools(look, layout.name, choices.school),
        "unknown": [text for text in table.headings if text and text not in mapping.values()],
    }


def _may(look: Look, layout: str) -> bool:
    try:
        may_bring(look.caller, layout)
    except PermissionDenied:
        return False
    return True


def _matches(
    look: Look, layout: Layout, headings: Sequence[str], mapping: Mapping[str, str]
) -> Sequence[Match]:
    names = list(dict.fromkeys(filter(None, headings)))
    return [
        Match(
            column.field,
            heading(look.lang, column),
            column.needed,
            [Option(name, name, mapping.get(column.field) == name) for name in names],
        )
        for column in layout.columns
    ]


def _schools(look: Look, layout: str, chosen: str) -> Sequence[Option]:
    schools = SchoolRepository(look.session, may_bring(look.caller, layout))
    if layout in _WITHOUT_SCHOOL or schools.count() > _MOST_SCHOOLS:
        return ()
    return [Option(one.code, one.name, one.code == chosen) for one in schools.facts()]


# Made before there are threads; see inventory.standards.documents.
_CHOICES = msgspec.json.Decoder(Choices)
