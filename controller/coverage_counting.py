"""The job that counts how far schools are equipped and connected, for the month that runs."""

from datetime import datetime

from controller.jobs import Transactions
from inventory.coverage.against import worst_stands
from inventory.coverage.counting import count
from inventory.coverage.keeping import MeasureRepository, month_of
from inventory.days import day_of
from inventory.packed.equipment import equipment
from inventory.packed.reading import NO_FAILURES
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.standards.bound import Bindings, kind_of
from inventory.summaries import worth_counting

COUNT_SECONDS = 60.0
#: Schools whose figures are written in one transaction: some two thousand rows.
_AT_ONCE = 100


def count_coverage(transactions: Transactions, now: datetime) -> None:
    """Count anew; a large register once a day, since a city takes seconds."""
    everything = Scope.everything()
    today = day_of(now)
    month = month_of(today)
    with transactions.reading() as session:
        counted = MeasureRepository(session, everything).counted_at(month)
        if counted is not None and day_of(counted) == today and worth_counting(session):
            return
        devices = equipment(session, everything, "/", now=now, failures=lambda: NO_FAILURES)
        tallies = count(session, everything, devices, on=today, now=now)
        schools = SchoolRepository(session, everything).all()
        codes = [one.code for one in schools]
        bindings = Bindings(session, everything, today, today)
        stands = worst_stands(tallies, map(kind_of, schools), bindings, today)
    for start in range(0, len(codes), _AT_ONCE):
        with transactions.writing() as session:
            MeasureRepository(session, everything).keep(
                tallies, stands, codes[start : start + _AT_ONCE], month=month, counted_at=now
            )
