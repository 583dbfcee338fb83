"""Versions of a standard of one's own: who made each, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from controller.pages.look import Look
from controller.pages.views.standard_preview import ChangeRow, change_rows
from inventory.standards.changes import changes
from inventory.standards.documents import from_text
from inventory.standards.repository import StandardRepository


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version; the first one has no changes."""

    number: int
    made_by: str
    made_at: datetime
    rows: Sequence[ChangeRow]


def history_of(look: Look, code: str) -> Sequence[VersionRow]:
    """Every kept version, the newest first; nothing of a standard that has a single one."""
    kept = StandardRepository(look.session, look.scope).versions(code)
    if len(kept) < 2:  # noqa: PLR2004
        return []
    texts = [from_text(one.document) for one in kept]
    changed = [[], *(change_rows(look.lang, changes(*pair)) for pair in pairwise(texts))]
    return [
        VersionRow(one.version, one.made_by, one.made_at, rows)
        for one, rows in reversed(list(zip(kept, changed, strict=True)))
    ]
