"""Time that no verdict counts, and schools held against nothing, each approved by somebody.

What is asked for counts for nothing until then; see ``inventory.standards.approving``.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models import MeasurementExclusion, Organisation, SchoolExemption
from inventory.models.base import utc_now
from inventory.repositories.scoped import Repository
from inventory.schools.checks import check_text
from inventory.scope import Scope

_LONGEST = 500
#: Exclusions that are listed at once.
_MOST = 1000


class ExclusionRepository(Repository):
    """Exclusions and exemptions of schools within the scope, those of bureaus above included."""

    def touching(self, begin: datetime, end: datetime) -> Sequence[MeasurementExclusion]:
        """Exclusions that were approved, stand and overlap ``[begin, end)``, in order."""
        return self._session.exec(
            select(MeasurementExclusion)
            .where(
                self._visible(),
                col(MeasurementExclusion.approved_by) != "",
                col(MeasurementExclusion.revoked_at).is_(None),
                col(MeasurementExclusion.begins_at) < end,
                col(MeasurementExclusion.ends_at) > begin,
            )
            .order_by(col(MeasurementExclusion.begins_at), col(MeasurementExclusion.id))
        ).all()

    def exclusion(self, exclusion_id: str) -> MeasurementExclusion | None:
        return self._session.exec(
            select(MeasurementExclusion).where(
                MeasurementExclusion.id == exclusion_id, self._visible()
            )
        ).one_or_none()

    def newest(self) -> Sequence[MeasurementExclusion]:
        """Exclusions, the revoked ones too, the latest first; the last thousand."""
        return self._session.exec(
            select(MeasurementExclusion)
            .where(self._visible())
            .order_by(
                col(MeasurementExclusion.begins_at).desc(), col(MeasurementExclusion.id).desc()
            )
            .limit(_MOST)
        ).all()

    def exemption(self, exemption_id: str) -> SchoolExemption | None:
        return self._session.exec(
            select(SchoolExemption).where(
                SchoolExemption.id == exemption_id,
                self._at_visible_school(SchoolExemption.school_code),
            )
        ).one_or_none()

    def exemptions(self, on: date | None = None) -> Sequence[SchoolExemption]:
        """Approved ones that hold on a day, or all; of one school the latest comes last."""
        query = select(SchoolExemption).where(self._at_visible_school(SchoolExemption.school_code))
        if on is not None:
            until = col(SchoolExemption.valid_until)
            query = query.where(
                col(SchoolExemption.approved_by) != "",
                col(SchoolExemption.valid_from) <= on,
                until.is_(None) | (until >= on),
            )
        return self._session.exec(
            query.order_by(col(SchoolExemption.valid_from), col(SchoolExemption.id))
        ).all()

    def waiting(self) -> tuple[Sequence[MeasurementExclusion], Sequence[SchoolExemption]]:
        """What somebody has asked for within the scope and nobody has approved or declined."""
        inside = self._at_visible_school(MeasurementExclusion.school_code)
        if not self._sees_everything:
            below = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
            inside |= col(MeasurementExclusion.organisation_code).in_(below)
        exclusions = self._session.exec(
            select(MeasurementExclusion)
            .where(
                inside,
                MeasurementExclusion.approved_by == "",
                col(MeasurementExclusion.revoked_at).is_(None),
            )
            .order_by(col(MeasurementExclusion.begins_at), col(MeasurementExclusion.id))
        ).all()
        exemptions = [
            one for one in self.exemptions() if one.approved_by == "" and one.declined_at is None
        ]
        return exclusions, exemptions

    def keep(self, exclusion: MeasurementExclusion) -> MeasurementExclusion:
        """Keep an exclusion, new or revoked.

        Raises:
            NotFound, OutOfScope: of the school or bureau.
        """
        with self._session.no_autoflush:
            if exclusion.school_code is not None:
                self._admit(exclusion.school_code)
            else:
                code = exclusion.organisation_code or ""
                bureau = self._session.get(Organisation, code)
                if bureau is None:
                    raise NotFound(what="organisation", key=code)
                if not self._scope.covers(bureau.path):
                    raise OutOfScope(key=code)
        return self._save(exclusion)

    def exempt(self, exemption: SchoolExemption) -> SchoolExemption:
        """Keep an exemption.

        Raises:
            NotFound, OutOfScope: of the school.
        """
        self._admit(exemption.school_code)
        return self._save(exemption)

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        above = {code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/")}
        below = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        bureau = col(MeasurementExclusion.organisation_code)
        return (
            self._at_visible_school(MeasurementExclusion.school_code)
            | bureau.in_(sorted(above))
            | bureau.in_(below)
        )


def exclude(
    session: Session, scope: Scope, exclusion: MeasurementExclusion
) -> MeasurementExclusion:
    """Leave time out of verdicts, or, where nobody has approved it yet, ask that it be left out.

    Raises:
        Invalid: no reason, an end before the beginning, no place or two.
        NotFound, OutOfScope: of the school or bureau.
    """
    exclusion.reason = check_text("reason", exclusion.reason, _LONGEST, needed=True)
    if exclusion.ends_at <= exclusion.begins_at:
        raise Invalid(field="ends_at", reason=f"{exclusion.ends_at} <= {exclusion.begins_at}")
    if (exclusion.school_code is None) is (exclusion.organisation_code is None):
        raise Invalid(field="school_code", reason="-")
    exclusion.id = exclusion.id or new_id("mx")
    exclusion.approved_at = _approved_at(exclusion)
    return ExclusionRepository(session, scope).keep(exclusion)


def revoke(
    session: Session, scope: Scope, exclusion_id: str, *, by: str, at: datetime
) -> MeasurementExclusion:
    """Count time again that was excluded by mistake, or decline what waits; the row stays.

    Raises:
        NotFound, OutOfScope: of the exclusion.
    """
    repository = ExclusionRepository(session, scope)
    row = repository.exclusion(exclusion_id)
    if row is None:
        raise NotFound(what="exclusion", key=exclusion_id)
    row.revoked_by, row.revoked_at = by, at
    return repository.keep(row)


def exempt_school(session: Session, scope: Scope, exemption: SchoolExemption) -> SchoolExemption:
    """Hold a school against nothing, or, where nobody has approved it yet, ask for that.

    Raises:
        Invalid: no reason, or an end before the beginning.
        NotFound, OutOfScope: of the school.
    """
    exemption.reason = check_text("reason", exemption.reason, _LONGEST, needed=True)
    if exemption.valid_until is not None and exemption.valid_until < exemption.valid_from:
        raise Invalid(field="valid_until", reason=f"{exemption.valid_until}")
    exemption.id = exemption.id or new_id("mz")
    exemption.approved_at = _approved_at(exemption)
    return ExclusionRepository(session, scope).exempt(exemption)


def end_exemption(
    session: Session, scope: Scope, exemption_id: str, last_day: date
) -> SchoolExemption:
    """Hold a school against its targets again after a day; one before the first undoes it.

    Raises:
        NotFound, OutOfScope: of the exemption.
        Invalid: it ended before that day.
    """
    repository = ExclusionRepository(session, scope)
    row = repository.exemption(exemption_id)
    if row is None:
        raise NotFound(what="exemption", key=exemption_id)
    if row.valid_until is not None and row.valid_until < last_day:
        raise Invalid(field="valid_until", reason=f"{row.valid_until} < {last_day}")
    row.valid_until = max(last_day, row.valid_from - timedelta(days=1))
    return repository.exempt(row)


def _approved_at(row: MeasurementExclusion | SchoolExemption) -> datetime | None:
    return (row.approved_at or utc_now()) if row.approved_by else None
