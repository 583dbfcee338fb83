"""People of a school in their roles, and the certificates of its network administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from inventory.errors import N_, Conflict, Invalid
from inventory.ids import new_id
from inventory.models import CertificateLevel, StaffMember, StaffRole
from inventory.repositories import OrganisationRepository, SchoolRepository, UserRepository
from inventory.repositories.school_records import StaffRepository, StaffRow
from inventory.repositories.scoped import MAX_PAGE, Page
from inventory.schools.bureaus import Bureaus
from inventory.schools.checks import check_text
from inventory.scope import Scope

#: What Liwan's plan demands: 100%的网络管理人员实行持证上岗,50%…达中高级水平.
CERTIFIED_TARGET, ADVANCED_TARGET = 1.0, 0.5
TARGET_PLAN = "广州荔湾区教育信息化改革试点实施方案"
#: Days before its end from which a certificate is listed.
REMINDER_DAYS = 90
_ADVANCED = frozenset({CertificateLevel.middle, CertificateLevel.senior})
_LONGEST = {"name": 100, "phone": 40, "certificate_name": 200, "certificate_number": 100}


class LeaderNamedAlready(Conflict):
    """A school has one leader in charge at a time."""

    code = "leader_named_already"
    message = N_("“{key}” is the leader in charge in that time; end that first.")


class CertificateUnnamed(Invalid):
    """A level, number or expiry of no certificate."""

    code = "certificate_unnamed"
    message = N_("A level, number or last day belongs to a certificate: name it.")


@dataclass(frozen=True, slots=True)
class CountyCertificates:
    """Network administrators of one county, each person counted once.

    Args:
        bureau: code of the county, or of the city for schools that belong to it directly.
        certified: who has a certificate that is good on the day.
        advanced: who has one of middle or senior level.
        schools: that are open on the day.
        unmanned: of these, codes of those without an administrator of their own or of their lead.
    """

    bureau: str
    administrators: int
    certified: int
    advanced: int
    schools: int
    unmanned: Sequence[str]

    @property
    def certified_ratio(self) -> float | None:
        """Certified among all, 0 to 1; ``None`` without administrators."""
        return self.certified / self.administrators if self.administrators else None

    @property
    def advanced_ratio(self) -> float | None:
        """Of middle or senior level among all, 0 to 1; ``None`` without administrators."""
        return self.advanced / self.administrators if self.administrators else None


def save_staff(session: Session, scope: Scope, member: StaffMember) -> StaffMember:
    """Keep somebody in a role, new or changed.

    Raises:
        Invalid: no name, an end before the beginning, a user who is not known within the scope.
        CertificateUnnamed: a level, number or last day without a certificate.
        LeaderNamedAlready: a second leader at the same time.
        NotFound, OutOfScope: of the school.
    """
    staff = StaffRepository(session, scope)
    with session.no_autoflush:
        for field, longest in _LONGEST.items():
            needed = field == "name"
            setattr(
                member, field, check_text(field, getattr(member, field), longest, needed=needed)
            )
        if member.starts_on and member.ends_on and member.ends_on < member.starts_on:
            raise Invalid(field="ends_on", reason=f"{member.ends_on} < {member.starts_on}")
        if not member.certificate_name and (
            member.certificate_level or member.certificate_number or member.certificate_expires_on
        ):
            raise CertificateUnnamed
        if (
            member.user_id is not None
            and UserRepository(session, scope).get(member.user_id) is None
        ):
            raise Invalid(field="user_id", reason=member.user_id[:40])
        _check_one_leader(staff, member)
    member.id = member.id or new_id("sm")
    return staff.keep(member)


def remove_staff(session: Session, scope: Scope, member: StaffMember) -> None:
    """Forget an entry that was a mistake; who leaves gets a last day instead.

    Raises:
        OutOfScope: the school is outside the scope.
    """
    StaffRepository(session, scope).remove(member)


def is_certified(member: StaffRow, on: date) -> bool:
    """Whether somebody has a certificate that is good on that day."""
    ends = member.certificate_expires_on
    return bool(member.certificate_name) and (ends is None or ends >= on)


def is_advanced(member: StaffRow, on: date) -> bool:
    """Whether that certificate is of middle or senior level."""
    return is_certified(member, on) and member.certificate_level in _ADVANCED


def person_of(member: StaffRow) -> str:
    """One name for one person at several schools, as far as it can be told."""
    if member.user_id is not None:
        return member.user_id
    return f"{member.name} {member.phone}" if member.phone else member.id


def county_certificates(session: Session, scope: Scope, on: date) -> list[CountyCertificates]:
    """Certificates of network administrators by county, in the order of the tree."""
    bureaus = Bureaus(OrganisationRepository(session, Scope.everything()).all())
    people: dict[str, dict[str, list[StaffRow]]] = {}
    manned = set()
    for member in StaffRepository(session, scope).in_role(StaffRole.network_administrator, on):
        manned.add(member.school_code)
        of_county = people.setdefault(bureaus.county_of(member.path), {})
        of_county.setdefault(person_of(member), []).append(member)
    schools: dict[str, list[tuple[str, str | None]]] = {}
    for school in SchoolRepository(session, scope).open_on(on):
        county = bureaus.county_of(school.path)
        schools.setdefault(county, []).append((school.code, school.lead_school_code))
    return [
        _county(county, people.get(county, {}), schools.get(county, []), manned, on)
        for county in bureaus.ordered(people.keys() | schools.keys())
    ]


def expiring_certificates(
    session: Session,
    scope: Scope,
    on: date,
    days: int = REMINDER_DAYS,
    *,
    offset: int = 0,
    limit: int = MAX_PAGE,
) -> Page[StaffMember]:
    """Who is in office with a certificate that ends within so many days, or has ended."""
    until = on + timedelta(days=days)
    return StaffRepository(session, scope).expiring(on, until, offset=offset, limit=limit)


def _county(
    bureau: str,
    people: dict[str, list[StaffRow]],
    schools: list[tuple[str, str | None]],
    manned: set[str],
    on: date,
) -> CountyCertificates:
    good = [[row for row in rows if is_certified(row, on)] for rows in people.values()]
    return CountyCertificates(
        bureau=bureau,
        administrators=len(people),
        certified=sum(1 for rows in good if rows),
        advanced=sum(1 for rows in people.values() if any(is_advanced(row, on) for row in rows)),
        schools=len(schools),
        unmanned=[code for code, lead in schools if code not in manned and lead not in manned],
    )


def _check_one_leader(staff: StaffRepository, member: StaffMember) -> None:
    if member.role is not StaffRole.leader:
        return
    first, last = member.starts_on or date.min, member.ends_on or date.max
    for other in staff.at_school(member.school_code):
        if (
            other.role is StaffRole.leader
            and other.id != member.id
            and (other.starts_on or date.min) <= last
            and first <= (other.ends_on or date.max)
        ):
            raise LeaderNamedAlready(key=other.name)
