"""The audit trail as people read it, on its own page and on that of a device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from controller.api.audit import fields_of
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.words.audit import ACTIONS, ORIGINS, field_word, table_word, value_text
from inventory.models import AuditChange, ChangeAction, ChangeOrigin, Device, School
from inventory.repositories.audit import AuditRepository, ChangeFilter

#: Changes that are shown on the page of what was changed.
_LAST = 8
#: Changes whose pages are shown; whoever wants older ones asks by day.
_MOST = 10_000
#: Fields of a row that are shown without asking for more.
_FIELDS = 12


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the page was asked for: texts as they were typed; days in the reader's zone."""

    table: str = ""
    device: str = ""
    school: str = ""
    actor: str = ""
    origin: str = ""
    action: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field, in the reader's words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row that somebody changed, in the reader's words."""

    at: datetime
    actor: str
    origin: str
    address: str
    action: str
    table: str
    label: str
    href: str
    fields: Sequence[ChangedField]
    more: int


@dataclass(frozen=True, slots=True)
class AuditList:
    """One page of the trail."""

    rows: Sequence[ChangeRow]
    shown: Shown
    choices: Sequence[Choice]
    wanted: AuditFilter
    filtered: bool


def audit_list(look: Look, wanted: AuditFilter, number: int) -> AuditList:
    """One page of the changes within the reader's scope."""
    trail = AuditRepository(look.session, look.caller.require(Permission.read_audit))
    number = min(number, _MOST // PAGE_LENGTH)
    page = trail.page(
        _filter(look, wanted),
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
        most=_MOST,
    )
    return AuditList(
        rows=[_row(look, row) for row in page.items],
        shown=Shown(look, number, page.total, more=page.more),
        choices=_choices(look, wanted, trail.tables()),
        wanted=wanted,
        filtered=wanted != AuditFilter(),
    )


def changes_of_device(look: Look, device: Device, school: School) -> Sequence[ChangeRow] | None:
    """The last changes of a device; ``None`` for readers who may not see them."""
    if not look.caller.may(Permission.read_audit, school.path):
        return None
    trail = AuditRepository(look.session, look.caller.require(Permission.read_audit))
    page = trail.page(ChangeFilter(device=device.id), limit=_LAST)
    return [_row(look, row) for row in page.items]


def changes_of_parts(look: Look, table: str, whole: str, path: str) -> Sequence[ChangeRow] | None:
    """The last changes of rows that belong to another; ``None`` for who may not see them.

    Args:
        look: whose.
        table: of the rows.
        whole: key of what they belong to.
        path: where that is.
    """
    if not look.caller.may(Permission.read_audit, path):
        return None
    trail = AuditRepository(look.session, look.caller.require(Permission.read_audit))
    page = trail.page(ChangeFilter(table=table, part_of=whole), limit=_LAST)
    return [_row(look, row) for row in page.items]


def _filter(look: Look, wanted: AuditFilter) -> ChangeFilter:
    until = _day(wanted.until)
    return ChangeFilter(
        table=wanted.table or None,
        device=wanted.device or None,
        school=wanted.school or None,
        actor=wanted.actor.strip() or None,
        origin=one_of(ChangeOrigin, wanted.origin),
        action=one_of(ChangeAction, wanted.action),
        since=_midnight(look, _day(wanted.since)),
        until=_midnight(look, until + timedelta(days=1) if until else None),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(look: Look, day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), look.lang.zone)


def _row(look: Look, row: AuditChange) -> ChangeRow:
    translate = look.lang.gettext
    fields = fields_of(row)
    return ChangeRow(
        at=row.at,
        actor=row.actor or translate(N_("the operator of the machine")),
        origin=translate(ORIGINS[row.origin]),
        address=row.address,
        action=translate(ACTIONS[row.action]),
        table=translate(table_word(row.table_name)),
        label=row.label or row.key,
        href=f"/devices/{row.device_id}" if row.device_id else "",
        fields=[_field(look, row.table_name, *one) for one in fields[:_FIELDS]],
        more=max(0, len(fields) - _FIELDS),
    )


def _field(look: Look, table: str, name: str, before: Any, after: Any) -> ChangedField:
    return ChangedField(
        look.lang.gettext(field_word(name)),
        value_text(table, name, before, look.lang),
        value_text(table, name, after, look.lang),
    )


def _choices(look: Look, wanted: AuditFilter, tables: Sequence[str]) -> Sequence[Choice]:
    translate = look.lang.gettext

    def options(words: Mapping[Any, str], chosen: str) -> list[Option]:
        found = [Option(str(v), translate(text), str(v) == chosen) for v, text in words.items()]
        return [Option("", translate(N_("All")), not chosen), *found]

    return [
        Choice("table", N_("What"), options({t: table_word(t) for t in tables}, wanted.table)),
        Choice("action", N_("Done"), options(ACTIONS, wanted.action)),
        Choice("origin", N_("From where"), options(ORIGINS, wanted.origin)),
    ]
