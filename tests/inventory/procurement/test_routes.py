"""Approval routes as data: changed row by row, and what no route fits."""

from decimal import Decimal

from sqlmodel import col, select

from inventory.models import Level, Role, Stage
from inventory.models.procurement_request import ApprovalRoute
from inventory.procurement.routes import Approver, Route, all_routes, gaps, set_routes
from tests.inventory.procurement.bureau import Steps

COUNTY = Approver(Role.county_it, Level.county)
SMALL = Route("小额", (COUNTY,), amount_below=Decimal(1000))


def rows(steps: Steps) -> list[tuple[str, str]]:
    query = select(ApprovalRoute.id, ApprovalRoute.name).order_by(col(ApprovalRoute.position))
    return list(steps.session.exec(query))


def test_an_installation_begins_with_routes_for_everybody(steps: Steps) -> None:
    delivered = all_routes(steps.session)
    assert gaps(delivered) == []
    assert {route.amount_from for route in delivered} == {Decimal(0), Decimal(200_000)}


def test_a_change_keeps_the_rows_it_does_not_touch(steps: Steps) -> None:
    before = rows(steps)
    set_routes(steps.session, [*all_routes(steps.session), SMALL])
    added = rows(steps)
    assert added[:-1] == before
    assert added[-1][1] == "小额"
    set_routes(steps.session, all_routes(steps.session)[:-1])
    assert rows(steps) == before


def test_gaps_are_told_by_stage_bureau_and_amount() -> None:
    rest = Route(
        "其余",
        (COUNTY,),
        stages=frozenset(Stage) - {Stage.special},
        amount_from=Decimal(1000),
    )
    assert gaps([SMALL, rest]) == [
        (Stage.special, level, Decimal(1000))
        for level in (Level.city, Level.county, Level.township)
    ]
    township = Route("乡镇", (COUNTY,), affiliation=Level.township)
    assert {level for _, level, _ in gaps([township])} == {Level.city, Level.county}
