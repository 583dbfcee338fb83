"""How many documents fit, told from some pages of PostgreSQL's table of them.

Its index makes a set of everything that has a term before it tells the first of them. Of words
that most things have that took 55 ms of processor, longer than all else that is asked for a page;
these pages take three. The same pages are read until the table grows, so that nothing changes its
mind from one look to the next.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, literal
from sqlmodel import Session, select

from inventory.models.base import metadata

_DOCUMENTS = metadata.tables["search_document"]
#: Pages that are read, of some twenty documents each; a table of fewer is counted.
PAGES = 200
_WHOLE = 100.0


def estimated(session: Session, fit: Callable[[Any], Iterable[ColumnElement[bool]]]) -> float:
    """How many documents fit, about; exactly so where there are few.

    Args:
        session: one that reads PostgreSQL.
        fit: what fits, given the columns of a document.
    """
    size = func.pg_relation_size(_DOCUMENTS.name)
    pages = size / cast(func.current_setting("block_size"), Integer)
    percent = func.least(_WHOLE, _WHOLE * PAGES / func.greatest(pages, 1))
    sample = _DOCUMENTS.tablesample(func.system(percent), seed=literal(1))
    query: Any = select(func.count() * _WHOLE / percent).select_from(sample)
    return float(session.scalar(query.where(*fit(sample.c))) or 0)
