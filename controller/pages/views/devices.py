"""The list of devices: searched, filtered, sorted, paged by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.acts import MOST_AT_ONCE, acts_of
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.ledger_filter import NO_LEDGER, LedgerFilter, ledger_choices
from controller.pages.views.names import county_choice, name_of, path_below, school_choice
from controller.pages.views.states import status_word
from controller.words.terms import KINDS
from drivers.readings import Kind
from inventory.repositories.devices import (
    DeviceQuestion,
    DeviceRepository,
    DeviceSort,
    ListedDevice,
)
from inventory.repositories.devices import DeviceRow as Found
from inventory.repositories.scoped import Page
from inventory.status import Status

#: Pages of a list: whoever wants another device sorts or filters. Counting rows to page 4,000 would
#: take as long as everything else together.
_PAGES = 200
#: Parameters of a page of the list, and not of its filter.
_OF_THE_PAGE = frozenset({"page", "lang"})
_COLUMNS: Mapping[DeviceSort, str] = {
    DeviceSort.name: N_("Device"),
    DeviceSort.status: N_("Status"),
    DeviceSort.since: N_("Since"),
    DeviceSort.kind: N_("Kind"),
    DeviceSort.school: N_("School"),
    DeviceSort.address: N_("Address"),
    DeviceSort.warranty: N_("Warranty until"),
}


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What was asked for, as it stands in the address; words nobody knows count for nothing."""

    search: str = ""
    kind: str = ""
    status: str = ""
    school: str = ""
    county: str = ""
    sort: DeviceSort = DeviceSort.status
    descending: bool = False
    ledger: LedgerFilter = NO_LEDGER

    @property
    def is_any(self) -> bool:
        return any((self.search, self.kind, self.status, self.school, self.county))


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; ``direction`` is the value of ``aria-sort`` where the list is sorted by it."""

    text: str
    href: str
    direction: str


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of the list."""

    id: str
    name: str
    model: str
    status: Status
    since: datetime | None
    kind: Kind
    school_code: str
    school_name: str
    address: str
    warranty_until: date | None


@dataclass(frozen=True, slots=True)
class DeviceList:
    """One page of the list.

    Args:
        asked: parameters of the filter, for a form that asks for the same.
        acts: what may be done with those that are ticked.
        whole: how many fit, where all of them are few enough for one step and more than are shown.
    """

    rows: Sequence[DeviceRow]
    shown: Shown
    filter: DeviceFilter
    choices: Sequence[Choice]
    columns: Sequence[Column]
    filtered: bool
    here: str
    asked: Sequence[tuple[str, str]]
    acts: Sequence[Option]
    whole: int


def device_list(look: Look, wanted: DeviceFilter, number: int) -> DeviceList:
    """One page of the devices that fit."""
    number = min(number, _PAGES)
    found = DeviceRepository(look.session, look.scope).listed(
        asked_of(look, wanted),
        now=look.now,
        cadence=look.cadence,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    return DeviceList(
        rows=[_row(look, row) for row in found.items],
        shown=Shown(look, number, found.total, more=found.more, most=_PAGES),
        filter=wanted,
        choices=_choices(look, wanted),
        columns=[_column(look, wanted, sort) for sort in _COLUMNS],
        filtered=wanted.is_any or wanted.ledger.is_any,
        here=look.here,
        asked=[
            (name, value)
            for name, value in look.request.query_params.items()
            if value and name not in _OF_THE_PAGE
        ],
        acts=acts_of(look),
        whole=found.total if not found.more and PAGE_LENGTH < found.total <= MOST_AT_ONCE else 0,
    )


def found_devices(look: Look, wanted: DeviceFilter, *, offset: int, limit: int) -> Page[Found]:
    """Some of the devices that fit, in the order that is asked for."""
    return DeviceRepository(look.session, look.scope).page(
        now=look.now,
        cadence=look.cadence,
        search=wanted.search,
        kind=one_of(Kind, wanted.kind),
        status=one_of(Status, wanted.status),
        lifecycle=wanted.ledger.lifecycle,
        school=wanted.school or None,
        wish=wanted.ledger.wish(look.today),
        under=path_below(look, wanted.county),
        sort=wanted.sort,
        descending=wanted.descending,
        offset=offset,
        limit=limit,
    )


def asked_of(look: Look, wanted: DeviceFilter) -> DeviceQuestion:
    """What a filter asks of the register."""
    return DeviceQuestion(
        search=wanted.search,
        kind=one_of(Kind, wanted.kind),
        status=one_of(Status, wanted.status),
        lifecycle=wanted.ledger.lifecycle,
        school=wanted.school or None,
        wish=wanted.ledger.wish(look.today),
        under=path_below(look, wanted.county),
        sort=wanted.sort,
        descending=wanted.descending,
    )


def _row(look: Look, row: ListedDevice) -> DeviceRow:
    return DeviceRow(
        id=row.id,
        name=row.name,
        model=" ".join(part for part in (row.vendor, row.model) if part),
        status=row.status,
        since=row.since,
        kind=row.kind,
        school_code=row.school_code,
        school_name=name_of(look, row.school_name, row.school_name_en),
        address=row.address or row.mqtt_client or "",
        warranty_until=row.warranty_until,
    )


def _choices(look: Look, wanted: DeviceFilter) -> Sequence[Choice]:
    translate = look.lang.gettext
    kinds = [Option(k.value, translate(text), k == wanted.kind) for k, text in KINDS.items()]
    statuses = [Option(s.value, translate(status_word(s)), s == wanted.status) for s in Status]
    everything = translate(N_("All"))
    return [
        Choice("kind", N_("Kind"), [Option("", everything, not wanted.kind), *kinds]),
        Choice("status", N_("Status"), [Option("", everything, not wanted.status), *statuses]),
        *county_choice(look, wanted.county),
        *school_choice(look, wanted.school),
        *ledger_choices(look, wanted.ledger),
    ]


def _column(look: Look, wanted: DeviceFilter, sort: DeviceSort) -> Column:
    here = wanted.sort is sort
    turned = here and not wanted.descending
    direction = ("descending" if wanted.descending else "ascending") if here else ""
    href = look.link({"sort": sort.value, "desc": "1" if turned else "", "page": ""})
    return Column(_COLUMNS[sort], href, direction)
