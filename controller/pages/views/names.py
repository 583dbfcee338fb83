"""What people and places are called, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import col, select

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Choice, Option
from inventory.models import Level, Line, Organisation, Room, School, User
from inventory.repositories.organisations import OrganisationRepository
from inventory.repositories.people import UserRepository
from inventory.repositories.schools import SchoolFacts, SchoolRepository
from inventory.scope import Scope

#: More schools than this are not offered in a list; they are reached from their own pages.
_MOST_OPTIONS = 300


def name_of(look: Look, name: str, name_en: str) -> str:
    """The name in the reader's language, as far as the register has it."""
    return name_en or name if look.lang.code == "en" else name


def school_name(look: Look, school: School | SchoolFacts) -> str:
    return name_of(look, school.name, school.name_en)


def bureau_name(look: Look, bureau: Organisation) -> str:
    return name_of(look, bureau.name, bureau.name_en)


def bureau_names(look: Look) -> Mapping[str, str]:
    """Names of the visible bureaus, by code."""
    found = OrganisationRepository(look.session, look.scope).all()
    return {bureau.code: bureau_name(look, bureau) for bureau in found}


def line_name(look: Look, line: Line) -> str:
    """``Internet line (China Telecom 0574-1234)``."""
    known = " ".join(part for part in (line.provider, line.circuit) if part)
    word = look.lang.gettext(N_("Internet line"))
    return f"{word} {known}".strip()


def room_name(room: Room | None) -> str:
    return " ".join(part for part in (room.building, room.name) if part) if room else ""


def people_names(look: Look, ids: Iterable[str | None]) -> Mapping[str, str]:
    """Names by user id.

    Whoever may read an entry may read who wrote it, so this asks beyond the caller's scope.
    """
    wanted = sorted({found for found in ids if found})
    if not wanted:
        return {}
    users = UserRepository(look.session, Scope.everything()).named(wanted)
    return {user.id: user.name or user.login for user in users}


def names_of_logins(look: Look, logins: Iterable[str | None]) -> Mapping[str, str]:
    """Names by log-in; of who has no name, and of who is not known any more, the log-in.

    Whoever may read an entry may read who wrote it, as of :func:`people_names`.
    """
    wanted = sorted({found for found in logins if found})
    known = look.session.exec(select(User).where(col(User.login).in_(wanted))) if wanted else ()
    return {login: login for login in wanted} | {one.login: one.name or one.login for one in known}


def school_choice(look: Look, chosen: str) -> Sequence[Choice]:
    """Schools to filter by; in a large district only the one that is chosen, or no choice."""
    everywhere = Option("", look.lang.gettext(N_("All")), not chosen)
    offered = SchoolRepository(look.session, look.scope).offered(_MOST_OPTIONS, chosen)
    options = [Option(code, name_of(look, *names), code == chosen) for code, *names in offered]
    return [Choice("school", N_("School"), [everywhere, *options])] if options else []


def county_choice(look: Look, chosen: str) -> Sequence[Choice]:
    """Counties to filter by, for who sees several."""
    counties = OrganisationRepository(look.session, look.scope).of_level(Level.county)
    if len(counties) < 2:  # noqa: PLR2004
        return []
    everywhere = Option("", look.lang.gettext(N_("All")), not chosen)
    options = [Option(code, name_of(look, *names), code == chosen) for code, *names in counties]
    return [Choice("county", N_("County"), [everywhere, *options])]


def path_below(look: Look, bureau: str) -> str:
    """Where schools of a bureau have their paths; everywhere if there is none within scope."""
    found = OrganisationRepository(look.session, look.scope).get(bureau) if bureau else None
    return found.path if found else "/"
