"""Tickets by words: in the ticket itself, or in the device, the line or the school it is about.

Words that few things hold are looked up in the search index, and the tickets of those things by
their keys. Words of many are met soon along the order of the list, so the documents of its rows are
read instead. Both say the same of a ticket. See ``docs/decisions/0049-lists-of-a-city.md``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, union
from sqlmodel import Session, col

from alerts.models import Ticket
from alerts.repositories.order import loudest
from inventory.keys import among
from inventory.repositories.scoped import Page
from inventory.search.in_lists import FEW, Words

#: What holds words, by the column of a ticket that names it, and how many of them are few: schools
#: have tens of tickets, lines and devices hardly one. Those of more are met soon.
_HOLDERS: Mapping[str, tuple[str, int]] = {
    "ticket": ("id", FEW),
    "device": ("device_id", FEW),
    "line": ("line_id", FEW),
    "school": ("school_code", 200),
}
_COLUMNS = tuple(dict.fromkeys(column for column, _ in _HOLDERS.values()))
#: What the filters and the order of a list look at.
_ASKED = (
    "id",
    "school_code",
    "organisation_code",
    "state",
    "severity",
    "assignee_id",
    "opened_at",
    "number",
)
#: Of words that many tickets hold, so many are listed; who wants another asks for more words.
LISTED = 500
#: Tickets whose documents are read together, at first and later on.
PIECE, _LARGEST_PIECE = 1_000, 8_000


def in_order(of: Any) -> tuple[Any, ...]:
    """The order of lists: the loudest first, then the oldest. ``of`` has a ticket's columns."""
    return loudest(of.severity), col(of.opened_at), col(of.number)


def tickets_with(
    session: Session,
    typed: str,
    wanted: Callable[[Any], Sequence[ColumnElement[bool]]],
    *,
    paths: Sequence[str],
    offset: int,
    limit: int,
) -> Page[str]:
    """Ids of a page of the tickets that hold what somebody typed.

    Args:
        session: one that reads.
        typed: words parted by blanks; all of them are in the ticket or in one of what it is about.
        wanted: SQL for whatever else is asked for, of something with a ticket's columns.
        paths: below which all of these tickets lie.
        offset: ids to leave out.
        limit: ids of a page.
    """
    words = {kind: Words.of(kind, typed) for kind in _HOLDERS}
    pieces = _pieces(session, wanted(Ticket))
    first = next(pieces)
    found = _held(session, words, first)
    if len(first) < PIECE:
        return Page(found[offset : offset + limit], len(found))
    few = _few(session, words, paths)
    if few is not None:
        query = select(few.c.id).where(*wanted(few.c))
        ids = session.scalars(query.order_by(*in_order(few.c)).offset(offset).limit(limit)).all()
        total = session.scalar(select(func.count()).select_from(query.subquery()))
        return Page(ids, total or 0)
    for piece in pieces:
        if len(found) > LISTED:
            break
        found += _held(session, words, piece)
    listed = found[:LISTED]
    return Page(listed[offset : offset + limit], len(listed), more=len(found) > LISTED)


def _pieces(
    session: Session, conditions: Sequence[ColumnElement[bool]]
) -> Iterator[Sequence[Sequence[str | None]]]:
    """What each ticket is and is about, in the order of the list; the last piece is not full."""
    columns = [getattr(Ticket, column) for column in _COLUMNS]
    query = select(*columns).where(*conditions).order_by(*in_order(Ticket))
    start, size = 0, PIECE
    while True:
        piece = session.execute(query.offset(start).limit(size)).all()
        yield piece
        if len(piece) < size:
            return
        start, size = start + size, min(2 * size, _LARGEST_PIECE)


def _held(
    session: Session, words: Mapping[str, Words], piece: Sequence[Sequence[str | None]]
) -> list[str]:
    """Ids of those tickets of a piece that hold the words."""
    fits: set[int] = set()
    for place, kind in enumerate(_HOLDERS):
        keys = sorted({key for row in piece if (key := row[place])})
        holding = words[kind].fitting(session, keys) if keys else set()
        fits.update(number for number, row in enumerate(piece) if row[place] in holding)
    return [str(piece[number][0]) for number in sorted(fits)]


def _few(session: Session, words: Mapping[str, Words], paths: Sequence[str]) -> Any:
    """The tickets of whatever holds the words; ``None``: those are many."""
    columns = [getattr(Ticket, column) for column in _ASKED]
    parts = []
    for kind, (column, most) in _HOLDERS.items():
        keys = words[kind].few(session, paths=paths, most=most)
        if keys is None:
            return None
        parts.append(select(*columns).where(among(session, getattr(Ticket, column), keys)))
    # By itself, or a planner would begin with a filter that most tickets pass.
    return union(*parts).cte("holding").prefix_with("MATERIALIZED")
