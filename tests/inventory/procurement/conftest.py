"""A bureau that procures."""

import pytest
from sqlmodel import Session

from tests.inventory.procurement.bureau import Steps, found


@pytest.fixture
def steps(session: Session) -> Steps:
    """Short ways, on each kind of database."""
    found(session)
    return Steps(session)
