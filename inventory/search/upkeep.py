"""Documents follow the register: triggers note what has changed, and this writes it anew.

A session of the application does so before its commit, in the same transaction, for whatever its
flushes touched (:func:`keep_documents`), up to ``AT_ONCE`` things. What others wrote, a release
before this one or a bulk import, is still noted, and a job writes it within seconds
(:func:`write_stale` again and again). See ``docs/decisions/0047-search-index.md``.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import delete, event, func, insert, inspect, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlmodel import Session

from inventory.database import SessionFactory
from inventory.models.search import SearchDocument, SearchStale
from inventory.search.sources import Entry, Source
from inventory.search.terms import fold, kind_term, place_terms, terms_of

#: Things that are written in one go.
AT_ONCE = 1_000
#: Tables whose triggers note something.
TABLES = frozenset(
    {"device", "device_mac", "school", "room", "line", "ticket", "app_user", "role_grant"}
)
_TOUCHED = "search_touched"
_CHUNK = 500
_DOCUMENT: Any = inspect(SearchDocument).local_table
_STALE: Any = inspect(SearchStale).local_table
_COLUMNS = ("school_code", "words", "terms")
#: SQLite's full text table writes out what it has gathered with every statement: row by row, a
#: thousand documents took ten seconds.
_MAKE_OF_JSON = text(
    "INSERT INTO search_document (kind, ref, school_code, words, terms)"
    " SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4"
    " FROM json_each(:rows) WHERE true ON CONFLICT (kind, ref) DO UPDATE"
    " SET school_code = excluded.school_code, words = excluded.words, terms = excluded.terms"
)


def keep_documents(factory: SessionFactory, sources: Sequence[Source]) -> None:
    """Let sessions of this factory bring documents up to date before they commit."""

    @event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        if any(
            getattr(type(row), "__tablename__", "") in TABLES
            for rows in (session.new, session.dirty, session.deleted)
            for row in rows
        ):
            touch(session)

    @event.listens_for(factory, "do_orm_execute")
    def _executed(state: ORMExecuteState) -> None:
        mapper = state.bind_mapper
        if (
            (state.is_insert or state.is_update or state.is_delete)
            and mapper is not None
            and getattr(mapper.class_, "__tablename__", "") in TABLES
        ):
            touch(state.session)

    @event.listens_for(factory, "before_commit")
    def _commits(session: Session) -> None:
        # Of a transaction within another one, the outer one's commit is soon enough.
        if session.in_nested_transaction():
            return
        session.flush()
        if session.info.pop(_TOUCHED, False):
            write_stale(session, sources)

    @event.listens_for(factory, "after_soft_rollback")
    def _rolled_back(session: Session, _previous: object) -> None:
        if not session.in_transaction():
            session.info.pop(_TOUCHED, None)


def touch(session: Any) -> None:
    """Say that this transaction changed things around the models."""
    session.info[_TOUCHED] = True


def write_stale(session: Session, sources: Sequence[Source], most: int = AT_ONCE) -> int:
    """Write documents of what is noted, in the caller's transaction; flushes, never commits.

    Args:
        session: one that writes.
        sources: what there is to be found.
        most: notes that are looked at; several may speak of one thing.

    Returns:
        How many notes were done with; fewer than ``most``: there are no others.
    """
    by_kind = {source.kind: source for source in sources}
    query = (
        select(_STALE.c.id, _STALE.c.kind, _STALE.c.ref)
        .where(_STALE.c.kind.in_(sorted(by_kind)))
        .order_by(_STALE.c.id)
        .limit(most)
        # What another transaction is at just now is its business.
        .with_for_update(skip_locked=True)
    )
    connection = session.connection()
    notes = connection.execute(query).all()
    noted: dict[str, set[str]] = defaultdict(set)
    for _, kind, ref in notes:
        noted[kind].add(ref)
    for kind in sorted(noted):
        for refs in _chunks(sorted(noted[kind])):
            _write(session, by_kind[kind], refs)
    for ids in _chunks([note[0] for note in notes]):
        connection.execute(delete(_STALE).where(_STALE.c.id.in_(ids)))
    return len(notes)


def anything_stale(session: Session) -> bool:
    """Whether something is noted."""
    return session.execute(select(_STALE.c.id).limit(1)).first() is not None


def mark_everything(session: Session, sources: Sequence[Source]) -> int:
    """Note everything there is and every document, so that all are written anew.

    Flushes, never commits; returns how many there are to write.
    """
    connection = session.connection()
    connection.execute(delete(_STALE))
    columns = ["kind", "ref"]
    for source in sources:
        keys = source.keys().add_columns(literal(source.kind)).subquery()
        made = select(keys.c[1], keys.c[0])
        connection.execute(insert(_STALE).from_select(columns, made))
        gone = select(_DOCUMENT.c.kind, _DOCUMENT.c.ref).where(
            _DOCUMENT.c.kind == source.kind, _DOCUMENT.c.ref.not_in(select(keys.c[0]))
        )
        connection.execute(insert(_STALE).from_select(columns, gone))
    return connection.execute(select(func.count()).select_from(_STALE)).scalar_one()


def _write(session: Session, source: Source, refs: Sequence[str]) -> None:
    connection = session.connection()
    # Locked before anything is read: of two who change one thing, the later sees the earlier.
    known = connection.execute(
        select(_DOCUMENT.c.ref, _DOCUMENT.c.id, _DOCUMENT.c.words, _DOCUMENT.c.terms)
        .add_columns(_DOCUMENT.c.school_code)
        .where(_DOCUMENT.c.kind == source.kind, _DOCUMENT.c.ref.in_(refs))
        .order_by(_DOCUMENT.c.id)
        .with_for_update()
    )
    before = {ref: (id_, row) for ref, id_, *row in known}
    written: list[tuple[str | None, ...]] = []
    for entry in source.entries(session, refs):
        school, words, terms = _values(source.kind, entry)
        id_, row = before.pop(entry.ref, (None, None))
        if id_ is None or row != [words, terms, school]:
            written.append((source.kind, entry.ref, school, words, terms))
    if before:
        gone = [id_ for id_, _ in before.values()]
        connection.execute(delete(_DOCUMENT).where(_DOCUMENT.c.id.in_(gone)))
    if not written:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(_MAKE_OF_JSON, {"rows": msgspec.json.encode(written).decode()})
    else:
        names = ("kind", "ref", *_COLUMNS)
        rows = [dict(zip(names, values, strict=True)) for values in written]
        connection.execute(_make(), rows)


@cache
def _make() -> Any:
    statement = postgresql.insert(_DOCUMENT)
    return statement.on_conflict_do_update(
        index_elements=["kind", "ref"],
        set_={name: statement.excluded[name] for name in _COLUMNS},
    )


def _values(kind: str, entry: Entry) -> tuple[str | None, str, str]:
    texts = [one for one in entry.texts if one]
    lines = dict.fromkeys(filter(None, map(fold, texts)))
    terms = {kind_term(kind), *terms_of(texts)}
    for path in entry.paths:
        terms.update(place_terms(path))
    return entry.school_code, "\n".join(lines), " ".join(sorted(terms))


def _chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, _CHUNK)):
        yield some
