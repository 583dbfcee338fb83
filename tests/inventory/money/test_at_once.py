"""Two people at once at one fund, on PostgreSQL."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from inventory.database import make_engine, session_factory, unit_of_work
from inventory.money.errors import CounteredAlready
from inventory.money.funds import open_fund, pay_in, take_back_payment
from inventory.money.repository import MoneyRepository
from tests.at_once import while_held
from tests.inventory.city import A, add_city, add_county

DAY = date(2026, 3, 2)


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    made = make_engine(postgres_database)
    yield made
    made.dispose()


def test_two_who_take_one_payment_back_take_it_back_once(engine: Engine) -> None:
    with unit_of_work(session_factory(engine)) as session:
        add_city(session)
        add_county(session, A)
    code = A.code
    with unit_of_work(session_factory(engine)) as session:
        open_fund(session, A.scope, code, "维修改造经费")
        pay_in(session, A.scope, code, on=DAY, amount_cny=Decimal(900), reference="拨款 1")
        paid = pay_in(session, A.scope, code, on=DAY, amount_cny=Decimal(100), reference="拨款 2")

    def take_back(session: Session) -> None:
        take_back_payment(session, A.scope, code, paid.id, on=DAY)

    assert isinstance(while_held(engine, take_back, take_back), CounteredAlready)
    with unit_of_work(session_factory(engine)) as session:
        assert MoneyRepository(session, A.scope).fund(code).balance_cny == Decimal(900)
