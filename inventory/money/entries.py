"""What was spent: entries that are never changed, and counter-entries that take them back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import BudgetEntry, Device
from inventory.money.amounts import amount
from inventory.money.errors import CounteredAlready, NotAnAmount
from inventory.money.funds import take_out
from inventory.money.programmes import category_in, year_in
from inventory.money.repository import MoneyRepository
from inventory.money.years import year_containing
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Spending:
    """What somebody spent.

    Args:
        booked_on: the day; it decides the year.
        amount_cny: above zero.
        reference: number of the invoice, the contract or the order.
        school_code: for which school; the device decides it where one is named.
        device_id: for the repair of which device.
        fund_code: out of which bureau's fund, if out of one.
        order_id: the accepted order it is for.
    """

    category: str
    booked_on: date
    amount_cny: Decimal
    reference: str
    note: str = ""
    school_code: str | None = None
    device_id: str | None = None
    fund_code: str | None = None
    order_id: str | None = None


def spend(
    session: Session, scope: Scope, programme_id: str, spending: Spending, by: str | None = None
) -> BudgetEntry:
    """Account for something spent.

    Raises:
        NotFound: the programme, category, school, device or fund is not there.
        OutsideProgramme: the day lies outside the programme's years.
        NotAnAmount: not above zero.
        Invalid: no reference.
        FundTooSmall: the fund holds less.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    year = year_in(programme, year_containing(programme.calendar, spending.booked_on).number)
    category_in(repository, programme, spending.category)
    spent = amount(spending.amount_cny)
    if spent <= 0:
        raise NotAnAmount(field="amount_cny", text=spending.amount_cny)
    if not spending.reference.strip():
        raise Invalid(field="reference", reason="-")
    school_code = spending.school_code
    if spending.device_id is not None:
        device = session.get(Device, spending.device_id)
        if device is None or school_code not in (None, device.school_code):
            raise NotFound(what="device", key=spending.device_id)
        school_code = device.school_code
    if school_code is not None:
        repository.school_of(programme, school_code)
    entry = BudgetEntry(
        id=new_id("b"),
        programme_id=programme.id,
        category=spending.category,
        year=year.number,
        booked_on=spending.booked_on,
        amount_cny=spent,
        reference=spending.reference.strip(),
        note=spending.note.strip(),
        school_code=school_code,
        device_id=spending.device_id,
        fund_code=spending.fund_code,
        order_id=spending.order_id,
        made_by=by,
    )
    return _keep(session, scope, entry)


def take_back(
    session: Session,
    scope: Scope,
    programme_id: str,
    entry_id: str,
    *,
    note: str,
    by: str | None = None,
) -> BudgetEntry:
    """Counter an entry: the opposite amount, in the same year and category.

    Raises:
        NotFound: no such entry.
        CounteredAlready: it was taken back, or is itself a counter-entry.
        Invalid: no reason given.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    entry = repository.entry(programme, entry_id)
    if entry.counters_id is not None or repository.counter_of(entry) is not None:
        raise CounteredAlready(key=entry.reference)
    if not note.strip():
        raise Invalid(field="note", reason="-")
    counter = BudgetEntry(
        id=new_id("b"),
        programme_id=programme.id,
        category=entry.category,
        year=entry.year,
        booked_on=entry.booked_on,
        amount_cny=-entry.amount_cny,
        reference=entry.reference,
        note=note.strip(),
        school_code=entry.school_code,
        device_id=entry.device_id,
        fund_code=entry.fund_code,
        order_id=entry.order_id,
        counters_id=entry.id,
        made_by=by,
    )
    return _keep(session, scope, counter)


def _keep(session: Session, scope: Scope, entry: BudgetEntry) -> BudgetEntry:
    if entry.fund_code is not None:
        MoneyRepository(session, scope).fund(entry.fund_code)
    session.add(entry)
    session.flush()
    if entry.fund_code is not None:
        take_out(session, scope, entry)
    return entry
