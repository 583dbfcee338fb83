"""``/search``: one question to everything the caller may read."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.schemas import PROBLEMS, Schema
from controller.deps import CurrentCaller, DbSession
from controller.finding import Hit, search
from inventory.models import Device, Line, Room, School, User
from inventory.search.finding import Fit

router = APIRouter(prefix="/search", tags=["search"], responses=PROBLEMS)


class FoundKind(StrEnum):
    """What a hit is."""

    school = "school"
    device = "device"
    room = "room"
    line = "line"
    person = "person"
    ticket = "ticket"


class HitOut(Schema):
    """Something that was found.

    ``id`` is its key (of a school its code, of a ticket its number is ``name`` where nobody gave it
    a title); ``fit`` says whether a name or number of it is what was typed (``exact``), begins with
    it (``beginning``), or all words are somewhere in it (``words``).
    """

    kind: FoundKind
    id: str
    name: str
    detail: str
    school_code: str | None
    school_name: str | None
    fit: str


class SearchOut(Schema):
    """Hits kind by kind, the best first; of the kinds in ``more`` there are others."""

    items: list[HitOut]
    more: list[FoundKind]


@router.get("")
def search_everything(
    session: DbSession,
    caller: CurrentCaller,
    q: Annotated[
        str,
        Query(
            max_length=100,
            description="Words that must all be there, in any order and with any separators;"
            " two Chinese characters, two of another script that begin a word, or a whole number.",
        ),
    ],
    kind: Annotated[list[FoundKind] | None, Query(description="Only these kinds.")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="Hits of a kind at most.")] = 10,
) -> SearchOut:
    """Schools, devices, rooms, lines, people and tickets by parts of their names and numbers.

    Searched are: of a school code, names and address; of a device name, asset number, serial
    number, address, hardware addresses, vendor, model, custodian and id; of a room name and
    building; of a line circuit and provider; of a person login and name; of a ticket number and
    title.
    """
    kinds = [one.value for one in kind or ()]
    found = search(session, caller, q, limit=limit, kinds=kinds)
    more = [one for one in FoundKind if one.value in found.more]
    return SearchOut(items=[_shown(hit) for hit in found.hits], more=more)


def _shown(hit: Hit) -> HitOut:
    key, name, *details = _told(hit)
    return HitOut(
        kind=FoundKind(hit.kind),
        id=key,
        name=name,
        detail=" ".join(filter(None, details)),
        school_code=hit.school.code if hit.school else None,
        school_name=hit.school.name if hit.school else None,
        fit=Fit(hit.fit).name,
    )


def _told(hit: Hit) -> tuple[str | None, ...]:
    row = hit.row
    if isinstance(row, School):
        return row.code, row.name, row.name_en
    if isinstance(row, Device):
        return row.id, row.name, row.vendor, row.model, row.serial, row.address
    if isinstance(row, Room):
        return row.id, row.name, row.building
    if isinstance(row, Line):
        return row.id, row.circuit, row.provider
    if isinstance(row, User):
        return row.id, row.name or row.login, row.login
    ticket = row.ticket
    return ticket.id, ticket.title or f"#{ticket.number}", row.device.name if row.device else None
