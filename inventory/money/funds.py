"""The one fund of a bureau for repair and renovation: its balance never goes below zero."""

from datetime import date
from decimal import Decimal

from sqlalchemy import update
from sqlmodel import Session, col

from inventory.errors import Conflict, Invalid
from inventory.ids import new_id
from inventory.models import BudgetEntry, Fund, FundEntry
from inventory.money.amounts import amount
from inventory.money.errors import CounteredAlready, FundTooSmall, NotAnAmount
from inventory.money.repository import MoneyRepository
from inventory.scope import Scope


def open_fund(session: Session, scope: Scope, organisation_code: str, name: str) -> Fund:
    """Give a bureau its fund, with nothing in it.

    Raises:
        NotFound, OutOfScope: of the bureau.
        Conflict: it has one.
        Invalid: no name.
    """
    MoneyRepository(session, scope).organisation(organisation_code)
    if not name.strip():
        raise Invalid(field="name", reason="-")
    if session.get(Fund, organisation_code) is not None:
        raise Conflict(key=organisation_code)
    fund = Fund(organisation_code=organisation_code, name=name.strip())
    session.add(fund)
    session.flush()
    return fund


def pay_in(
    session: Session,
    scope: Scope,
    code: str,
    *,
    on: date,
    amount_cny: Decimal,
    reference: str,
    by: str | None = None,
) -> FundEntry:
    """Pay into a fund.

    Raises:
        NotFound: no such fund within the scope.
        NotAnAmount: not above zero.
        Invalid: no reference.
    """
    fund = MoneyRepository(session, scope).fund(code)
    paid = amount(amount_cny)
    if paid <= 0:
        raise NotAnAmount(field="amount_cny", text=amount_cny)
    return _move(session, fund, on=on, change=paid, reference=reference, by=by)


def take_out(session: Session, scope: Scope, entry: BudgetEntry) -> FundEntry:
    """Pay an entry of a programme out of its fund; a counter-entry puts it back.

    Raises:
        NotFound: no such fund within the scope.
        FundTooSmall: it holds less.
    """
    repository = MoneyRepository(session, scope)
    fund = repository.fund(entry.fund_code or "")
    return _move(
        session,
        fund,
        on=entry.booked_on,
        change=-entry.amount_cny,
        reference=entry.reference,
        by=entry.made_by,
        budget_entry_id=entry.id,
    )


def take_back_payment(
    session: Session, scope: Scope, code: str, entry_id: str, *, on: date, by: str | None = None
) -> FundEntry:
    """Counter a payment into a fund.

    Raises:
        NotFound: no such entry.
        CounteredAlready: it was taken back, or is itself a counter-entry, or left with an entry
            of a programme: that one is to be countered.
        FundTooSmall: the money was spent meanwhile.
    """
    repository = MoneyRepository(session, scope)
    # Two who take one payment back: the second is told that it was.
    fund = repository.fund(code, lock=True)
    entry = repository.fund_entry(fund, entry_id)
    if entry.counters_id or entry.budget_entry_id or repository.counter_of(entry):
        raise CounteredAlready(key=entry.reference)
    return _move(
        session,
        fund,
        on=on,
        change=-entry.amount_cny,
        reference=entry.reference,
        by=by,
        counters_id=entry.id,
    )


def _move(
    session: Session,
    fund: Fund,
    *,
    on: date,
    change: Decimal,
    reference: str,
    by: str | None,
    budget_entry_id: str | None = None,
    counters_id: str | None = None,
) -> FundEntry:
    if not reference.strip():
        raise Invalid(field="reference", reason="-")
    # Test and change in one statement: of two who take the last yuan one is told it is gone.
    moved = session.execute(
        update(Fund)
        .where(
            col(Fund.organisation_code) == fund.organisation_code,
            col(Fund.balance_cny) + change >= Decimal(0),
        )
        .values(balance_cny=col(Fund.balance_cny) + change)
        .execution_options(synchronize_session=False)
    )
    session.refresh(fund)
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise FundTooSmall(key=fund.name, balance=fund.balance_cny, amount=-change)
    entry = FundEntry(
        id=new_id("f"),
        organisation_code=fund.organisation_code,
        booked_on=on,
        amount_cny=change,
        reference=reference.strip(),
        budget_entry_id=budget_entry_id,
        counters_id=counters_id,
        made_by=by,
    )
    session.add(entry)
    session.flush()
    return entry
