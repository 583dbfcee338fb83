"""The work list of contradictions between network and register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import people_names, room_name, school_choice, school_name
from controller.procuring import PERMISSIONS
from controller.words.reconciliation import KINDS, RESOLUTIONS, SOURCES, STATES, TRANSFER
from controller.words.terms import LIFECYCLES
from inventory.models import (
    Contradiction,
    ItemState,
    Lifecycle,
    ReconciliationItem,
    Resolution,
    Right,
)
from inventory.reconciliation.desk import INSTEAD, OFFERED
from inventory.reconciliation.repository import ItemRow, ReconciliationRepository
from inventory.repositories import RoomRepository

_ORDER = tuple(RESOLUTIONS)
_IGNORED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Row:
    """One contradiction; ``registered`` and ``shown`` are in the reader's words."""

    item: ReconciliationItem
    kind: str
    school_name: str
    device_id: str | None
    device_name: str
    registered: str
    shown: str
    source: str
    state: str
    tone: str
    decided_by: str
    resolution: str


@dataclass(frozen=True, slots=True)
class WorkList:
    """One page of the list, with how many of each kind wait."""

    rows: Sequence[Row]
    shown: Shown
    choices: Sequence[Choice]
    counts: Sequence[tuple[Contradiction, str, int]]
    filtered: bool


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One contradiction with what can be said to it."""

    row: Row
    offered: Sequence[tuple[Resolution, str]]
    rooms: Sequence[Option]
    instead: Sequence[tuple[Lifecycle, str]]
    until: str
    takes_room: bool
    takes_lifecycle: bool


def work_list(look: Look, state: str, kind: str, school: str, number: int) -> WorkList:
    """One page of contradictions in schools whose access the reader manages."""
    scope = look.caller.require(Permission.manage_access)
    repository = ReconciliationRepository(look.session, scope)
    wanted = one_of(ItemState, state) or ItemState.open
    page = repository.page(
        state=wanted,
        kind=one_of(Contradiction, kind),
        school=school or None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    people = people_names(look, (row.item.decided_by for row in page.items))
    counted = repository.count_open()
    translate = look.lang.gettext
    kinds = [Option(key, translate(word), key == kind) for key, word in KINDS.items()]
    return WorkList(
        rows=[_row(look, row, people) for row in page.items],
        shown=Shown(look, number, page.total),
        choices=[
            Choice(
                "state",
                N_("Status"),
                [Option(key, translate(word), key is wanted) for key, (word, _) in STATES.items()],
            ),
            Choice("kind", N_("Contradiction"), [Option("", translate(N_("All"))), *kinds]),
            *school_choice(look, school),
        ],
        counts=[(key, KINDS[key], number) for key, number in counted.items() if number],
        filtered=bool(kind or school) or wanted is not ItemState.open,
    )


def item_page(look: Look, item_id: str) -> ItemPage:
    """One contradiction.

    Raises:
        NotFound: no such one within the reader's scope.
    """
    scope = look.caller.require(Permission.manage_access)
    found = ReconciliationRepository(look.session, scope).row(item_id)
    if found is None:
        raise NotFound
    item = found.item
    over = item.state in (ItemState.resolved, ItemState.gone)
    offered = () if over else [one for one in _ORDER if one in OFFERED[item.kind]]
    if not look.caller.may(Permission.open_tickets):
        offered = [one for one in offered if one is not Resolution.ticket]
    if item.kind is Contradiction.wrong_school and not look.caller.may(PERMISSIONS[Right.request]):
        offered = [one for one in offered if one is not Resolution.accept]
    takes_room = item.kind in (Contradiction.wrong_room, Contradiction.unknown_device)
    rooms = RoomRepository(look.session, scope).at_school(item.school_code) if takes_room else ()
    return ItemPage(
        row=_row(look, found, people_names(look, [item.decided_by])),
        offered=[(one, _said_word(item, one)) for one in offered],
        rooms=[Option(room.id, room_name(room), room.id == item.room_id) for room in rooms],
        instead=[(one, LIFECYCLES[one]) for one in INSTEAD],
        until=(look.today + _IGNORED_FOR).isoformat(),
        takes_room=takes_room,
        takes_lifecycle=item.kind is Contradiction.missing,
    )


def _said_word(item: ReconciliationItem, resolution: Resolution) -> str:
    if item.kind is Contradiction.wrong_school and resolution is Resolution.accept:
        return TRANSFER
    return RESOLUTIONS[resolution]


def _row(look: Look, row: ItemRow, people: Mapping[str, str]) -> Row:
    item = row.item
    translate = look.lang.gettext
    registered = item.registered
    if item.kind in (Contradiction.lifecycle, Contradiction.missing):
        lifecycle = one_of(Lifecycle, registered)
        # What another release called a state is shown as it is written.
        registered = translate(LIFECYCLES[lifecycle]) if lifecycle else registered
    return Row(
        item=item,
        kind=KINDS[item.kind],
        school_name=school_name(look, row.school),
        device_id=row.device.id if row.device else None,
        device_name=row.device.name if row.device else "",
        registered=registered,
        shown=item.shown,
        source=SOURCES.get(item.source, item.source),
        state=STATES[item.state][0],
        tone=STATES[item.state][1],
        decided_by=people.get(item.decided_by or "", ""),
        resolution=RESOLUTIONS[item.resolution] if item.resolution else "",
    )
