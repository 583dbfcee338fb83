"""Technicians on pages: who repairs what, where, how much at once, and when not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from alerts.assignment.models import TechnicianProfile
from alerts.assignment.people import LEADERS, NAMED
from alerts.assignment.profiles import Profile, ProfileRepository
from alerts.assignment.ranking import Tier, away_on
from alerts.codes import FaultKind
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.names import bureau_name, school_name
from controller.pages.views.record_form import Field
from controller.pages.views.ticket_people import TIERS
from controller.words.terms import KINDS, ROLES, word
from controller.words.tickets import FAULT_KINDS
from drivers.readings import Kind
from inventory.days import day_of
from inventory.models import Organisation, Role, School, StaffMember
from inventory.repositories.school_records import in_office
from inventory.scope import Scope

MOST_OPEN, FROM, UNTIL = N_("Most open tickets"), N_("Away from"), N_("Away until")
_MOST_PLACES = 4


@dataclass(frozen=True, slots=True)
class TechnicianRow:
    """One person as the list tells of them; words are in the reader's language."""

    profile: Profile
    name: str
    tiers: Sequence[str]
    #: Roles with their places, then who names them.
    places: Sequence[str]
    trades: Sequence[str]
    is_away: bool
    is_full: bool


@dataclass(frozen=True, slots=True)
class Technicians:
    """Everything on the page; ``may_change``: all of one's bureau, not only oneself."""

    rows: Sequence[TechnicianRow]
    may_change: bool


def technicians_view(look: Look) -> Technicians:
    """Everybody who works on tickets within one's bureau; a technician sees themself.

    Raises:
        PermissionDenied: this person neither gives tickets out nor repairs.
    """
    scope = look.caller.scope(Permission.assign_tickets)
    if scope.prefixes:
        found = ProfileRepository(look.session, scope).all()
    else:
        look.caller.require(Permission.work_tickets)
        everybody = ProfileRepository(look.session, Scope.everything()).all()
        found = [one for one in everybody if one.user.id == look.caller.id]
    names = _place_names(look, found)
    named = _naming(look, found)
    return Technicians([_row(look, one, names, named) for one in found], bool(scope.prefixes))


def profile_fields(look: Look) -> Sequence[Field]:
    """The form of a profile."""
    translate = look.lang.gettext
    return [
        Field(
            "kinds",
            N_("Kinds of devices"),
            kind="checks",
            choices=[(kind.value, translate(words)) for kind, words in KINDS.items()],
            hint=N_("None ticked: every kind."),
            read=lambda row: " ".join(sorted(row.kinds.split())),
        ),
        Field(
            "categories",
            N_("Kinds of faults"),
            kind="checks",
            choices=[(kind.value, translate(words)) for kind, words in FAULT_KINDS.items()],
            hint=N_("None ticked: every fault."),
            read=lambda row: " ".join(sorted(row.categories.split())),
        ),
        Field(
            "most_open",
            MOST_OPEN,
            kind="number",
            hint=N_("With so many, nobody proposes them for another one. Empty: any number."),
            heading=translate(N_("Load and absence")),
        ),
        Field("away_from", FROM, kind="date"),
        Field(
            "away_until",
            UNTIL,
            kind="date",
            hint=N_("The last day away. Empty: until further notice."),
        ),
    ]


def _row(
    look: Look, one: Profile, names: Mapping[str, str], named: Mapping[str, Sequence[StaffMember]]
) -> TechnicianRow:
    translate, row = look.lang.gettext, one.row
    duties = named.get(one.user.id, ())
    tiers = {_tier(grant.role, grant.scope_path, names) for grant in one.grants}
    tiers |= {NAMED[duty.role] for duty in duties}
    places = [
        f"{translate(ROLES[grant.role])}: {names.get(grant.scope_path, grant.scope_path)}"
        for grant in one.grants
    ]
    if duties:
        told = ", ".join(names.get(duty.school_code, "") for duty in duties[:_MOST_PLACES])
        more = "" if len(duties) <= _MOST_PLACES else f" +{len(duties) - _MOST_PLACES}"
        places.append(translate(N_("Named by {schools}")).format(schools=told + more))
    return TechnicianRow(
        profile=one,
        name=one.user.name or one.user.login,
        tiers=[translate(TIERS[tier]) for tier in sorted(one for one in tiers if one)],
        places=places,
        trades=[
            *(translate(word(Kind(code))) for code in row.kinds.split()),
            *(translate(word(FaultKind(code))) for code in row.categories.split()),
        ],
        is_away=away_on(day_of(look.now), row.away_from, row.away_until),
        is_full=row.most_open is not None and one.open >= row.most_open,
    )


def _tier(role: Role, path: str, names: Mapping[str, str]) -> Tier | None:
    if role is Role.technician:
        return Tier.school if f"school {path}" in names else Tier.district
    return Tier.leader if role in LEADERS else None


def _place_names(look: Look, found: Sequence[Profile]) -> Mapping[str, str]:
    """Names of bureaus and schools by path, and of schools by code; schools are marked, too."""
    paths = sorted({grant.scope_path for one in found for grant in one.grants})
    ids = [one.user.id for one in found]
    codes = select(StaffMember.school_code).where(col(StaffMember.user_id).in_(ids))
    bureaus = look.session.exec(select(Organisation).where(col(Organisation.path).in_(paths)))
    schools = look.session.exec(
        select(School).where(col(School.path).in_(paths) | col(School.code).in_(codes))
    ).all()
    return {
        "/": look.lang.gettext(N_("everywhere")),
        **{one.path: bureau_name(look, one) for one in bureaus},
        **{one.path: school_name(look, one) for one in schools},
        **{one.code: school_name(look, one) for one in schools},
        **{f"school {one.path}": "" for one in schools},
    }


def _naming(look: Look, found: Sequence[Profile]) -> Mapping[str, Sequence[StaffMember]]:
    rows = look.session.exec(
        select(StaffMember)
        .where(
            col(StaffMember.user_id).in_([one.user.id for one in found]),
            col(StaffMember.role).in_(list(NAMED)),
            in_office(day_of(look.now)),
        )
        .order_by(col(StaffMember.school_code))
    )
    named: dict[str, list[StaffMember]] = {}
    for row in rows:
        named.setdefault(row.user_id or "", []).append(row)
    return named


def kept_row(look: Look, user_id: str) -> TechnicianProfile | None:
    """The profile in the register; none where nobody has said anything."""
    return look.session.get(TechnicianProfile, user_id)
