"""A city in the register, filled by SQL in seconds: for measurements and for looking at plans.

Plain rows without a story, in the proportions of a real city; ``fleet seed`` makes believable
ones. The same statements run on SQLite and PostgreSQL.
"""

from datetime import datetime

from sqlalchemy import Connection

from tests.register_devices import fill_devices, fill_faults, fill_traces
from tests.register_places import (
    CITY_TOKEN,
    COUNTY_TOKEN,
    fill_agents,
    fill_people,
    fill_places,
)
from tests.register_rows import CITY, COUNTIES, FOR_PLANS, TOWNSHIPS, Rows, Size

__all__ = [
    "CITY",
    "CITY_TOKEN",
    "COUNTIES",
    "COUNTY_TOKEN",
    "FOR_PLANS",
    "TOWNSHIPS",
    "Rows",
    "Size",
    "fill",
]


def fill(connection: Connection, size: Size, now: datetime) -> None:
    """Fill a migrated, empty database; the caller commits.

    One device in ten is a switch, three are watched by presence alone. Of a hundred devices one is
    down and one degraded, and one has an open alert with an open ticket. One school in 200 is
    silent. Ids: schools ``S0000``, devices ``d000000``, agents ``a0000``, lines ``l0000``.
    """
    rows = Rows(connection, now)
    rows.trust()
    fill_places(rows, size)
    fill_people(rows)
    fill_agents(rows, size)
    fill_devices(rows, size)
    fill_faults(rows, size)
    fill_traces(rows, size)
    rows.analyse()
