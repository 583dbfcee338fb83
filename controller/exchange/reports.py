"""The answer to a file, in the reader's language: the same for the API, commands and pages."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from controller.exchange.words import fault_cure, fault_text, heading, heading_named, told
from controller.language import Language
from inventory.exchange.layout import Layout
from inventory.exchange.outcome import Change, Report

_SHORT = 80


class FaultOut(BaseModel):
    """One thing that is wrong with one row."""

    #: As editors number lines, from 1.
    line: int
    #: Heading of the column in the file.
    column: str
    value: str
    #: Stable code of the reason.
    why: str
    text: str
    cure: str


class ChangeOut(BaseModel):
    """One row of the register that is made or changed."""

    line: int
    key: str
    made: bool
    #: Before and after, by the heading of the column.
    fields: dict[str, tuple[str, str]]


class ImportReport(BaseModel):
    """What becomes of a file."""

    layout: str
    #: Fields to the headings that hold them.
    mapping: dict[str, str]
    rows: int
    #: Lines that only add up others.
    left_out: int
    created: int
    changed: int
    unchanged: int
    #: Rooms that are made on the way.
    rooms: int
    faults: list[FaultOut]
    #: Faults there are; ``faults`` holds the first 1,000.
    faults_total: int
    #: The first 200 rows that are made or changed.
    changes: list[ChangeOut]
    #: Whether the register has it now.
    written: bool


class ColumnOut(BaseModel):
    """One column a layout knows."""

    field: str
    heading: str
    needed: bool
    #: What else it may be called.
    also: list[str]


class LayoutOut(BaseModel):
    """A kind of table."""

    name: str
    title: str
    columns: list[ColumnOut]


def layout_out(lang: Language, layout: Layout) -> LayoutOut:
    """A layout with the headings of one language first."""
    columns = [
        ColumnOut(
            field=column.field,
            heading=heading(lang, column),
            needed=column.needed,
            also=[column.heading if lang.code == "zh_CN" else column.zh, *column.also],
        )
        for column in layout.columns
    ]
    return LayoutOut(name=layout.name, title=lang.gettext(layout.title), columns=columns)


def report_out(lang: Language, report: Report) -> ImportReport:
    """A report in words."""
    layout = report.layout
    return ImportReport(
        layout=layout.name,
        mapping=dict(report.mapping),
        rows=report.rows,
        left_out=report.left_out,
        created=report.comparison.created,
        changed=report.comparison.changed,
        unchanged=report.comparison.unchanged,
        rooms=report.comparison.also.get("rooms", 0),
        faults=[
            FaultOut(
                line=fault.line,
                column=heading_named(lang, layout, fault.column),
                value=fault.value,
                why=fault.why.value,
                text=fault_text(lang, fault),
                cure=fault_cure(lang, fault),
            )
            for fault in report.faults
        ],
        faults_total=report.faults_total,
        changes=_changes(lang, layout, report.comparison.shown),
        written=report.written,
    )


def _changes(lang: Language, layout: Layout, changes: Sequence[Change]) -> list[ChangeOut]:
    return [
        ChangeOut(
            line=change.line,
            key=change.key,
            made=change.made,
            fields={
                heading_named(lang, layout, _FIELDS.get(name, name)): (
                    _text(lang, before),
                    _text(lang, after),
                )
                for name, (before, after) in change.fields.items()
            },
        )
        for change in changes
    ]


#: Columns of the register that files hold under another field.
_FIELDS: Mapping[str, str] = {"school_code": "school", "room_id": "room"}


def _text(lang: Language, value: object) -> str:
    shown = told(lang, value)
    text = "" if shown is None else str(shown)
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
