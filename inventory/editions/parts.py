"""What editions say of single schools: a school sees its own part and nothing of the others."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import zstandard
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from inventory.models import (
    EditionAppeal,
    EditionSchool,
    EditionState,
    ReportEdition,
    School,
)
from inventory.repositories.scoped import Page, Repository, window
from inventory.scope import Scope

_OPEN = (EditionState.draft, EditionState.review, EditionState.issued, EditionState.frozen)
#: A verdict on one school is not larger, whatever it is packed as.
_MOST_BYTES = 16_000_000
_NOWHERE = Scope(())


class Part(NamedTuple):
    """What an edition says of one school."""

    edition: ReportEdition
    school: School
    said: EditionSchool


class PartRepository(Repository):
    """Parts of editions on schools, in the round that counts.

    Args:
        session: to read with.
        scope: where whoever asks may appeal, or prepares reports: drafts, too.
        reads: where they may read what is frozen.
    """

    def __init__(self, session: Session, scope: Scope, reads: Scope = _NOWHERE) -> None:
        super().__init__(session, scope)
        self._reads = reads

    def get(self, edition_id: str, school_code: str) -> Part | None:
        """The part on a school of one edition."""
        found = self._session.execute(
            self._query().where(
                EditionSchool.edition_id == edition_id, EditionSchool.school_code == school_code
            )
        ).one_or_none()
        return None if found is None else Part(*found)

    def listed(self, offset: int, limit: int, *, edition_id: str = "") -> Page[Part]:
        """Parts without their verdicts, those of the newest period first; of one edition or all.

        Raises:
            Invalid: of the window.
        """
        query = self._query()
        if edition_id:
            query = query.where(EditionSchool.edition_id == edition_id)
        rows = query.order_by(
            col(ReportEdition.last_day).desc(),
            col(ReportEdition.number).desc(),
            col(ReportEdition.id),
            col(School.path),
        ).options(defer(EditionSchool.verdict), defer(ReportEdition.manifest))  # type: ignore[arg-type]
        items = [Part(*row) for row in self._session.execute(window(rows, offset, limit))]
        return Page(items, self._count(query))

    def count_open(self, today: date) -> int:
        """Drafts that schools of the scope may still appeal against."""
        return self._count(self._open(today).with_only_columns(EditionSchool.edition_id))

    def open_to(self, school_code: str, today: date) -> Sequence[Part]:
        """What drafts say of a school that it may still appeal against, without the verdicts."""
        rows = (
            self._open(today)
            .where(EditionSchool.school_code == school_code)
            .order_by(col(ReportEdition.appeals_until), col(ReportEdition.id))
            .options(defer(EditionSchool.verdict), defer(ReportEdition.manifest))  # type: ignore[arg-type]
        )
        return [Part(*row) for row in self._session.execute(rows)]

    def appeals(self, edition_id: str, school_codes: Collection[str]) -> Sequence[EditionAppeal]:
        """Appeals of these schools against an edition, in order."""
        return self._session.exec(
            select(EditionAppeal)
            .where(
                EditionAppeal.edition_id == edition_id,
                col(EditionAppeal.school_code).in_(school_codes),
                self._at_visible_school(EditionAppeal.school_code),
            )
            .order_by(col(EditionAppeal.filed_at), col(EditionAppeal.id))
        ).all()

    def appeal(self, appeal_id: str, *, to_change: bool = False) -> EditionAppeal | None:
        """An appeal of a school in the scope.

        Args:
            appeal_id: of it.
            to_change: as it is now; others wait until this transaction ends.
        """
        query = select(EditionAppeal).where(
            EditionAppeal.id == appeal_id, self._at_visible_school(EditionAppeal.school_code)
        )
        if to_change:
            query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.exec(query).one_or_none()

    def _open(self, today: date) -> Any:
        return self._query().where(
            self._scope.condition(col(School.path)),
            col(ReportEdition.state) == EditionState.draft,
            col(ReportEdition.appeals_until) >= today,
        )

    def _query(self) -> Any:
        return (
            select(ReportEdition, School, EditionSchool)
            .join(
                EditionSchool,
                and_(
                    col(EditionSchool.edition_id) == ReportEdition.id,
                    col(EditionSchool.round) == ReportEdition.round,
                ),
            )
            .join(School, col(School.code) == EditionSchool.school_code)
            .where(col(ReportEdition.state).in_(_OPEN), self._visible())
        )

    def _visible(self) -> ColumnElement[bool]:
        path, frozen = col(School.path), col(ReportEdition.state) == EditionState.frozen
        return or_(self._scope.condition(path), and_(self._reads.condition(path), frozen))


def packed(verdict: Mapping[str, Any]) -> bytes:
    """A verdict as it is kept."""
    text = json.dumps(verdict, ensure_ascii=False, separators=(",", ":"))
    return zstandard.compress(text.encode())


def unpacked(said: EditionSchool) -> dict[str, Any]:
    """The verdict on a school, as JSON has it.

    Raises:
        ValueError: it is none.
    """
    text = zstandard.ZstdDecompressor().decompress(said.verdict, max_output_size=_MOST_BYTES)
    found: dict[str, Any] = json.loads(text)
    return found
