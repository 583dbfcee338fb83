"""Lists of transfers and disposals, and the form on which one proposes them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import school_name
from controller.procuring import PERMISSIONS, actor_of, procurement_scope
from controller.words.procurement import DISPOSAL_STATES, TRANSFER_STATES, tone
from controller.words.terms import KINDS, LIFECYCLES, word
from inventory.models import (
    Device,
    DeviceTransfer,
    Disposal,
    DisposalState,
    Right,
    School,
    TransferState,
)
from inventory.procurement.disposals import DISPOSABLE
from inventory.procurement.movement_rows import (
    DisposalRepository,
    MovementRepository,
    TransferRepository,
)
from inventory.procurement.transfers import MOST_DEVICES, MOVABLE
from inventory.repositories import DeviceRepository, SchoolRepository
from inventory.scope import Scope

#: So many devices are offered at once; a search finds the others.
OFFERED = 100
#: More schools than this are named by their codes.
_MOST_SCHOOLS = 300


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One transfer or disposal of a list."""

    href: str
    number: str
    reason: str
    from_name: str
    to_name: str
    devices: int
    state: str
    tone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MovementList:
    """One page of transfers or disposals."""

    tab: str
    rows: Sequence[MovementRow]
    shown: Shown
    search: str
    choices: Sequence[Choice]
    may_propose: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """One device that could be part of it."""

    id: str
    name: str
    number: str
    kind: str
    state: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ProposalForm:
    """What is proposed for which devices; without a school, the question which one.

    Args:
        fault: why it was refused, in the reader's words.
    """

    tab: str
    school: School | None
    school_name: str
    schools: Sequence[Option]
    others: Sequence[Option]
    devices: Sequence[Offered]
    search: str
    to_school: str = ""
    reason: str = ""
    fault: str = ""
    offered: int = OFFERED


@dataclass(frozen=True, slots=True)
class AskingForm:
    """What a school asks another one for, whose devices it does not see in the register.

    Args:
        schools: of the person who asks, open ones.
        numbers: asset or serial numbers, one a line.
        fault: why it was refused, in the reader's words.
    """

    schools: Sequence[Option]
    others: Sequence[Option]
    from_school: str = ""
    numbers: str = ""
    reason: str = ""
    fault: str = ""
    most: int = MOST_DEVICES


def transfer_list(look: Look, state: str, search: str, number: int) -> MovementList:
    """Transfers from or to schools this person sees, the youngest first.

    Raises:
        PermissionDenied: this person has nothing to do with procurement.
    """
    transfers = TransferRepository(look.session, procurement_scope(look.caller))
    found = transfers.page(
        state=one_of(TransferState, state),
        search=search,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    sizes = transfers.sizes([row.id for row in found.items])
    rows = _rows(look, "transfers", found.items, sizes)
    shown = Shown(look, number, found.total)
    choices = _states(look, TRANSFER_STATES, state)
    return MovementList("transfers", rows, shown, search, choices, _may_propose(look))


def disposal_list(look: Look, state: str, search: str, number: int) -> MovementList:
    """Disposals of schools this person sees, the youngest first.

    Raises:
        PermissionDenied: this person has nothing to do with procurement.
    """
    disposals = DisposalRepository(look.session, procurement_scope(look.caller))
    found = disposals.page(
        state=one_of(DisposalState, state),
        search=search,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    sizes = disposals.sizes([row.id for row in found.items])
    rows = _rows(look, "disposals", found.items, sizes)
    shown = Shown(look, number, found.total)
    choices = _states(look, DISPOSAL_STATES, state)
    return MovementList("disposals", rows, shown, search, choices, _may_propose(look))


def _rows(
    look: Look,
    tab: str,
    found: Sequence[DeviceTransfer] | Sequence[Disposal],
    sizes: Mapping[str, int],
) -> Sequence[MovementRow]:
    ends = {row.id: _ends(row) for row in found}
    names = names_of(look, {code for both in ends.values() for code in both if code})
    return [
        MovementRow(
            f"/procurement/{tab}/{row.id}",
            row.number,
            row.reason,
            names(ends[row.id][0]),
            names(ends[row.id][1]),
            sizes[row.id],
            word(row.state),
            tone(row.state),
            row.created_at,
        )
        for row in found
    ]


def _may_propose(look: Look) -> bool:
    return look.caller.may(PERMISSIONS[Right.request])


def proposal_form(
    look: Look, tab: str, school_code: str, search: str, chosen: Collection[str]
) -> ProposalForm:
    """The form for a transfer or a disposal; a chosen device names its school.

    Raises:
        PermissionDenied: this person proposes nothing.
        NotFound: no such school or device where this person may propose.
    """
    scope = actor_of(look.caller, Right.request).scope
    picked = [_device(look, scope, one) for one in chosen]
    code = school_code or (picked[0].school_code if picked else "")
    schools = SchoolRepository(look.session, scope)
    school = schools.get(code) if code else None
    if code and school is None:
        raise NotFound
    offered: list[Device] = list(picked)
    if school is not None:
        found = MovementRepository(look.session, scope).free_at(
            school.code,
            MOVABLE if tab == "transfers" else DISPOSABLE,
            search=search,
            limit=OFFERED,
        )
        offered += [one for one in found if one.id not in set(chosen)]
    translate = look.lang.gettext
    return ProposalForm(
        tab=tab,
        school=school,
        school_name=school_name(look, school) if school else "",
        schools=[] if school else _options(look, scope),
        others=_receivers(look, code) if tab == "transfers" else [],
        devices=[
            Offered(
                one.id,
                one.name,
                one.asset_number or one.serial or "—",
                translate(KINDS[one.kind]),
                translate(LIFECYCLES[one.lifecycle]),
                one.id in chosen,
            )
            for one in offered
        ],
        search=search,
    )


def asking_form(look: Look, school_code: str = "") -> AskingForm:
    """The form on which a school asks another one for devices.

    Raises:
        PermissionDenied: this person asks for nothing.
    """
    scope = actor_of(look.caller, Right.request).scope
    schools = SchoolRepository(look.session, scope).page(on=look.today, limit=_MOST_SCHOOLS)
    return AskingForm(
        [
            Option(one.code, school_name(look, one), one.code == school_code)
            for one in schools.items
        ],
        _options(look, look.scope),
    )


def names_of(look: Look, codes: Collection[str]) -> Callable[[str], str]:
    """Names of schools by code.

    Whoever sees a transfer knows the other school by name, wherever it is.
    """
    found = SchoolRepository(look.session, Scope.everything()).named(sorted(codes))
    names = {one.code: school_name(look, one) for one in found}
    return lambda code: names.get(code, code)


def _ends(row: DeviceTransfer | Disposal) -> tuple[str, str]:
    """Codes of the schools that give and get; of a disposal nobody gets anything."""
    if isinstance(row, Disposal):
        return row.school_code, ""
    return row.from_school_code, row.to_school_code


def _states(look: Look, words: Mapping[Any, str], chosen: str) -> Sequence[Choice]:
    translate = look.lang.gettext
    options = [Option(one, translate(text), one == chosen) for one, text in words.items()]
    return [Choice("state", N_("Status"), [Option("", translate(N_("All")), not chosen), *options])]


def _device(look: Look, scope: Scope, device_id: str) -> Device:
    device = DeviceRepository(look.session, scope).get(device_id)
    if device is None:
        raise NotFound
    return device


def _receivers(look: Look, giving: str) -> Sequence[Option]:
    """Other schools, of which one that has closed takes nothing."""
    schools = SchoolRepository(look.session, look.scope).page(on=look.today, limit=_MOST_SCHOOLS)
    return [Option(one.code, school_name(look, one)) for one in schools.items if one.code != giving]


def _options(look: Look, scope: Scope) -> Sequence[Option]:
    schools = SchoolRepository(look.session, scope).page(limit=_MOST_SCHOOLS).items
    return [Option(one.code, school_name(look, one)) for one in schools]
