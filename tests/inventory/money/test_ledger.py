"""Programmes, what was spent, the fund and the claims, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from inventory.errors import Conflict, Invalid, NotFound, OutOfScope
from inventory.models import Device, Fund, PerPupilRule, Programme, School, Stage
from inventory.money.claims import claim, settle, shares
from inventory.money.depreciation import SHIPPED, Terms, terms_for
from inventory.money.entries import Spending, spend, take_back
from inventory.money.errors import (
    ClaimSettled,
    ClaimTooLarge,
    CounteredAlready,
    FundTooSmall,
    NotAnAmount,
    OutsideProgramme,
    ProgrammeInUse,
)
from inventory.money.funds import open_fund, pay_in, take_back_payment
from inventory.money.programmes import Category, Party, open_programme, plan_line, set_parties
from inventory.money.repository import MoneyRepository
from inventory.money.rules import (
    add_per_pupil_rule,
    book_value_of,
    confirm_per_pupil_rule,
    depreciation_terms,
    funding_of_schools,
    set_depreciation,
)
from inventory.money.table import Cell, budget_table, totals
from inventory.money.years import Calendar, FiscalYear, SchoolYear
from inventory.scope import Scope
from tests.inventory.city import CITY, A, B, add_city, add_county

TODAY = date(2026, 9, 1)

ALL = Scope.everything()
DAY = date(2026, 3, 1)


def programme(session: Session, **changed: object) -> Programme:
    values: dict[str, object] = {
        "organisation_code": A.code,
        "name": "三年计划",
        "first_year": 2026,
        "last_year": 2028,
    }
    return open_programme(session, A.scope, **(values | changed))  # type: ignore[arg-type]


def spent(session: Session, made: Programme, yuan: str, on: date = DAY, **more: str) -> str:
    spending = Spending(more.pop("category", "renew"), on, Decimal(yuan), "INV-1", **more)
    return spend(session, A.scope, made.id, spending).id


def test_a_table_has_plan_and_actual_by_year_and_category(city: Session) -> None:
    made = programme(city)
    plan_line(city, A.scope, made.id, year=2026, category="renew", from_cny=Decimal(10_000_000))
    line = plan_line(
        city,
        A.scope,
        made.id,
        year=2027,
        category="renew",
        from_cny=Decimal(15_000_000),
        to_cny=Decimal(20_000_000),
    )
    assert (line.from_cny, line.to_cny) == (15_000_000, 20_000_000)
    first = spent(city, made, "12000000.01")
    spent(city, made, "0.02", category="other")
    table = budget_table(MoneyRepository(city, A.scope), made)
    assert [category.code for category in table.categories] == [
        "renew",
        "apply",
        "maintain",
        "other",
    ]
    assert [year.label for year in table.years] == ["2026", "2027", "2028"]
    assert table.rows[0][0].left_cny == Decimal("-2000000.01")
    assert table.rows[0][0].is_exceeded
    assert table.rows[0][3].spent_cny == Decimal("0.02")
    assert not table.rows[2][0].is_planned
    assert table.total.to_cny == 30_000_000
    assert table.total.spent_cny == Decimal("12000000.03")
    assert [cell.spent_cny for cell in table.of_categories] == [
        Decimal("12000000.01"),
        0,
        0,
        Decimal("0.02"),
    ]
    take_back(city, A.scope, made.id, first, note="wrong invoice")
    repository = MoneyRepository(city, A.scope)
    table = budget_table(repository, made)
    assert table.total.spent_cny == Decimal("0.02")
    nothing = programme(city, name="another")
    assert totals(repository, [made, nothing]) == {made.id: table.total, nothing.id: Cell()}


def test_a_school_year_programme_counts_september_to_august(city: Session) -> None:
    made = programme(city, calendar=Calendar.school, first_year=2025, last_year=2025)
    spent(city, made, "1", date(2025, 9, 1))
    spent(city, made, "2", date(2026, 8, 31))
    table = budget_table(MoneyRepository(city, A.scope), made)
    assert table.years == [SchoolYear(2025)]
    assert table.total.spent_cny == 3
    with pytest.raises(OutsideProgramme, match="2025-2026"):
        spent(city, made, "3", date(2026, 9, 1))
    with pytest.raises(OutsideProgramme):
        spent(city, made, "3", date(2025, 8, 31))


def test_an_entry_is_countered_once_and_a_counter_entry_never(city: Session) -> None:
    made = programme(city)
    entry = spent(city, made, "5")
    with pytest.raises(Invalid, match="note"):
        take_back(city, A.scope, made.id, entry, note=" ")
    counter = take_back(city, A.scope, made.id, entry, note="typed twice")
    assert (counter.amount_cny, counter.year, counter.counters_id) == (-5, 2026, entry)
    for one in (entry, counter.id):
        with pytest.raises(CounteredAlready):
            take_back(city, A.scope, made.id, one, note="again")


@pytest.mark.parametrize("yuan", ["0", "-1", "0.001"])
def test_only_what_is_above_zero_and_whole_fen_is_spent(city: Session, yuan: str) -> None:
    with pytest.raises(NotAnAmount):
        spent(city, programme(city), yuan)


def test_nothing_is_spent_on_what_is_elsewhere(two_counties: Session) -> None:
    made = programme(two_counties)
    for more in (
        {"school_code": B.school},
        {"device_id": B.row("d")},
        {"device_id": A.row("d"), "school_code": A.point},
        {"category": "travel"},
        {"fund_code": B.code},
    ):
        with pytest.raises(NotFound):
            spent(two_counties, made, "1", **more)
    entry = MoneyRepository(two_counties, A.scope).entry(
        made, spent(two_counties, made, "1", device_id=A.row("d"))
    )
    assert entry.school_code == A.school


def test_the_city_pays_its_share_against_claims(city: Session) -> None:
    made = programme(city)
    spent(city, made, "100.03")
    repository = MoneyRepository(city, A.scope)
    shared = shares(repository, made)
    assert [share.share for share in shared] == [Decimal("20.01"), Decimal("80.02")]
    first = claim(city, A.scope, made.id, position=0, on=DAY, reference="1", amount_cny=Decimal(20))
    with pytest.raises(ClaimTooLarge, match=r"0\.01"):
        claim(city, A.scope, made.id, position=0, on=DAY, reference="2", amount_cny=Decimal("0.02"))
    with pytest.raises(NotFound):
        claim(city, A.scope, made.id, position=1, on=DAY, reference="county")
    with pytest.raises(Invalid, match="2026-02-28"):
        settle(city, A.scope, made.id, first.id, on=date(2026, 2, 28), paid=True)
    settle(city, A.scope, made.id, first.id, on=date(2026, 5, 1), paid=True)
    with pytest.raises(ClaimSettled):
        settle(city, A.scope, made.id, first.id, on=date(2026, 5, 1), paid=False)
    rest = claim(city, A.scope, made.id, position=0, on=DAY, reference="2")
    assert rest.amount_cny == Decimal("0.01")
    assert (shares(repository, made)[0].paid, shares(repository, made)[0].open) == (20, 0)
    settle(city, A.scope, made.id, rest.id, on=DAY, paid=False)
    assert shares(repository, made)[0].open == Decimal("0.01")


def test_who_bears_a_programme_stays_once_something_was_spent(city: Session) -> None:
    made = programme(city)
    parties = set_parties(
        city, A.scope, made.id, [Party("市", 1, reimburses=True), Party("县", 1), Party("校", 1)]
    )
    assert [party.name for party in parties] == ["市", "县", "校"]
    spent(city, made, "100")
    shared = shares(MoneyRepository(city, A.scope), made)
    assert [share.share for share in shared] == [Decimal("33.34"), *[Decimal("33.33")] * 2]
    with pytest.raises(ProgrammeInUse):
        set_parties(city, A.scope, made.id, [Party("县", 1)])


def test_a_fund_never_goes_below_zero(city: Session) -> None:
    fund = open_fund(city, A.scope, A.code, "维修改造经费")
    with pytest.raises(Conflict):
        open_fund(city, A.scope, A.code, "another")
    paid = pay_in(city, A.scope, A.code, on=DAY, amount_cny=Decimal("100.00"), reference="R1")
    made = programme(city)
    entry = spent(city, made, "60", fund_code=A.code)
    assert fund.balance_cny == 40
    with pytest.raises(FundTooSmall, match=r"40\.00"), city.begin_nested():
        spent(city, made, "40.01", fund_code=A.code)
    with pytest.raises(FundTooSmall):
        take_back_payment(city, A.scope, A.code, paid.id, on=DAY)
    take_back(city, A.scope, made.id, entry, note="returned")
    assert fund.balance_cny == 100
    counter = take_back_payment(city, A.scope, A.code, paid.id, on=DAY)
    with pytest.raises(CounteredAlready):
        take_back_payment(city, A.scope, A.code, counter.id, on=DAY)
    assert fund.balance_cny == 0
    page = MoneyRepository(city, A.scope).fund_entries(fund)
    assert page.total == 4
    assert sum(one.amount_cny for one in page.items) == 0


@pytest.fixture(scope="module")
def quick(sqlite_shared: Engine) -> Engine:
    return sqlite_shared


STEPS = st.lists(
    st.tuples(st.sampled_from(["pay", "spend", "counter", "unpay"]), st.integers(1, 10_000)),
    max_size=15,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_done_the_balance_is_the_sum_and_never_below_zero(
    quick: Engine, steps: list[tuple[str, int]]
) -> None:
    with quick.connect() as connection, connection.begin() as outer, Session(connection) as session:
        add_city(session)
        add_county(session, A)
        open_fund(session, A.scope, A.code, "fund")
        made = programme(session)
        entries: list[str] = []
        payments: list[str] = []
        for step, fen in steps:
            yuan = Decimal(fen) / 100
            try:
                with session.begin_nested():
                    if step == "pay":
                        row = pay_in(
                            session, A.scope, A.code, on=DAY, amount_cny=yuan, reference="r"
                        )
                        payments.append(row.id)
                    elif step == "spend":
                        entries.append(spent(session, made, str(yuan), fund_code=A.code))
                    elif step == "counter" and entries:
                        take_back(session, A.scope, made.id, entries[fen % len(entries)], note="n")
                    elif step == "unpay" and payments:
                        one = payments[fen % len(payments)]
                        take_back_payment(session, A.scope, A.code, one, on=DAY)
            except (FundTooSmall, CounteredAlready):
                pass
            session.expire_all()
            fund = session.get_one(Fund, A.code)
            repository = MoneyRepository(session, A.scope)
            moved = repository.fund_entries(fund, limit=100).items
            assert fund.balance_cny == sum(one.amount_cny for one in moved)
            assert fund.balance_cny >= 0
            total = sum(repository.spent(made).values(), Decimal(0))
            assert total >= 0
            assert sum(share.share for share in shares(repository, made)) == total
        session.close()
        outer.rollback()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"last_year": 2025},
        {"last_year": 2060},
        {"categories": ()},
        {"categories": (Category("a", "x"), Category("a", "y"))},
        {"categories": (Category("a b", "x"),)},
        {"parties": ()},
        {"parties": (Party("a", 0),)},
        {"parties": (Party("a", -1), Party("b", 2))},
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(
    city: Session, changed: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        programme(city, **changed)


def test_nobody_sees_or_changes_another_countys_money(two_counties: Session) -> None:
    session = two_counties
    made = programme(session)
    open_fund(session, A.scope, A.code, "fund")
    rule = add_per_pupil_rule(session, A.scope, pupil_rule(90))
    elsewhere = MoneyRepository(session, B.scope)
    assert elsewhere.programmes().total == 0
    assert list(elsewhere.funds()) == []
    assert list(elsewhere.per_pupil_rules()) == []
    for call in (
        lambda: elsewhere.programme(made.id),
        lambda: elsewhere.fund(A.code),
        lambda: spend(session, B.scope, made.id, Spending("renew", DAY, Decimal(1), "x")),
        lambda: claim(session, B.scope, made.id, position=0, on=DAY, reference="x"),
        lambda: pay_in(session, B.scope, A.code, on=DAY, amount_cny=Decimal(1), reference="x"),
        lambda: confirm_per_pupil_rule(session, B.scope, rule.id),
    ):
        with pytest.raises(NotFound):
            call()
    for forbidden in (
        lambda: open_programme(
            session, B.scope, organisation_code=A.code, name="x", first_year=2026, last_year=2026
        ),
        lambda: open_fund(session, B.scope, CITY, "x"),
        lambda: add_per_pupil_rule(session, B.scope, pupil_rule(1)),
        lambda: set_depreciation(
            session, B.scope, "A0201", Terms(12), holds_from=TODAY, today=TODAY
        ),
    ):
        with pytest.raises(OutOfScope):
            forbidden()


def pupil_rule(yuan: int, first_year: int = 2026) -> PerPupilRule:
    return PerPupilRule(
        id="",
        organisation_code=A.code,
        plan="临沂",
        stage=Stage.primary,
        first_year=first_year,
        yuan=Decimal(yuan),
    )


def test_schools_are_funded_by_the_rule_of_the_year(city: Session) -> None:
    add_per_pupil_rule(city, A.scope, pupil_rule(66, 2020))
    rule = add_per_pupil_rule(city, A.scope, pupil_rule(90, 2026))
    assert not rule.confirmed
    assert confirm_per_pupil_rule(city, A.scope, rule.id).confirmed
    city.get_one(School, A.school).students = 600
    bureau = MoneyRepository(city, A.scope).organisation(A.code)
    given = {
        one.school.code: one.amount_cny
        for one in funding_of_schools(city, A.scope, bureau, FiscalYear(2026))
    }
    assert given[A.school] == 54_000
    before = funding_of_schools(city, A.scope, bureau, FiscalYear(2019))
    assert {one.amount_cny for one in before} == {None}


def test_a_bureau_has_its_own_terms_of_depreciation_from_a_day_on(city: Session) -> None:
    def say(asset_class: str, terms: Terms, holds_from: date) -> None:
        set_depreciation(city, ALL, asset_class, terms, holds_from=holds_from, today=TODAY)

    def life(on: date | None) -> Terms:
        return terms_for("A02010105", depreciation_terms(city, on))

    assert depreciation_terms(city) == SHIPPED
    say("2010105", Terms(48, Decimal("0.05")), TODAY)
    say("A02010105", Terms(60), TODAY + timedelta(days=365))
    say("A0201", Terms(12), TODAY)
    say("A0201", Terms(24), TODAY)
    assert life(TODAY - timedelta(days=1)) == SHIPPED["A0201"]
    assert life(TODAY) == Terms(48, Decimal("0.05"))
    # Plans look ahead.
    assert life(TODAY + timedelta(days=365)) == life(None) == Terms(60)
    assert depreciation_terms(city, TODAY)["A0201"] == Terms(24)
    with pytest.raises(Invalid):
        say("A02 01", Terms(60), TODAY)
    with pytest.raises(Invalid) as refused:
        say("A0201", Terms(60), date(TODAY.year - 1, 12, 31))
    assert refused.value.arguments["field"] == "holds_from"


def test_books_of_earlier_years_stay_when_a_rule_comes(city: Session) -> None:
    device = city.get_one(Device, A.row("d"))
    device.asset_class, device.price_cny = "A02010105", Decimal("7200.00")
    assert book_value_of(city, device, TODAY) is None
    device.purchased_on = date(TODAY.year - 2, 1, 15)
    new_year, old_year = date(TODAY.year, 1, 1), date(TODAY.year - 1, 12, 31)
    before = book_value_of(city, device, old_year)
    assert before == 7200 - 24 * 100

    set_depreciation(city, ALL, "A0201", Terms(48), holds_from=new_year, today=TODAY)

    assert book_value_of(city, device, old_year) == before
    # 4,800 yuan are left for the 24 months that the new life leaves.
    assert book_value_of(city, device, new_year) == before - 200
    assert book_value_of(city, device, date(TODAY.year + 1, 12, 31)) == 0
