"""Cities to ask questions about."""

import pytest
from sqlmodel import Session

from tests.inventory.city import A, B, add_city, add_county


@pytest.fixture
def city(session: Session) -> Session:
    """A session over a city with county A alone."""
    add_city(session)
    add_county(session, A)
    return session


@pytest.fixture
def two_counties(city: Session) -> Session:
    """The same with county B beside it."""
    add_county(city, B)
    return city
