"""Questions are answered from documents, within scopes, the same on SQLite and PostgreSQL.

An index says which documents hold all terms of a question; their folded texts are then compared
with its words. Nobody asks for more than the best few, so at most ``ENOUGH`` documents of a kind
are read. When there are more, those that are the question, or begin like it, are asked for by
themselves: the number somebody typed comes first however many things contain it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Text, cast, column, func, literal, literal_column, select, table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from inventory.models.search import SearchDocument
from inventory.scope import Scope
from inventory.search.sources import Source
from inventory.search.terms import Question, joined, kind_term, place_term, question

#: Documents of a kind that are read for one question.
ENOUGH = 200
_LONG = 1_000
_SCANS = "enable_seqscan"
_TERMS: Any = ARRAY(Text)
#: In so many words, or no plan that is kept would see that there is an index over it.
_BLANK: Any = literal_column("' '")
#: SQLite's full text table, and the hidden column by which it is asked.
_FTS = table("search_fts", column("rowid"))
_FTS_ITSELF: Any = literal_column("search_fts")


class Fit(IntEnum):
    """How well something fits; the best comes first."""

    #: A name or number of it is the question.
    exact = 0
    #: One begins with it.
    beginning = 1
    #: All its words are somewhere.
    words = 2


@dataclass(frozen=True, slots=True)
class Match:
    """Something that was found."""

    kind: str
    ref: str
    school_code: str | None
    fit: Fit
    #: Characters of the shortest text that holds the question: names before descriptions.
    length: int


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found of one kind, the best first; ``more``: there are others beyond these."""

    items: Sequence[Match]
    more: bool


def find(
    session: Session, typed: str, within: Sequence[tuple[Source, Scope]], *, limit: int = 10
) -> Mapping[str, Matches]:
    """What fits a question, by kind, in the order of ``within``; kinds without a match are absent.

    Args:
        session: one that reads.
        typed: by a person; words parted by blanks must all be there, in any order.
        within: what is asked for, each within its own scope.
        limit: most matches of a kind.
    """
    asked = question(typed)
    if not asked.whole:
        return {}
    found: dict[str, Matches] = {}
    together = joined(asked)
    with using_indices(session):
        for source, scope in within:
            if not scope.prefixes:
                continue
            matches = _of_kind(session, source, scope, asked, limit)
            if together is not None and len(matches.items) < limit:
                others = _of_kind(session, source, scope, together, limit)
                both = [*matches.items, *others.items]
                matches = _best(both, limit, more=matches.more or others.more)
            if matches.items:
                found[source.kind] = matches
    return found


def asks_enough(typed: str) -> bool:
    """Whether words can be looked for; else only names and numbers that are the question."""
    return bool(question(typed).terms)


def _of_kind(
    session: Session, source: Source, scope: Scope, asked: Question, limit: int
) -> Matches:
    places = tuple(map(place_term, () if "/" in scope.prefixes else scope.prefixes))
    said = [col(SearchDocument.words).contains(word) for word in asked.words]

    def read(terms: Iterable[str], most: int) -> list[Any]:
        held = holding(session, (kind_term(source.kind), *terms), places)
        # First what the index says, then what the register says of a few.
        some = held.where(*said).limit(most).subquery()
        visible = source.visible(scope, some.c.ref, some.c.school_code)
        return list(session.execute(select(some).where(visible)))

    rows = read(asked.terms, ENOUGH + 1) if asked.terms else []
    more = len(rows) > ENOUGH
    if more or not asked.terms:
        rows += read([asked.exact], ENOUGH)
    found = [_match(source.kind, asked, *row) for row in rows]
    # Unless as many as are ever read begin like it already: frequent words are looked up slowly.
    if more and sum(match.fit <= Fit.beginning for match in found) < ENOUGH:
        begin = read([*asked.terms, asked.beginning], ENOUGH)
        found += [_match(source.kind, asked, *row) for row in begin]
    if not asked.terms:
        found = [match for match in found if match.fit is Fit.exact]
    return _best(found, limit, more=more)


@contextmanager
def using_indices(session: Session) -> Iterator[None]:
    """Have PostgreSQL look terms up; what it was told before holds again afterwards.

    It takes terms to have nothing to do with each other, hopes for the first few hundred rows soon
    when they are frequent, and goes through the whole table for a kind that has none of them.
    """
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    off = func.set_config(_SCANS, "off", literal(True))
    before = session.execute(select(func.current_setting(_SCANS), off)).one()[0]
    yield
    # Not when something failed: the transaction answers nothing then, and takes this with it.
    session.execute(select(func.set_config(_SCANS, before, literal(True))))


def holding(session: Session, all_of: Sequence[str], one_of: Sequence[str]) -> Any:
    """Documents that have all these terms, and one of those if there are any; by the index."""
    columns = col(SearchDocument.ref), col(SearchDocument.school_code), col(SearchDocument.words)
    if session.get_bind().dialect.name == "postgresql":
        terms = func.string_to_array(col(SearchDocument.terms), _BLANK, type_=_TERMS)
        query = select(*columns).where(terms.contains(cast(list(all_of), _TERMS)))
        return query.where(terms.overlap(cast(list(one_of), _TERMS))) if one_of else query
    # Row by row as the index has them, so that a limit ends it.
    return (
        select(*columns)
        .join_from(_FTS, SearchDocument, col(SearchDocument.id) == _FTS.c.rowid)
        .where(_matching(all_of, one_of))
    )


def indexed(session: Session, all_of: Sequence[str], one_of: Sequence[str]) -> Any:
    """The same without looking at any document: a one for each."""
    one: Any = literal_column("1")
    if session.get_bind().dialect.name == "postgresql":
        return holding(session, all_of, one_of).with_only_columns(one)
    return select(one).select_from(_FTS).where(_matching(all_of, one_of))


def _matching(all_of: Sequence[str], one_of: Sequence[str]) -> Any:
    """SQLite's words for "has all of these terms, and one of those"."""
    asked = " AND ".join(f'"{term}"' for term in all_of)
    if one_of:
        asked += " AND (" + " OR ".join(f'"{term}"' for term in one_of) + ")"
    return _FTS_ITSELF.op("MATCH")(asked)


def _match(kind: str, asked: Question, ref: str, school_code: str | None, words: str) -> Match:
    fits = min(_fit(asked, line) for line in words.split("\n"))
    return Match(kind, ref, school_code, *fits)


def _fit(asked: Question, line: str) -> tuple[Fit, int]:
    if line == asked.whole:
        return Fit.exact, len(line)
    if line.startswith(asked.whole):
        return Fit.beginning, len(line)
    holds = any(word in line for word in asked.words)
    return Fit.words, len(line) if holds else _LONG


def _best(found: Iterable[Match], limit: int, *, more: bool) -> Matches:
    by_ref: dict[str, Match] = {}
    for match in found:
        known = by_ref.get(match.ref, match)
        by_ref[match.ref] = min(match, known, key=_order)
    items = sorted(by_ref.values(), key=_order)
    return Matches(items[:limit], more or len(items) > limit)


def _order(match: Match) -> tuple[int, int, str]:
    return match.fit, match.length, match.ref
