"""A small city to collect from."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from tests.inventory.city import A, B, add_city, add_county


@pytest.fixture
def city(sqlite_engine: Engine) -> Iterator[Session]:
    """A session over a city with county A alone."""
    with Session(sqlite_engine) as session:
        add_city(session)
        add_county(session, A)
        yield session


@pytest.fixture
def two_counties(city: Session) -> Session:
    """The same with county B beside it."""
    add_county(city, B)
    return city
