"""What schools say against their verdicts (申诉), and what the bureau answers."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from inventory.assets.attachments import Belongs, FileFolder, attach, attachments_of
from inventory.days import day_of
from inventory.editions.desk import MAX_COMMENT, EditionDesk, Person, label_of
from inventory.editions.errors import AppealWaits, EditionStepRefused, OwnAppeal
from inventory.editions.flow import admit_appeal
from inventory.editions.parts import Part, PartRepository
from inventory.errors import NotFound
from inventory.ids import new_id
from inventory.models import (
    AppealRemedy,
    AppealState,
    Attachment,
    AttachmentPurpose,
    EditionAppeal,
    EditionState,
    MeasurementExclusion,
)
from inventory.schools.checks import check_text
from inventory.standards.exclusions import exclude

MAX_TEXT = 4_000
#: Of the rows that files of appeals belong to.
TABLE = "edition_appeal"
#: Appeals of one school against one edition.
MOST_APPEALS = 10


class AppealDesk:
    """Steps of one person about appeals; flushes, never commits."""

    def __init__(self, session: Session, person: Person, now: datetime) -> None:
        self._session = session
        self._person = person
        self._now = now
        self._parts = PartRepository(session, person.scope)

    def file(self, edition_id: str, school_code: str, text: str) -> EditionAppeal:
        """Appeal for a school against what the draft says of it.

        Raises:
            NotFound: no such draft, or the school is not in it or not the person's.
            EditionStepRefused: it is no draft any more.
            FeedbackOver: the last day is over.
            AppealWaits: an appeal of the school waits for an answer, or there were too many.
            Invalid: nothing is said, or too much.
        """
        part = self._own(edition_id, school_code)
        self._admit(part)
        before = self._parts.appeals(edition_id, [school_code])
        if any(one.state is AppealState.open for one in before) or len(before) >= MOST_APPEALS:
            raise AppealWaits(key=school_code)
        row = EditionAppeal(
            id=new_id("ea"),
            edition_id=edition_id,
            round=part.edition.round,
            school_code=school_code,
            text=check_text("text", text, MAX_TEXT, needed=True),
            filed_by=self._person.id,
            filed_name=self._person.name,
            filed_at=self._now,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def attach(
        self, appeal_id: str, folder: FileFolder, *, name: str, content: bytes
    ) -> Attachment:
        """Hand in a file with an appeal that waits, before the last day is over.

        Raises:
            NotFound: no such appeal of the person's schools.
            EditionStepRefused, FeedbackOver: it is too late.
            AppealWaits: it was answered.
            FileUnfit, TooManyFiles: of the file.
        """
        row = self._appeal(appeal_id)
        self._admit(self._own(row.edition_id, row.school_code))
        if row.state is not AppealState.open:
            raise AppealWaits(key=row.school_code)
        return attach(
            self._session,
            folder,
            Belongs(TABLE, row.id, row.school_code),
            name=name,
            purpose=AttachmentPurpose.other,
            content=content,
            actor=self._person.name,
            now=self._now,
        )

    def answer(
        self,
        appeal_id: str,
        *,
        upheld: bool,
        answer: str,
        exclusion: MeasurementExclusion | None = None,
    ) -> EditionAppeal:
        """Answer an appeal, during feedback or the review.

        Args:
            appeal_id: that waits.
            upheld: whether the school is right; the figures are to be computed anew then.
            answer: why.
            exclusion: time of the school to leave out; none: something else was put right.

        Raises:
            NotFound: no such appeal where the person prepares reports.
            EditionStepRefused: the edition is signed or given up, or the appeal was answered.
            OwnAppeal: the person has filed it.
            Invalid: nothing is said, too much, or the exclusion does not fit.
        """
        row = self._appeal(appeal_id)
        desk = EditionDesk(self._session, self._person, self._now)
        edition = desk.in_state(row.edition_id, EditionState.draft, EditionState.review)
        if row.state is not AppealState.open:
            raise EditionStepRefused(key=label_of(edition), state=row.state)
        if row.filed_by == self._person.id:
            raise OwnAppeal(key=row.school_code)
        row.answer = check_text("answer", answer, MAX_COMMENT, needed=True)
        row.state = AppealState.upheld if upheld else AppealState.rejected
        if upheld:
            row.remedy = AppealRemedy.recomputation
            if exclusion is not None:
                exclusion.school_code, exclusion.organisation_code = row.school_code, None
                exclusion.requested_by = row.filed_name
                exclusion.approved_by = self._person.name
                row.exclusion_id = exclude(self._session, self._person.scope, exclusion).id
                row.remedy = AppealRemedy.exclusion
        row.answered_by, row.answered_name = self._person.id, self._person.name
        row.answered_at = self._now
        self._session.add(row)
        self._session.flush()
        return row

    def _appeal(self, appeal_id: str) -> EditionAppeal:
        row = self._parts.appeal(appeal_id, to_change=True)
        if row is None:
            raise NotFound(what="appeal", key=appeal_id)
        return row

    def _own(self, edition_id: str, school_code: str) -> Part:
        part = self._parts.get(edition_id, school_code)
        if part is None:
            raise NotFound(what="edition", key=edition_id)
        return part

    def _admit(self, part: Part) -> None:
        edition = part.edition
        # As it is now, and to stay so until this transaction ends: the review may begin.
        self._session.refresh(edition, with_for_update=True)
        if edition.state is not EditionState.draft:
            raise EditionStepRefused(key=label_of(edition), state=edition.state)
        admit_appeal(edition.appeals_until, day_of(self._now))


def files_of(session: Session, appeal_id: str) -> Sequence[Attachment]:
    """Files of an appeal the caller has found."""
    return attachments_of(session, TABLE, appeal_id)


def file_of(session: Session, appeal_id: str, file_id: str) -> Attachment | None:
    """One of them."""
    return session.exec(
        select(Attachment).where(
            Attachment.id == file_id,
            Attachment.owner_table == TABLE,
            Attachment.owner_id == appeal_id,
            col(Attachment.removed_at).is_(None),
        )
    ).one_or_none()
