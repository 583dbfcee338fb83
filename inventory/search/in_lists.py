"""What is typed into the text box of a list, combined with whatever else the list is asked for.

A list is filtered and put in an order by the database, and counted. Words that few things hold are
looked up in the index first, and the list is of those. Words that many hold are met soon along any
order, so the documents of its rows are read instead. Both say the same of a row.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select
from sqlmodel import Session, col

from inventory.kept_totals import totals_of
from inventory.keys import among, gathered
from inventory.models.search import SearchDocument
from inventory.search.finding import holding, indexed, using_indices
from inventory.search.sampling import estimated
from inventory.search.terms import (
    Question,
    exact_term,
    fold,
    joined,
    kind_term,
    place_term,
    question,
)

#: Things whose keys go into the statement that follows; more of them are met soon in any order.
FEW = 20_000
#: So many times that number of documents with all terms of a word: nobody reads which fit.
_CLOSE = 2
#: Begins terms that say more than that a text contains a word.
_BEGINS_WORD = "^"


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody looks for in a list of things of one kind; any of ``ways`` will do.

    Args:
        kind: name of the source, ``device``.
        ways: the words anywhere in a document, and all of them written together.
    """

    kind: str
    ways: tuple[Question, ...]

    @classmethod
    def of(cls, kind: str, typed: str) -> "Words":
        """The words somebody typed; without any letter or digit nothing fits."""
        asked = question(typed)
        together = joined(asked)
        return cls(kind, tuple(one for one in (asked, together) if one is not None and one.whole))

    def few(
        self,
        session: Session,
        *,
        paths: Sequence[str] = (),
        named: str | None = None,
        most: int = FEW,
    ) -> Sequence[str] | None:
        """Keys of everything that fits, in no order; ``None``: there are more than ``most``.

        Args:
            session: one that reads.
            paths: only what lies below one of these, as far as the index knows (a thing that has
                just moved may be missing, and one that has left may be among them); empty for all.
            named: only what has this for one of its texts, however it is spelled.
            most: as above.
        """
        places = tuple(map(place_term, () if "/" in paths else paths))
        beside = [kind_term(self.kind)]
        if named is not None and (folded := fold(named)):
            beside.append(exact_term(folded))
        found: set[str] = set()
        samples = session.get_bind().dialect.name == "postgresql"
        if samples and self._sampled(session, beside, places) > _CLOSE * most:
            return None
        with using_indices(session):
            for asked in self.ways:
                terms = (*beside, *_looked_up(asked))
                # What SQLite's index says alone is told sooner, and says more than fits.
                if not samples and _exceeds(
                    session, indexed(session, terms, places), _CLOSE * most
                ):
                    return None
                rows = holding(session, terms, places).where(*_contained(asked)).limit(most + 1)
                found.update(gathered(session, rows.with_only_columns(col(SearchDocument.ref))))
                if len(found) > most:
                    return None
        return list(found)

    def fitting(self, session: Session, refs: Sequence[str]) -> Set[str]:
        """Those of these keys, some thousands at most, whose things fit."""
        if not self.ways:
            return set()
        held = select(col(SearchDocument.ref)).where(
            col(SearchDocument.kind) == self.kind,
            among(session, SearchDocument.ref, refs),
            self._said(),
        )
        return set(gathered(session, held))

    def fit(self, ref: Any) -> ColumnElement[bool]:
        """SQL for "the thing with this key fits"; ``ref`` is a column of the statement around."""
        if not self.ways:
            return false()
        # One value and no join: a planner takes words for rare and would read every document.
        document = select(self._said()).where(
            col(SearchDocument.kind) == self.kind, col(SearchDocument.ref) == ref
        )
        fits: ColumnElement[bool] = document.scalar_subquery()
        return fits

    def _sampled(self, session: Session, beside: Sequence[str], places: Sequence[str]) -> int:
        """How many things fit, about, of those that have all of some terms and any of others.

        Of frequent words that is as of a minute ago, at most: who turns a page asks for them again.
        """

        def fit(document: Any) -> Iterator[ColumnElement[bool]]:
            yield document.kind == self.kind
            yield self._said(document)
            yield from (_has(document, term) for term in beside[1:])
            if places:
                yield or_(*(_has(document, place) for place in places))

        if not self.ways:
            return 0
        kept = totals_of(session.get_bind().engine)
        key = ("documents", self, tuple(beside), tuple(places))
        total = kept.get(key)
        if total is None:
            total = int(estimated(session, fit))
            kept.keep(key, total)
        return total

    def _said(self, document: Any = SearchDocument) -> ColumnElement[bool]:
        ways = (
            and_(*_contained(asked, document), *_termed(asked, document)) for asked in self.ways
        )
        return or_(*ways)


def _exceeds(session: Session, held: Any, most: int) -> bool:
    rows = held.limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(rows)) or 0) > most


def _looked_up(asked: Question) -> Sequence[str]:
    return asked.terms or (asked.exact,)


def _contained(asked: Question, document: Any = SearchDocument) -> Iterator[ColumnElement[bool]]:
    for word in asked.words:
        yield document.words.contains(word)


def _termed(asked: Question, document: Any = SearchDocument) -> Iterator[ColumnElement[bool]]:
    """What terms demand beyond the words, of a row that was not looked up by them."""
    for term in _looked_up(asked):
        if not asked.terms or term.startswith(_BEGINS_WORD):
            yield _has(document, term)


def _has(document: Any, term: str) -> ColumnElement[bool]:
    around = literal(" ") + document.terms + literal(" ")
    said: ColumnElement[bool] = around.contains(f" {term} ")
    return said
