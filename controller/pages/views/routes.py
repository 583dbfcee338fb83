"""Who approves requests: the routes in their order, and the form of one."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.procuring import APPROVERS, procurement_scope
from controller.words.terms import LEVELS, ROLES, STAGES
from inventory.models import Level, Stage
from inventory.procurement.routes import MOST_APPROVERS, Route, all_routes, gaps

#: What the routes are called with which an installation begins.
DELIVERED = (
    N_("City: senior secondary, vocational, special"),
    N_("City: its own schools"),
    N_("County and township, below 200,000"),
    N_("County and township, from 200,000"),
)
#: Gaps beyond these are counted only.
_GAPS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route; its texts are in the reader's words."""

    number: int
    name: str
    stages: str
    affiliation: str
    amounts: str
    approvers: Sequence[str]


@dataclass(frozen=True, slots=True)
class RoutesView:
    """All routes; ``seen`` stands for what they were when the page was made."""

    rows: Sequence[RouteRow]
    gaps: Sequence[str]
    more_gaps: int
    may_change: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Signer:
    """One signature on the form: the choice of its role and of its bureau."""

    number: int
    roles: Sequence[Option]
    levels: Sequence[Option]


@dataclass(frozen=True, slots=True)
class RouteForm:
    """The form of one route; ``number`` 0 for a new one."""

    number: int
    name: str
    stages: Sequence[Option]
    affiliations: Sequence[Option]
    amount_from: str
    amount_below: str
    signers: Sequence[Signer]
    seen: str
    fault: str = ""


def routes_view(look: Look) -> RoutesView:
    """The routes, for whoever has to do with procurement.

    Raises:
        PermissionDenied: this person has not.
    """
    may_change = look.caller.may(Permission.manage_routes)
    if not may_change:
        procurement_scope(look.caller)
    routes = all_routes(look.session)
    translate = look.lang.gettext
    missing = [
        f"{translate(STAGES[stage])} · {translate(LEVELS[level])} · ≥ {edge:,.2f}"
        for stage, level, edge in gaps(routes)
    ]
    return RoutesView(
        rows=[_row(look, number, route) for number, route in enumerate(routes, 1)],
        gaps=missing[:_GAPS_SHOWN],
        more_gaps=max(0, len(missing) - _GAPS_SHOWN),
        may_change=may_change,
        seen=digest(routes),
    )


def digest(routes: Sequence[Route]) -> str:
    """Stands for the routes as they are; another one after any change."""
    told = [(one, sorted(one.stages)) for one in routes]
    text = repr([(one.name, one.approvers, s, one.affiliation, *_amounts(one)) for one, s in told])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def texts_of(look: Look, route: Route) -> dict[str, str]:
    """A route as its form says it."""
    said = {
        "name": _name(look, route),
        "affiliation": route.affiliation or "",
        "amount_from": str(route.amount_from),
        "amount_below": "" if route.amount_below is None else str(route.amount_below),
    }
    said |= {f"stage_{stage}": "1" for stage in route.stages}
    for number, one in enumerate(route.approvers, 1):
        said |= {f"role_{number}": one.role.value, f"level_{number}": one.level.value}
    return said


def route_form(
    look: Look, number: int, said: Mapping[str, str], seen: str, fault: str = ""
) -> RouteForm:
    """The form of a route with what it says."""
    translate = look.lang.gettext
    affiliation = said.get("affiliation", "")
    return RouteForm(
        number=number,
        name=said.get("name", ""),
        stages=[Option(one.value, translate(STAGES[one]), f"stage_{one}" in said) for one in Stage],
        affiliations=[
            Option("", translate(N_("Any")), not affiliation),
            *(Option(one.value, translate(LEVELS[one]), one.value == affiliation) for one in Level),
        ],
        amount_from=said.get("amount_from", "0.00"),
        amount_below=said.get("amount_below", ""),
        signers=[_signer(look, one, said) for one in range(1, MOST_APPROVERS + 1)],
        seen=seen,
        fault=fault,
    )


def _signer(look: Look, number: int, said: Mapping[str, str]) -> Signer:
    translate = look.lang.gettext
    role, level = said.get(f"role_{number}", ""), said.get(f"level_{number}", "county")
    return Signer(
        number,
        [
            Option("", "—", not role),
            *(Option(one.value, translate(ROLES[one]), one.value == role) for one in APPROVERS),
        ],
        [Option(one.value, translate(LEVELS[one]), one.value == level) for one in Level],
    )


def _row(look: Look, number: int, route: Route) -> RouteRow:
    translate = look.lang.gettext
    comma = "、" if look.lang.code == "zh_CN" else ", "
    stages = [translate(STAGES[one]) for one in Stage if one in route.stages]
    low, below = _amounts(route)
    return RouteRow(
        number=number,
        name=_name(look, route),
        stages=comma.join(stages) or translate(N_("All")),
        affiliation=translate(LEVELS[route.affiliation] if route.affiliation else N_("Any")),
        amounts=f"≥ {low}" + (f" · < {below}" if below else ""),
        approvers=[
            f"{translate(ROLES[one.role])} · {translate(LEVELS[one.level])}"
            for one in route.approvers
        ],
    )


def _name(look: Look, route: Route) -> str:
    """What a route is called; in the reader's words as long as nobody has called it otherwise."""
    return look.lang.gettext(route.name) if route.name in DELIVERED else route.name


def _amounts(route: Route) -> tuple[str, str]:
    below = "" if route.amount_below is None else f"{route.amount_below:,.2f}"
    return f"{route.amount_from:,.2f}", below
