"""Bureaus and schools: adding and moving them, so that paths and leaders stay true.

A path is derived, never entered: the chain of codes from the city down. Moving a bureau moves
everything below it, grants on those paths included.
"""

import re
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from inventory.errors import N_, Conflict, Invalid, NotFound, OutOfScope
from inventory.models import (
    Grant,
    ImportMapping,
    Level,
    Organisation,
    School,
    SchoolForm,
)
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.repositories.scoped import within
from inventory.scope import Scope

SCHOOL_CODE = re.compile(r"[A-Z0-9-]{4,32}\Z")
ORGANISATION_CODE = re.compile(r"[A-Z0-9-]{1,32}\Z")
MAX_PATH = 255

#: The levels directly above; some cities have townships and no counties.
PARENTS = {
    Level.city: frozenset[Level](),
    Level.county: frozenset({Level.city}),
    Level.township: frozenset({Level.city, Level.county}),
}
#: Who may lead village schools and teaching points, and who may be led.
LEADERS = frozenset({SchoolForm.central_school, SchoolForm.school})
LED = frozenset({SchoolForm.village_school, SchoolForm.teaching_point})


class SchoolsOnly(Invalid):
    """Only a village school or a teaching point is led by another school."""

    code = "lead_school_refused"
    message = N_("School “{key}” cannot be led by “{lead}”.")


def add_organisation(
    session: Session,
    scope: Scope,
    *,
    code: str,
    name: str,
    level: Level,
    parent_code: str | None = None,
    name_en: str = "",
) -> Organisation:
    """A new bureau below ``parent_code``; a city has none above it.

    Raises:
        Invalid: the code, or a level that does not belong below the parent's.
        Conflict: the code is taken.
        NotFound: no such parent within the scope.
        OutOfScope: a city, by somebody who does not see everything.
    """
    _check_code(code, ORGANISATION_CODE)
    _check_text("name", name)
    if session.get(Organisation, code) is not None or session.get(School, code) is not None:
        raise Conflict(key=code)
    parent = _parent(session, scope, parent_code)
    _check_level(level, parent)
    return OrganisationRepository(session, scope).add(
        Organisation(
            code=code,
            name=name.strip(),
            name_en=name_en.strip(),
            level=level,
            parent_code=parent_code,
            path=_path(parent, code),
        )
    )


def move_organisation(
    session: Session, scope: Scope, code: str, parent_code: str | None
) -> Organisation:
    """Put a bureau below another; every bureau, school and grant below it moves along.

    Raises:
        NotFound: the bureau or the new parent is not within the scope.
        Invalid: a level that does not belong there, or a bureau below itself.
    """
    organisation = OrganisationRepository(session, scope).get(code)
    if organisation is None:
        raise NotFound(what="organisation", key=code)
    parent = _parent(session, scope, parent_code)
    _check_level(organisation.level, parent)
    if parent is not None and parent.path.startswith(organisation.path):
        raise Invalid(field="parent_code", reason=parent.path)
    before, after = organisation.path, _path(parent, code)
    organisation.parent_code = parent_code
    if after != before:
        _move_paths(session, before, after)
    session.add(organisation)
    session.flush()
    return organisation


def add_school(
    session: Session, scope: Scope, *, code: str, name: str, organisation_code: str, **fields: Any
) -> School:
    """A new school under a city, a county or a township; its code stays for ever.

    ``fields`` are the other columns of :class:`School`, ``path`` excepted.

    Raises:
        Invalid: a code that is not 4 to 32 of ``A-Z 0-9 -``, or a negative number of people.
        Conflict: the code is taken.
        NotFound: no such bureau, or lead school, within the scope.
    """
    _check_code(code, SCHOOL_CODE)
    _check_text("name", name)
    if session.get(School, code) is not None or session.get(Organisation, code) is not None:
        raise Conflict(key=code)
    organisation = _organisation(session, scope, organisation_code)
    lead = fields.pop("lead_school_code", None)
    school = School(
        code=code,
        name=name.strip(),
        organisation_code=organisation_code,
        path=_path(organisation, code),
        **fields,
    )
    for count in ("students", "teachers", "classes"):
        if getattr(school, count) < 0:
            raise Invalid(field=count, reason=str(getattr(school, count)))
    if lead is not None:
        _check_lead(session, scope, school, lead)
        school.lead_school_code = lead
    return SchoolRepository(session, scope).add(school)


def move_school(session: Session, scope: Scope, code: str, organisation_code: str) -> School:
    """Put a school under another bureau; code, devices and history stay.

    Raises:
        NotFound: the school or the bureau is not within the scope.
    """
    school = _school(session, scope, code)
    organisation = _organisation(session, scope, organisation_code)
    before, after = school.path, _path(organisation, code)
    school.organisation_code = organisation_code
    if after != before:
        _move_paths(session, before, after)
    session.add(school)
    session.flush()
    return school


def lead_school(session: Session, scope: Scope, code: str, lead: str | None) -> School:
    """Let a central school lead this one (一校多点), or nobody. Its agents serve it from then on.

    Raises:
        NotFound: either school is not within the scope.
        SchoolsOnly: this one is not a village school or teaching point, or that one is.
    """
    school = _school(session, scope, code)
    if lead is not None:
        _check_lead(session, scope, school, lead)
    school.lead_school_code = lead
    session.add(school)
    session.flush()
    return school


def _path(above: Organisation | None, code: str) -> str:
    path = f"{above.path if above else '/'}{code}/"
    if len(path) > MAX_PATH:
        raise Invalid(field="path", reason=path)
    return path


def _check_code(code: str, pattern: re.Pattern[str]) -> None:
    if not pattern.match(code):
        raise Invalid(field="code", reason=code[:64])


def _check_text(name: str, text: str) -> None:
    if not text.strip():
        raise Invalid(field=name, reason="-")


def _check_level(level: Level, parent: Organisation | None) -> None:
    allowed = PARENTS[level]
    if (parent.level if parent else None) not in (allowed or {None}):
        raise Invalid(field="parent_code", reason=f"{level} < {parent.level if parent else '-'}")


def _check_lead(session: Session, scope: Scope, school: School, lead: str) -> None:
    leader = _school(session, scope, lead)
    if school.form not in LED or leader.form not in LEADERS or leader.code == school.code:
        raise SchoolsOnly(key=school.code, lead=lead)


def _parent(session: Session, scope: Scope, code: str | None) -> Organisation | None:
    if code is not None:
        return _organisation(session, scope, code)
    if "/" not in scope.prefixes:
        raise OutOfScope(key="/")
    return None


def _organisation(session: Session, scope: Scope, code: str) -> Organisation:
    found = OrganisationRepository(session, scope).get(code)
    if found is None:
        raise NotFound(what="organisation", key=code)
    return found


def _school(session: Session, scope: Scope, code: str) -> School:
    found = SchoolRepository(session, scope).get(code)
    if found is None:
        raise NotFound(what="school", key=code)
    return found


def _move_paths(session: Session, before: str, after: str) -> None:
    rows: Iterable[Organisation | School] = (
        *session.exec(select(Organisation).where(within(col(Organisation.path), before))).all(),
        *session.exec(select(School).where(within(col(School.path), before))).all(),
    )
    for row in rows:
        row.path = after + row.path.removeprefix(before)
        if len(row.path) > MAX_PATH:
            raise Invalid(field="path", reason=row.path)
        session.add(row)
    # What is remembered of files belongs to the place, too.
    for mapping in session.exec(
        select(ImportMapping).where(within(col(ImportMapping.owner_path), before))
    ).all():
        mapping.owner_path = after + mapping.owner_path.removeprefix(before)
    # A grant names a place, not a string: it moves with it. The path is part of its key.
    grants = session.exec(select(Grant).where(within(col(Grant.scope_path), before))).all()
    for grant in grants:
        session.delete(grant)
    session.flush()
    for grant in grants:
        path = after + grant.scope_path.removeprefix(before)
        session.merge(Grant(user_id=grant.user_id, role=grant.role, scope_path=path))
    session.flush()
