"""Figures of many repairs, kept for a minute: the table after the page tells the same.

A year of a city takes a database several tenths of a second to add up, however it is kept.
"""

from collections.abc import Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlmodel import Session

from alerts.figures.reading import FigureRepository, Group, Grouping
from inventory.kept_totals import WORTH_KEEPING, Kept
from inventory.scope import Scope

#: Questions of one database; a table by school has a row for each of thousands.
_MOST = 64
_kept: WeakKeyDictionary[Engine, Kept[Sequence[Group]]] = WeakKeyDictionary()


def remembered_groups(
    session: Session, scope: Scope, begin: datetime, end: datetime, by: Grouping
) -> Sequence[Group]:
    """The figures of a period as of at most a minute ago; of few repairs as of now."""
    kept = _kept.setdefault(session.get_bind().engine, Kept(most=_MOST))
    question = (scope.prefixes, begin, end, by)
    groups = kept.get(question)
    if groups is None:
        groups = FigureRepository(session, scope).groups(begin, end, by)
        if sum(one.figures.opened for one in groups) >= WORTH_KEEPING:
            kept.keep(question, groups)
    return groups
