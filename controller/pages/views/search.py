"""What was found, as links: the few best while somebody types, and all by kind on a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.messages import ticket_title
from alerts.repositories import TicketRow
from controller.finding import Hit, search
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.alerts import subject_of
from controller.pages.views.names import line_name, school_name
from controller.words.terms import word
from inventory.models import Device, Line, Room, School, User
from inventory.search.finding import asks_enough

#: Hits of a kind: beside others, when only this kind is asked for, and under the box.
_BESIDE, _ALONE, _SUGGESTED = 10, 50, 8
#: What a kind is called, and its picture.
_KINDS: Mapping[str, tuple[str, str]] = {
    "school": (N_("Schools"), "school"),
    "device": (N_("Devices"), "device-desktop"),
    "room": (N_("Rooms"), "building"),
    "line": (N_("Internet lines"), "network"),
    "person": (N_("People"), "user"),
    "ticket": (N_("Tickets"), "tool"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One hit; ``href`` is empty for what has no page."""

    kind: str
    icon: str
    href: str
    name: str
    detail: str
    school: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind; ``more`` is the address of more of them, if there are any."""

    kind: str
    title: str
    icon: str
    links: Sequence[Link]
    more: str
    #: Whether there are even more than can be shown.
    cut: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What a page or the suggestions show; ``too_short``: nothing but whole numbers was sought."""

    typed: str
    groups: Sequence[Group]
    best: Sequence[Link]
    too_short: bool
    everything: str


def results(look: Look, typed: str, kind: str) -> Results:
    """What fits what somebody typed; of one kind if there is such a kind."""
    suggests = look.request.headers.get("hx-target") == "suggestions"
    only = (kind,) if kind in _KINDS else ()
    most = _SUGGESTED if suggests else _ALONE if only else _BESIDE
    found = search(look.session, look.caller, typed, limit=most, kinds=only)
    groups: list[Group] = []
    if not suggests:
        for one, (title, icon) in _KINDS.items():
            links = [_link(look, hit) for hit in found.hits if hit.kind == one]
            if links:
                more = one in found.more
                further = look.link({"kind": one}, path="/search") if more and not only else ""
                groups.append(Group(one, title, icon, links, further, more and bool(only)))
    return Results(
        typed=typed.strip(),
        groups=groups,
        best=[_link(look, hit) for hit in found.best(_SUGGESTED)] if suggests else [],
        too_short=bool(typed.strip()) and not asks_enough(typed),
        everything=look.link({"kind": ""}, path="/search"),
    )


def _link(look: Look, hit: Hit) -> Link:
    href, name, *details = _told(look, hit)
    school = school_name(look, hit.school) if hit.school and hit.kind != "school" else ""
    _, icon = _KINDS[hit.kind]
    return Link(hit.kind, icon, href, name, " · ".join(filter(None, details)), school)


def _told(look: Look, hit: Hit) -> tuple[str, ...]:
    row, code = hit.row, hit.school.code if hit.school else ""
    if isinstance(row, School):
        return f"/schools/{row.code}", school_name(look, row), row.code, row.address
    if isinstance(row, Device):
        return f"/devices/{row.id}", row.name, *_device_details(look, row)
    if isinstance(row, Room):
        return f"/devices?room={row.id}", row.name, row.building
    if isinstance(row, Line):
        return f"/schools/{code}#lines-title", line_name(look, row)
    if isinstance(row, User):
        return "", row.name or row.login, row.login
    return _ticket(look, row)


def _device_details(look: Look, device: Device) -> tuple[str, ...]:
    made = " ".join(part for part in (device.vendor, device.model) if part)
    numbers = (device.asset_number, device.serial, device.address, device.custodian)
    return look.lang.gettext(word(device.kind)), made, *(number or "" for number in numbers)


def _ticket(look: Look, row: TicketRow) -> tuple[str, ...]:
    about = subject_of(look, row)
    title = ticket_title(row.ticket, about, look.lang.gettext)
    state = look.lang.gettext(word(row.ticket.state))
    return f"/tickets/{row.ticket.id}", f"#{row.ticket.number} {title}", state, about
