"""What approved exclusions and exemptions take out of verdicts."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from controller.compliance.inputs import Exclusion, Exemption
from inventory.models import MeasurementExclusion, SchoolExemption
from inventory.scope import Scope
from inventory.standards.bound import SchoolKind
from inventory.standards.exclusions import ExclusionRepository

#: China keeps UTC+8 all year.
_OFFSET = timedelta(hours=8)


class Approved:
    """Exclusions and exemptions within a scope that touch the days of a period; read once."""

    def __init__(self, session: Session, scope: Scope, first: date, last: date) -> None:
        repository = ExclusionRepository(session, scope)
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - _OFFSET
        end = datetime(last.year, last.month, last.day, tzinfo=UTC) - _OFFSET + timedelta(days=1)
        self._by_owner: dict[str, list[Exclusion]] = defaultdict(list)
        for row in repository.touching(begin, end):
            self._by_owner[row.school_code or row.organisation_code or ""].append(_exclusion(row))
        self._exempt = {
            row.school_code: Exemption(
                reason=row.reason,
                approved_by=row.approved_by,
                approved_at=_approved(row),
                first_day=row.valid_from,
                last_day=row.valid_until,
            )
            for row in repository.exemptions(last)
        }

    def exclusions(self, school: SchoolKind) -> tuple[Exclusion, ...]:
        """Those of the school and of the bureaus above it, in order."""
        if not self._by_owner:
            return ()
        codes = school.path.strip("/").split("/")
        found = [one for code in codes for one in self._by_owner.get(code, ())]
        return tuple(sorted(found, key=lambda one: (one.begin, one.end, one.reason)))

    def exemption(self, school_code: str) -> Exemption | None:
        return self._exempt.get(school_code)


def _exclusion(row: MeasurementExclusion) -> Exclusion:
    return Exclusion(
        begin=_milliseconds(row.begins_at),
        end=_milliseconds(row.ends_at),
        reason=row.reason,
        approved_by=row.approved_by,
        approved_at=_approved(row),
    )


def _approved(row: MeasurementExclusion | SchoolExemption) -> int:
    at = row.approved_at or row.requested_at
    return 0 if at is None else _milliseconds(at)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
