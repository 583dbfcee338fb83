"""Bringing a table: what may be brought, how its columns are matched, what would become of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.api.exchange import may_bring, order_of
from controller.errors import NotFound, PermissionDenied
from controller.exchange.reports import ImportReport, report_out
from controller.exchange.words import heading, vocabularies
from controller.pages.look import Look
from controller.pages.views.choices import Option
from inventory.errors import InventoryError
from inventory.exchange.importing import import_file, layout_named, mapping_for
from inventory.exchange.kept import upload_of
from inventory.exchange.layout import Layout
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.mapping import open_table
from inventory.exchange.tables import Source
from inventory.models import ImportUpload
from inventory.repositories.schools import SchoolRepository

#: Schools that are offered in a list; of more, files name each.
_MOST_SCHOOLS = 500


@dataclass(frozen=True, slots=True)
class ImportsView:
    """What somebody may bring."""

    layouts: Sequence[Layout]


@dataclass(frozen=True, slots=True)
class Match:
    """A column of the register, and which column of the file holds it."""

    field: str
    heading: str
    needed: bool
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose beside the columns.

    Args:
        mapping: fields to headings; ``None`` before anything was chosen.
    """

    mapping: Mapping[str, str] | None = None
    school: str = ""
    create_rooms: bool = False


@dataclass(frozen=True, slots=True)
class ImportView:
    """One file that waits.

    Args:
        refusal: why the file as a whole is not taken, in words.
        report: of a dry run, or of the import.
    """

    id: str
    name: str
    layout: Layout
    matches: Sequence[Match]
    schools: Sequence[Option]
    choices: Choices
    report: ImportReport | None = None
    refusal: str = ""
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
    return ImportsView(layouts)


def waiting_upload(look: Look, upload_id: str) -> ImportUpload:
    """A file this person brought.

    Raises:
        NotFound: there is none of that id.
    """
    found = upload_of(look.session, look.caller.id, upload_id)
    if found is None:
        raise NotFound
    return found


def import_view(
    look: Look, upload: ImportUpload, choices: Choices, *, dry_run: bool | None = None
) -> ImportView:
    """The file with its columns matched; ``dry_run`` says whether to try it or to do it.

    Raises:
        FileRefused: the file cannot be read at all.
    """
    layout = layout_named(upload.layout)
    source = Source(upload.name, upload.content)
    order = order_of(
        look.caller,
        layout.name,
        source,
        mapping=choices.mapping,
        school=choices.school or None,
        create_rooms=choices.create_rooms,
        dry_run=dry_run is not False,
    )
    table = open_table(source, layout)
    mapping = mapping_for(look.session, order, table)
    report, refusal = None, ""
    if dry_run is not None:
        scope = may_bring(look.caller, layout.name)
        try:
            found = import_file(look.session, scope, order, vocabularies())
            report = report_out(look.lang, found)
        except InventoryError as error:
            refusal = look.lang.gettext(error.message).format(**error.arguments)
    return ImportView(
        id=upload.id,
        name=upload.name,
        layout=layout,
        matches=_matches(look, layout, table.headings, mapping),
        schools=_schools(look, layout.name, choices.school),
        choices=choices,
        report=report,
        refusal=refusal,
        unknown=[text for text in table.headings if text and text not in mapping.values()],
    )


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
    if layout in ("schools", "catalogue") or schools.count() > _MOST_SCHOOLS:
        return ()
    return [Option(one.code, one.name, one.code == chosen) for one in schools.facts()]
