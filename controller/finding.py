"""What somebody may find, and the rows behind what was found.

The index says what fits; the rows are read through the repositories, within the same scopes, so
that nothing is shown by an index alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlmodel import Session

from alerts.repositories import TicketRepository, TicketRow
from alerts.search import TICKETS
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from inventory.models import Device, Line, Room, School, User
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.lines import LineRepository
from inventory.repositories.people import UserRepository
from inventory.repositories.rooms import RoomRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope
from inventory.search.finding import Fit, Match, find
from inventory.search.sources import SOURCES, Source

Row: TypeAlias = School | Device | Room | Line | User | TicketRow
#: Everything that can be found.
EVERY_SOURCE: Sequence[Source] = (*SOURCES, TICKETS)
_NEEDS: Mapping[str, Permission] = {
    "ticket": Permission.read_tickets,
    "person": Permission.manage_users,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, with its row and its school (``None`` for people)."""

    kind: str
    fit: Fit
    row: Row
    school: School | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, kind by kind, the best first; of kinds in ``more`` there are others."""

    hits: Sequence[Hit]
    more: frozenset[str]

    def best(self, most: int) -> Sequence[Hit]:
        """The best of all kinds together; kinds in their order where they fit alike."""
        return sorted(self.hits, key=lambda hit: hit.fit)[:most]


def search(
    session: Session, caller: Caller, typed: str, *, limit: int, kinds: Sequence[str] = ()
) -> Found:
    """What fits, of everything the caller may read.

    Args:
        session: one that reads.
        caller: each kind is looked for where this person may read it.
        typed: by a person.
        limit: most of each kind.
        kinds: only these; empty for all.
    """
    within = [
        (source, caller.scope(_NEEDS.get(source.kind, Permission.read)))
        for source in EVERY_SOURCE
        if not kinds or source.kind in kinds
    ]
    found = find(session, typed, within, limit=limit)
    scopes = {source.kind: scope for source, scope in within}
    hits: list[Hit] = []
    for kind, matches in found.items():
        rows = _rows(session, kind, scopes[kind], [match.ref for match in matches.items])
        schools = _schools(session, scopes[kind], matches.items)
        hits += [
            Hit(kind, match.fit, rows[match.ref], schools.get(match.school_code or ""))
            for match in matches.items
            if match.ref in rows
        ]
    return Found(hits, frozenset(kind for kind, matches in found.items() if matches.more))


def _schools(session: Session, scope: Scope, matches: Sequence[Match]) -> Mapping[str, School]:
    codes = sorted({match.school_code for match in matches if match.school_code})
    found = SchoolRepository(session, scope).named(codes) if codes else ()
    return {school.code: school for school in found}


def _rows(session: Session, kind: str, scope: Scope, refs: Sequence[str]) -> Mapping[str, Row]:
    if kind == "school":
        return {row.code: row for row in SchoolRepository(session, scope).named(refs)}
    if kind == "device":
        return {row.id: row for row in DeviceRepository(session, scope).named(refs)}
    if kind == "room":
        return {row.id: row for row in RoomRepository(session, scope).named(refs)}
    if kind == "line":
        return {row.id: row for row in LineRepository(session, scope).named(refs)}
    if kind == "person":
        return {row.id: row for row in UserRepository(session, scope).named(refs)}
    return {row.ticket.id: row for row in TicketRepository(session, scope).named(refs)}
