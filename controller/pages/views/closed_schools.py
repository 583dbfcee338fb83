"""What still stands in the ledgers of closed schools, and is to be moved or disposed of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from controller.pages.look import Look
from controller.pages.views.acts import NEEDS, WORDS, Act
from controller.pages.views.choices import PAGE_LENGTH, Choice, Shown
from controller.pages.views.names import county_choice, path_below, school_name
from controller.words.terms import LIFECYCLES
from inventory.models import Lifecycle
from inventory.procurement.disposals import DISPOSABLE
from inventory.procurement.movement_rows import MovementRepository
from inventory.procurement.transfers import MOVABLE
from inventory.repositories.schools import LeftBehind, SchoolRepository

#: What can be done with what is left, and with devices in which states.
_STEPS = ((Act.transfer, MOVABLE), (Act.disposal, DISPOSABLE))


@dataclass(frozen=True, slots=True)
class LinkedCount:
    """Devices in one state, and the list of them."""

    text: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done with all devices of a school at once."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class ClosedSchool:
    """A school that has closed.

    Args:
        successor: code and name of the school that goes on; empty where none does.
        held: devices that a transfer or a disposal holds already.
        steps: what the reader may do with the rest.
    """

    code: str
    name: str
    closed_on: date
    successor: tuple[str, str]
    states: Sequence[LinkedCount]
    devices: int
    held: int
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class ClosedSchools:
    """One page of them; ``devices`` of all pages."""

    rows: Sequence[ClosedSchool]
    choices: Sequence[Choice]
    devices: int
    shown: Shown


def closed_schools_view(look: Look, county: str, page: int) -> ClosedSchools:
    """Closed schools with devices in their ledgers, those that closed last first."""
    schools = SchoolRepository(look.session, look.scope)
    found = schools.left_behind(look.today, path_below(look, county))
    shown = Shown(look, min(page, max(1, -(-len(found) // PAGE_LENGTH))), len(found))
    start = (shown.number - 1) * PAGE_LENGTH
    some = found[start : start + PAGE_LENGTH]
    after = sorted({one.school.successor_code for one in some if one.school.successor_code})
    names = {one.code: school_name(look, one) for one in schools.named(after)}
    held = MovementRepository(look.session, look.scope).held_at([one.school.code for one in some])
    return ClosedSchools(
        rows=[_row(look, one, names, held.get(one.school.code, 0)) for one in some],
        choices=county_choice(look, county),
        devices=sum(sum(one.devices.values()) for one in found),
        shown=shown,
    )


def _row(look: Look, left: LeftBehind, names: Mapping[str, str], held: int) -> ClosedSchool:
    school = left.school
    after = school.successor_code or ""
    return ClosedSchool(
        code=school.code,
        name=school_name(look, school),
        closed_on=school.closed_on or look.today,
        successor=(after, names.get(after, after)),
        states=[
            LinkedCount(LIFECYCLES[state], count, _list(school.code, state))
            for state, count in left.devices.items()
        ],
        devices=sum(left.devices.values()),
        held=held,
        steps=list(_steps(look, left)),
    )


def _steps(look: Look, left: LeftBehind) -> Iterator[Step]:
    """Steps the reader may take, each with all devices in one state."""
    translate, school = look.lang.gettext, left.school
    for act, states in _STEPS:
        if any(map(look.caller.may, NEEDS[act])):
            to = (school.successor_code or "") if act is Act.transfer else ""
            for state in left.devices:
                if state in states:
                    yield Step(
                        f"{translate(WORDS[act])}: {translate(LIFECYCLES[state])}",
                        _chosen(act, school.code, state, to),
                    )


def _chosen(act: Act, school: str, state: Lifecycle, to: str) -> str:
    asked = {"act": act.value, "all": "1", "school": school, "life": state.value, "to_school": to}
    return "/devices/chosen?" + urlencode({key: value for key, value in asked.items() if value})


def _list(school: str, state: Lifecycle) -> str:
    return "/devices?" + urlencode({"school": school, "life": state.value})
