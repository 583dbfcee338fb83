"""Programmes, budgets, what was spent, funds and claims. Amounts are yuan, kept as whole fen."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Dialect, ForeignKeyConstraint, Index, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum, utc_now
from inventory.models.organisation import Stage
from inventory.money.amounts import from_fen, to_fen
from inventory.money.years import Calendar


class Yuan(TypeDecorator[Decimal]):
    """Yuan with two places, kept as whole fen: sums are exact on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_fen(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_fen(value)


class Programme(SQLModel, table=True):
    """A programme of one bureau over several years, such as 2011-2013 in Liwan's plan."""

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True)
    name: str = Field(max_length=120)
    #: The plan it comes from, to show beside it.
    plan: str = Field(default="", max_length=200)
    #: By which years it is budgeted and accounted for.
    calendar: Calendar = Field(default=Calendar.fiscal, sa_type=text_enum(Calendar))
    #: Numbers of its first and last year; a school year has that of the year it begins in.
    first_year: int
    last_year: int
    #: Somebody has yet to confirm what the plan means.
    to_be_confirmed: bool = False
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class ProgrammeParty(SQLModel, table=True):
    """Who bears which share of a programme (市县两级按照2:8的比例承担)."""

    __tablename__ = "programme_party"

    programme_id: str = Field(primary_key=True, foreign_key="programme.id", max_length=20)
    #: Order of the parties: of equal remainders the earlier one bears the odd cent.
    position: int = Field(primary_key=True)
    name: str = Field(max_length=60)
    weight: int
    #: Pays its share afterwards, against claims (市级奖补).
    reimburses: bool = False


class ProgrammeCategory(SQLModel, table=True):
    """What a programme's money is for: data, since the plans differ."""

    __tablename__ = "programme_category"

    programme_id: str = Field(primary_key=True, foreign_key="programme.id", max_length=20)
    code: str = Field(primary_key=True, max_length=32)
    position: int
    name: str = Field(max_length=60)
    name_en: str = Field(default="", max_length=60)


class BudgetLine(SQLModel, table=True):
    """What is planned for one category in one year: an amount, or a range of the plan's."""

    __tablename__ = "budget_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["programme_id", "category"],
            ["programme_category.programme_id", "programme_category.code"],
        ),
    )

    programme_id: str = Field(primary_key=True, max_length=20)
    year: int = Field(primary_key=True)
    category: str = Field(primary_key=True, max_length=32)
    from_cny: Decimal = Field(sa_type=Yuan)
    #: The same where the plan names one amount.
    to_cny: Decimal = Field(sa_type=Yuan)
    note: str = Field(default="", max_length=200)


class BudgetEntry(SQLModel, table=True):
    """Something spent; never changed, never deleted, at most countered."""

    __tablename__ = "budget_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["programme_id", "category"],
            ["programme_category.programme_id", "programme_category.code"],
        ),
        Index("ix_budget_entry_programme_id_year_category", "programme_id", "year", "category"),
        Index("uq_budget_entry_counters_id", "counters_id", unique=True),
    )

    id: str = Field(primary_key=True, max_length=20)
    programme_id: str = Field(max_length=20)
    category: str = Field(max_length=32)
    #: Year of the programme's calendar that ``booked_on`` is in.
    year: int
    booked_on: date
    #: Below zero for a counter-entry only.
    amount_cny: Decimal = Field(sa_type=Yuan)
    #: Number of the invoice, the contract or the order.
    reference: str = Field(max_length=100)
    note: str = Field(default="", max_length=200)
    school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    #: The device it was spent on, of a repair.
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True)
    #: The bureau out of whose fund it was paid.
    fund_code: str | None = Field(default=None, foreign_key="fund.organisation_code", index=True)
    #: The accepted order it was made for. No foreign key: of an order that was taken back, step by
    #: step until it never was, both entries stay.
    order_id: str | None = Field(default=None, index=True, max_length=20)
    #: The entry it takes back.
    counters_id: str | None = Field(default=None, foreign_key="budget_entry.id")
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    made_by: str | None = Field(default=None, foreign_key="app_user.id")


class Fund(SQLModel, table=True):
    """One fund of a bureau for repair and renovation (维修改造经费统一)."""

    __table_args__ = (CheckConstraint("balance_cny >= 0", name="balance"),)

    organisation_code: str = Field(primary_key=True, foreign_key="organisation.code")
    name: str = Field(max_length=120)
    balance_cny: Decimal = Field(default=Decimal("0.00"), sa_type=Yuan)


class FundEntry(SQLModel, table=True):
    """Money that came into a fund or left it; the balance is the sum of them."""

    __tablename__ = "fund_entry"
    __table_args__ = (Index("uq_fund_entry_counters_id", "counters_id", unique=True),)

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="fund.organisation_code", index=True)
    booked_on: date
    #: Above zero: paid in.
    amount_cny: Decimal = Field(sa_type=Yuan)
    reference: str = Field(max_length=100)
    #: What was spent, where a programme's entry took it.
    budget_entry_id: str | None = Field(default=None, foreign_key="budget_entry.id", index=True)
    counters_id: str | None = Field(default=None, foreign_key="fund_entry.id")
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    made_by: str | None = Field(default=None, foreign_key="app_user.id")


class ReimbursementClaim(SQLModel, table=True):
    """A party's share, asked of it after it was spent: claimed, then paid or withdrawn."""

    __tablename__ = "reimbursement_claim"
    __table_args__ = (
        ForeignKeyConstraint(
            ["programme_id", "position"],
            ["programme_party.programme_id", "programme_party.position"],
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    programme_id: str = Field(index=True, max_length=20)
    position: int
    amount_cny: Decimal = Field(sa_type=Yuan)
    reference: str = Field(max_length=100)
    claimed_on: date
    paid_on: date | None = None
    withdrawn_on: date | None = None
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    made_by: str | None = Field(default=None, foreign_key="app_user.id")


class PerPupilRule(SQLModel, table=True):
    """One version of a funding rule (生均经费标准): yuan a pupil and year, for one stage."""

    __tablename__ = "per_pupil_rule"

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True)
    plan: str = Field(max_length=200)
    quote: str = Field(default="", max_length=500)
    stage: Stage = Field(sa_type=text_enum(Stage))
    calendar: Calendar = Field(default=Calendar.fiscal, sa_type=text_enum(Calendar))
    first_year: int
    last_year: int | None = None
    yuan: Decimal = Field(sa_type=Yuan)
    #: A person has confirmed that the plan means yuan a pupil and year.
    confirmed: bool = False


class DepreciationRule(SQLModel, table=True):
    """The bureau's own life and residual rate of an asset class, by the beginning of its code.

    A version holds until the next one of its class begins.
    """

    __tablename__ = "depreciation_rule"

    asset_class: str = Field(primary_key=True, max_length=16)
    #: Rules of before there were days hold from the first one.
    holds_from: date = Field(
        primary_key=True, sa_column_kwargs={"server_default": text("'1980-01-01'")}
    )
    life_months: int
    residual_rate: Decimal = Field(default=Decimal(0), max_digits=5, decimal_places=4)
