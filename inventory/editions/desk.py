"""Steps of one person with an edition, each dated and written down; flushes, never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from inventory.days import day_of
from inventory.editions.documents import Packed, keep
from inventory.editions.errors import EditionStepRefused, EditionUnderWay, ReasonNeeded
from inventory.editions.flow import (
    ENDED,
    TRANSITIONS,
    admit_feedback,
    admit_period,
    admit_review,
    period_of,
)
from inventory.editions.repository import EditionRepository
from inventory.errors import NotFound
from inventory.ids import new_id
from inventory.models import (
    EditionKind,
    EditionSchool,
    EditionState,
    EditionStep,
    ReportEdition,
)
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.schools.checks import check_text
from inventory.scope import Scope

_S = EditionState
MAX_REASON = 1_000
MAX_COMMENT = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes a step, and where they may.

    Args:
        id: of the user; empty for the machine's operator.
        name: as it is written down.
        scope: where the person has the right that the step needs.
    """

    id: str
    name: str
    scope: Scope


class EditionDesk:
    """Steps of somebody who prepares reports, or of the machine that computes for them."""

    def __init__(self, session: Session, person: Person, now: datetime) -> None:
        self._session = session
        self._person = person
        self._now = now
        self._editions = EditionRepository(session, person.scope)

    @property
    def today(self) -> date:
        return day_of(self._now)

    def open(
        self,
        place: str,
        kind: EditionKind,
        day: date,
        reason: str = "",
        *,
        tells_amounts: bool = False,
    ) -> ReportEdition:
        """Open an edition on the month or year a day is in; it is to be computed next.

        Args:
            place: code of a bureau or a school.
            kind: a month's or a year's.
            day: of the period.
            reason: why a frozen edition is corrected.
            tells_amounts: whether a year's amounts of money are told to whoever reads it.

        Raises:
            NotFound: no such bureau or school where the person prepares reports.
            PeriodLasts: the period is not over.
            EditionUnderWay: another edition of it is on its way.
            ReasonNeeded: it corrects a frozen one, and nobody says why.
            Invalid: the reason is too long.
        """
        row = self._placed(place)
        row.kind, (row.first_day, row.last_day) = kind, period_of(kind, day)
        admit_period(row.last_day, self.today)
        row.reason = check_text("reason", reason, MAX_REASON)
        row.tells_amounts = tells_amounts and kind is EditionKind.year
        others = self._editions.of_period(row.path, kind, row.first_day)
        for other in others:
            if other.state not in ENDED:
                raise EditionUnderWay(key=place, number=other.number)
        frozen = [other for other in others if other.state is _S.frozen]
        if frozen:
            row.supersedes_id = frozen[-1].id
            if not row.reason:
                raise ReasonNeeded(key=place)
        row.number = 1 + max((other.number for other in others), default=0)
        try:
            with self._session.begin_nested():
                self._session.add(row)
                self._session.flush()
        except IntegrityError as error:  # somebody has opened it at this moment
            raise EditionUnderWay(key=place, number=row.number) from error
        self._write(row, None, row.state, row.reason)
        return row

    def computed(
        self,
        edition_id: str,
        expected_round: int,
        *,
        schools: Sequence[tuple[str, str, bytes]],
        states: str,
        documents: Sequence[Packed],
    ) -> ReportEdition:
        """Keep what was computed: a new round.

        Args:
            edition_id: of an edition that is being computed.
            expected_round: the round before; another one has come to its end meanwhile if not.
            schools: code, state and packed verdict of each.
            states: JSON, schools by state.
            documents: content and evidence.

        Raises:
            NotFound, EditionStepRefused: it is not being computed, or no longer.
        """
        row = self.in_state(edition_id, _S.computing)
        if row.round != expected_round:
            raise EditionStepRefused(key=label_of(row), state=row.state)
        row.round += 1
        row.schools, row.states, row.computed_at = len(schools), states, self._now
        self._session.add(row)
        self._session.flush()
        self._session.add_all(
            EditionSchool(
                edition_id=row.id, round=row.round, school_code=code, state=state, verdict=verdict
            )
            for code, state, verdict in schools
        )
        keep(self._session, row, documents)
        return self.move(row, _S.computed)

    def recompute(self, edition_id: str, comment: str) -> ReportEdition:
        """Have it computed anew; the schools will see it again.

        Raises:
            NotFound, EditionStepRefused: it is neither computed nor under review.
            Invalid: nobody says why.
        """
        row = self.in_state(edition_id, _S.computed, _S.review)
        comment = check_text("comment", comment, MAX_COMMENT, needed=True)
        row.appeals_until, row.reviewed_by = None, ""
        return self.move(row, _S.computing, comment)

    def open_draft(self, edition_id: str, until: date) -> ReportEdition:
        """Open the draft to its schools, until the end of a day in Beijing.

        Raises:
            NotFound, EditionStepRefused: it is not computed.
            Invalid: too short a time, or too long.
        """
        row = self.in_state(edition_id, _S.computed)
        admit_feedback(until, self.today)
        row.appeals_until = until
        return self.move(row, _S.draft, until.isoformat())

    def begin_review(self, edition_id: str) -> ReportEdition:
        """Begin the review, after the schools' last day.

        Raises:
            NotFound, EditionStepRefused: it is no draft.
            FeedbackLasts: schools may still appeal.
        """
        row = self.in_state(edition_id, _S.draft)
        admit_review(row.appeals_until, self.today)
        row.reviewed_by = self._person.id
        return self.move(row, _S.review)

    def withdraw(self, edition_id: str, comment: str) -> ReportEdition:
        """Give it up before it is signed; its number is not used again.

        Raises:
            NotFound, EditionStepRefused: it is signed, or has ended.
            Invalid: nobody says why.
        """
        row = self.in_state(edition_id, _S.computing, _S.computed, _S.draft, _S.review)
        comment = check_text("comment", comment, MAX_COMMENT, needed=True)
        return self.move(row, _S.withdrawn, comment)

    def in_state(self, edition_id: str, *allowed: EditionState) -> ReportEdition:
        """The edition, locked, in one of these states.

        Raises:
            NotFound: none where the person has the right.
            EditionStepRefused: it is in another state.
        """
        row = self._editions.to_change(edition_id)
        if row is None:
            raise NotFound(what="edition", key=edition_id)
        if row.state not in allowed:
            raise EditionStepRefused(key=label_of(row), state=row.state)
        return row

    def move(self, row: ReportEdition, after: EditionState, comment: str = "") -> ReportEdition:
        """Take a step that follows, and write it down.

        Raises:
            EditionStepRefused: it does not follow.
        """
        before = row.state
        if after not in TRANSITIONS[before]:
            raise EditionStepRefused(key=label_of(row), state=before)
        # The step first: nothing is added to an edition that is frozen.
        self._write(row, before, after, comment)
        row.state = after
        self._session.add(row)
        self._session.flush()
        return row

    def _write(
        self, row: ReportEdition, before: EditionState | None, after: EditionState, comment: str
    ) -> None:
        self._session.add(
            EditionStep(
                id=new_id("es"),
                edition_id=row.id,
                round=row.round,
                before=before,
                after=after,
                at=self._now,
                by_id=self._person.id,
                by_name=self._person.name,
                comment=comment,
            )
        )
        self._session.flush()

    def _placed(self, place: str) -> ReportEdition:
        scope = self._person.scope
        bureau = OrganisationRepository(self._session, scope).get(place)
        school = None if bureau else SchoolRepository(self._session, scope).get(place)
        owner = bureau or school
        if owner is None:
            raise NotFound(what="organisation", key=place)
        day = date.min
        return ReportEdition(
            id=new_id("re"),
            organisation_code=bureau.code if bureau else None,
            school_code=school.code if school else None,
            path=owner.path,
            kind=EditionKind.month,
            first_day=day,
            last_day=day,
            number=0,
            opened_by=self._person.id,
            opened_at=self._now,
        )


def label_of(row: ReportEdition) -> str:
    """What an edition is called in refusals: place, period, number."""
    period = f"{row.first_day:%Y}" if row.kind is EditionKind.year else f"{row.first_day:%Y-%m}"
    return f"{row.school_code or row.organisation_code} {period} ({row.number})"
