"""Questions about yearly figures, staff, and what becomes of schools."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from inventory.models import (
    CertificateLevel,
    School,
    SchoolChange,
    SchoolFigures,
    StaffMember,
    StaffRole,
)
from inventory.repositories.of_school import OfSchool
from inventory.repositories.scoped import Page, window


class SchoolFiguresRepository(OfSchool[SchoolFigures]):
    """Snapshots of the school statistics, within the caller's scope."""

    _model = SchoolFigures

    def at_school(self, code: str) -> Sequence[SchoolFigures]:
        """Snapshots of a school, the newest first."""
        return self._session.exec(
            select(SchoolFigures)
            .where(self._visible(), SchoolFigures.school_code == code)
            .order_by(
                col(SchoolFigures.taken_on).desc(),
                col(SchoolFigures.school_year).desc(),
                col(SchoolFigures.id).desc(),
            )
        ).all()

    def taken(self, code: str, school_year: int, on: date) -> SchoolFigures | None:
        """The snapshot of a school year that was taken on that day."""
        return self._session.exec(
            select(SchoolFigures).where(
                self._visible(),
                SchoolFigures.school_code == code,
                SchoolFigures.school_year == school_year,
                SchoolFigures.taken_on == on,
            )
        ).one_or_none()


class StaffRow(NamedTuple):
    """Somebody in a role, with the path of the school: for looks at thousands of them."""

    id: str
    school_code: str
    path: str
    user_id: str | None
    name: str
    phone: str
    certificate_name: str
    certificate_level: CertificateLevel | None
    certificate_expires_on: date | None


class StaffRepository(OfSchool[StaffMember]):
    """People of the schools within the caller's scope."""

    _model = StaffMember
    _order: ClassVar = ("role", "name")

    def in_role(self, role: StaffRole, on: date) -> list[StaffRow]:
        """Who is in a role on that day, school by school."""
        columns = (
            School.path if name == "path" else getattr(StaffMember, name)
            for name in StaffRow._fields
        )
        query = (
            select(*columns)
            .join(School, col(School.code) == col(StaffMember.school_code))
            .where(self._visible(), StaffMember.role == role, in_office(on))
            .order_by(col(School.path), col(StaffMember.id))
        )
        return [StaffRow(*row) for row in self._session.execute(query)]

    def expiring(
        self, on: date, until: date, *, offset: int = 0, limit: int = 50
    ) -> Page[StaffMember]:
        """Who is in office on that day with a certificate that ends by ``until``, or has ended."""
        query = select(StaffMember).where(
            self._visible(), in_office(on), col(StaffMember.certificate_expires_on) <= until
        )
        ordered = query.order_by(col(StaffMember.certificate_expires_on), col(StaffMember.id))
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def to_call(
        self, codes: Sequence[str], roles: Sequence[StaffRole], on: date
    ) -> Sequence[StaffMember]:
        """Who is in one of these roles at one of these schools on that day and has a phone."""
        return self._session.exec(
            select(StaffMember)
            .where(
                self._visible(),
                col(StaffMember.school_code).in_(codes),
                col(StaffMember.role).in_(roles),
                StaffMember.phone != "",
                in_office(on),
            )
            .order_by(col(StaffMember.school_code), col(StaffMember.name), col(StaffMember.id))
        ).all()


class SchoolChangeRepository(OfSchool[SchoolChange]):
    """What becomes of the schools within the caller's scope."""

    _model = SchoolChange
    _order: ClassVar = ("takes_effect_on",)

    def due(self, on: date) -> Sequence[SchoolChange]:
        """Steps whose day has come and that are not carried out yet, the oldest first."""
        return self._session.exec(
            select(SchoolChange)
            .where(
                self._visible(),
                col(SchoolChange.done_at).is_(None),
                SchoolChange.takes_effect_on <= on,
            )
            .order_by(col(SchoolChange.takes_effect_on), col(SchoolChange.id))
        ).all()


def in_office(on: date) -> ColumnElement[bool]:
    """SQL for "somebody is in the role on that day"."""
    return (col(StaffMember.starts_on).is_(None) | (col(StaffMember.starts_on) <= on)) & (
        col(StaffMember.ends_on).is_(None) | (col(StaffMember.ends_on) >= on)
    )
