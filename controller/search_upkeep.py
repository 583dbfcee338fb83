"""The job that writes search documents of what was changed around the sessions of a controller."""

from datetime import datetime

from controller.finding import EVERY_SOURCE
from controller.jobs import Transactions
from inventory.search.upkeep import anything_stale, write_stale

#: Between two looks.
SEARCH_SECONDS = 5.0
#: Notes in one transaction: others that write wait no longer than for these.
_NOTES = 500


def write_search_documents(transactions: Transactions, _now: datetime) -> None:
    """Write whatever is noted, a few hundred at a time; see :mod:`inventory.search.upkeep`."""
    with transactions.reading() as session:
        wanted = anything_stale(session)
    while wanted:
        with transactions.writing() as session:
            wanted = write_stale(session, EVERY_SOURCE, _NOTES) == _NOTES
