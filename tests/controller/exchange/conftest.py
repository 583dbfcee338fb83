"""Files brought into a small city, of every table there is."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from controller.exchange.tables import IMPORTERS
from controller.exchange.words import vocabularies
from inventory.exchange.importing import import_file
from inventory.exchange.order import Order
from inventory.exchange.outcome import Report
from inventory.exchange.tables import Source
from inventory.scope import Scope
from tests.inventory.city import A, B, add_city, add_county

Bring = Callable[..., Report]


@pytest.fixture
def two_counties(session: Session) -> Session:
    """A session over a city with two counties that mirror each other."""
    add_city(session)
    add_county(session, A)
    add_county(session, B)
    return session


@pytest.fixture
def bring(two_counties: Session) -> Bring:
    """Bring a CSV text as a table, as county A."""

    def bring(
        layout: str, text: str, *, scope: Scope = A.scope, dry_run: bool = False, **more: object
    ) -> Report:
        source = Source("x.csv", text.encode())
        order = Order(layout, source, owner=A.path, dry_run=dry_run, **more)  # type: ignore[arg-type]
        return import_file(two_counties, scope, order, vocabularies(), importers=IMPORTERS)

    return bring
