"""Which signatures a request needs: routes are data, the first one that fits counts.

The plans divide it so (Zibo): senior secondary, vocational and special schools are the city's;
kindergartens, primary and junior secondary schools belong to whoever runs them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models.organisation import Level, Organisation, School, Stage
from inventory.models.people import Role
from inventory.models.procurement_request import ApprovalRoute
from inventory.money.amounts import amount
from inventory.procurement.errors import NoRoute

MOST_ROUTES = 100
MOST_APPROVERS = 6
_MAX_NAME = 120
_LEVELS = (Level.township, Level.county, Level.city)


@dataclass(frozen=True, slots=True)
class Approver:
    """One signature: a role at the school's bureau of a level."""

    role: Role
    level: Level


@dataclass(frozen=True, slots=True)
class Route:
    """Who approves requests of some schools between two amounts.

    Args:
        name: of the route.
        approvers: in the order of their signatures.
        stages: school stages; none for all.
        affiliation: level of the bureau the school belongs to; ``None`` for any.
        amount_from: CNY, inclusive.
        amount_below: CNY, exclusive; ``None`` for no end.
    """

    name: str
    approvers: tuple[Approver, ...]
    stages: frozenset[Stage] = frozenset()
    affiliation: Level | None = None
    amount_from: Decimal = Decimal(0)
    amount_below: Decimal | None = None

    def fits(self, stage: Stage, affiliation: Level, total: Decimal) -> bool:
        return (
            (not self.stages or stage in self.stages)
            and (self.affiliation is None or self.affiliation is affiliation)
            and self.amount_from <= total
            and (self.amount_below is None or total < self.amount_below)
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature that a certain request needs."""

    role: Role
    organisation: Organisation


def all_routes(session: Session) -> Sequence[Route]:
    """The routes of this installation in their order; they belong to no place."""
    rows = session.exec(select(ApprovalRoute).order_by(col(ApprovalRoute.position))).all()
    return [
        Route(
            name=row.name,
            approvers=tuple(
                Approver(Role(one["role"]), Level(one["level"]))
                for one in json.loads(row.approvers)
            ),
            stages=frozenset(Stage(stage) for stage in json.loads(row.stages)),
            affiliation=row.affiliation,
            amount_from=row.amount_from_cny,
            amount_below=row.amount_below_cny,
        )
        for row in rows
    ]


def set_routes(session: Session, routes: Sequence[Route]) -> None:
    """Let these routes count from now on; requests under way keep the signatures they need.

    Raises:
        Invalid: too many, none, one without approvers or name, amounts that exclude each other.
        NotAnAmount: an amount with more than two places.
    """
    if not 1 <= len(routes) <= MOST_ROUTES:
        raise Invalid(field="routes", reason=f"{len(routes)} (1-{MOST_ROUTES})")
    for route in routes:
        _check(route)
    # Row by row, so that the audit trail says what has changed.
    rows = list(session.exec(select(ApprovalRoute).order_by(col(ApprovalRoute.position))))
    for row in rows[len(routes) :]:
        session.delete(row)
    for position, route in enumerate(routes, 1):
        if position <= len(rows):
            row = rows[position - 1]
        else:
            row = ApprovalRoute(id=new_id("v"), position=position, name="", approvers="[]")
        row.position, row.name = position, route.name.strip()
        row.stages, row.affiliation = json.dumps(sorted(route.stages)), route.affiliation
        row.amount_from_cny = amount(route.amount_from)
        row.amount_below_cny = None if route.amount_below is None else amount(route.amount_below)
        row.approvers = json.dumps(
            [{"role": one.role, "level": one.level} for one in route.approvers]
        )
        session.add(row)
    session.flush()


def gaps(routes: Sequence[Route]) -> Sequence[tuple[Stage, Level, Decimal]]:
    """Where requests would find no route: stage, level of the school's bureau, and from how much.

    Looked at are the amounts at which routes begin and end, so what lies between is known, too.
    """
    edges = {Decimal(0)}
    for route in routes:
        edges |= {route.amount_from} | ({route.amount_below} if route.amount_below else set())
    return [
        (stage, level, edge)
        for stage in Stage
        for level in reversed(_LEVELS)
        for edge in sorted(edges)
        if not any(route.fits(stage, level, edge) for route in routes)
    ]


def signatures_for(session: Session, school: School, total: Decimal) -> Sequence[Signature]:
    """The signatures a request of this school needs, in their order.

    Where a school has no bureau of a level, as a city's own school has no county, the next one
    above signs.

    Raises:
        NoRoute: no route fits, or the school has no such bureau above it.
    """
    above = _bureaus_above(session, school)
    affiliation = session.get_one(Organisation, school.organisation_code).level
    for route in all_routes(session):
        if route.fits(school.stage, affiliation, total):
            return [Signature(one.role, _at(above, one.level)) for one in route.approvers]
    raise NoRoute(stage=school.stage, affiliation=affiliation, amount=total)


def _at(above: Sequence[Organisation], level: Level) -> Organisation:
    for wanted in _LEVELS[_LEVELS.index(level) :]:
        for bureau in above:
            if bureau.level is wanted:
                return bureau
    return above[0]


def _bureaus_above(session: Session, school: School) -> Sequence[Organisation]:
    """The bureaus in a school's path, the city first."""
    parts = school.path.strip("/").split("/")[:-1]
    paths = ["/" + "/".join(parts[: number + 1]) + "/" for number in range(len(parts))]
    return session.exec(
        select(Organisation)
        .where(col(Organisation.path).in_(paths))
        .order_by(col(Organisation.path))
    ).all()


def _check(route: Route) -> None:
    if not 1 <= len(route.approvers) <= MOST_APPROVERS:
        raise Invalid(field="approvers", reason=f"{len(route.approvers)} (1-{MOST_APPROVERS})")
    if not 1 <= len(route.name.strip()) <= _MAX_NAME:
        raise Invalid(field="name", reason=f"{len(route.name.strip())} (1-{_MAX_NAME})")
    if amount(route.amount_from) < 0:
        raise Invalid(field="amount_from_cny", reason=str(route.amount_from))
    if route.amount_below is not None and amount(route.amount_below) <= route.amount_from:
        raise Invalid(field="amount_below_cny", reason=str(route.amount_below))
