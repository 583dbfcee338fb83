"""Messages to people of schools whose draft is open: to whom, and what became of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from inventory.models import (
    EditionNotice,
    EditionSchool,
    EditionState,
    Grant,
    ReportEdition,
    Role,
    School,
    SendingState,
    User,
)
from inventory.repositories.scoped import Repository


class Told(NamedTuple):
    """How far the schools of a draft are told: messages by state, schools nobody is reached at."""

    states: Mapping[SendingState, int]
    unreached: int


class NoticeRepository(Repository):
    """Notices of editions of places within the scope."""

    def open_drafts(self, today: date) -> Sequence[ReportEdition]:
        """Drafts that schools may appeal against, the oldest first."""
        return self._session.exec(
            select(ReportEdition)
            .where(
                self._scope.condition(col(ReportEdition.path)),
                ReportEdition.state == EditionState.draft,
                col(ReportEdition.appeals_until) >= today,
            )
            .order_by(col(ReportEdition.id))
        ).all()

    def untold(self, edition: ReportEdition, roles: Collection[Role]) -> Sequence[str]:
        """Ids of people of its schools with an address who were not written to in this round."""
        written = select(EditionNotice.user_id).where(
            EditionNotice.edition_id == edition.id, EditionNotice.round == edition.round
        )
        found = self._session.exec(
            select(User.id)
            .join(Grant, col(Grant.user_id) == col(User.id))
            .join(School, col(School.path) == col(Grant.scope_path))
            .join(EditionSchool, _part_of(edition))
            .where(
                col(Grant.role).in_(roles),
                col(User.disabled_at).is_(None),
                User.email != "",
                col(User.id).not_in(written),
            )
            .distinct()
            .order_by(col(User.id))
        )
        return found.all()

    def schools_of(
        self, edition: ReportEdition, user_id: str, roles: Collection[Role]
    ) -> Sequence[School]:
        """Schools of an edition that somebody may appeal for, by their place in the tree."""
        return self._session.exec(
            select(School)
            .join(Grant, col(Grant.scope_path) == col(School.path))
            .join(EditionSchool, _part_of(edition))
            .where(Grant.user_id == user_id, col(Grant.role).in_(roles))
            .distinct()
            .order_by(col(School.path))
        ).all()

    def due(self, now: datetime, limit: int) -> Sequence[EditionNotice]:
        """Messages that are to be tried now."""
        visible = select(ReportEdition.id).where(self._scope.condition(col(ReportEdition.path)))
        return self._session.exec(
            select(EditionNotice)
            .where(
                col(EditionNotice.edition_id).in_(visible),
                EditionNotice.state == SendingState.waiting,
                col(EditionNotice.next_at) <= now,
            )
            .order_by(col(EditionNotice.next_at), col(EditionNotice.id))
            .limit(limit)
        ).all()

    def told(self, edition: ReportEdition) -> Told:
        """What became of the messages of an edition's present round."""
        this = and_(
            col(EditionNotice.edition_id) == edition.id, col(EditionNotice.round) == edition.round
        )
        states = self._session.execute(
            columns(col(EditionNotice.state), func.count())
            .where(this)
            .group_by(col(EditionNotice.state))
        )
        reached = (
            select(School.code)
            .join(Grant, col(Grant.scope_path) == col(School.path))
            .join(EditionNotice, col(EditionNotice.user_id) == col(Grant.user_id))
            .where(this)
        )
        unreached = self._session.execute(
            columns(func.count()).where(
                col(EditionSchool.edition_id) == edition.id,
                col(EditionSchool.round) == edition.round,
                col(EditionSchool.school_code).not_in(reached),
            )
        ).scalar_one()
        return Told({state: int(number) for state, number in states}, int(unreached))

    def write(self, notice: EditionNotice) -> EditionNotice:
        """Keep a message, new or tried once more."""
        return self._save(notice)


def _part_of(edition: ReportEdition) -> ColumnElement[bool]:
    return and_(
        col(EditionSchool.school_code) == col(School.code),
        col(EditionSchool.edition_id) == edition.id,
        col(EditionSchool.round) == edition.round,
    )
