import pytest

from alerts.notify.outbox import note_what_happens
from inventory.database import SessionFactory
from tests.alerts.notify.bureau import Bureau


@pytest.fixture
def bureau(factory: SessionFactory) -> Bureau:
    note_what_happens(factory)
    return Bureau(factory)
