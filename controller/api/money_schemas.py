"""What ``/programmes``, ``/funds`` and the rules of money take and answer. Amounts are yuan."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from controller.api.records import Tagged
from controller.api.schemas import Schema
from inventory.models import Stage
from inventory.money.years import Calendar

Text = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Reference = Annotated[str, Field(min_length=1, max_length=100)]
Code = Annotated[str, Field(min_length=1, max_length=32)]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
YearNumber = Annotated[int, Field(ge=1990, le=2100)]


class Taken(BaseModel):
    """Base of what is taken in: nothing beside what is named."""

    model_config = ConfigDict(extra="forbid")


class CategoryIn(Taken):
    """What money is for."""

    code: Code
    name: Name
    name_en: Annotated[str, Field(max_length=60)] = ""


class PartyIn(Taken):
    """Who bears a share; ``reimburses``: pays it afterwards, against claims."""

    name: Name
    weight: Annotated[int, Field(ge=0, le=1_000_000)]
    reimburses: bool = False


class ProgrammeIn(Taken):
    """A programme; without categories or parties it begins with those of the examples."""

    organisation_code: Code
    name: Annotated[str, Field(min_length=1, max_length=120)]
    plan: Text = ""
    calendar: Calendar = Calendar.fiscal
    first_year: YearNumber
    last_year: YearNumber
    to_be_confirmed: bool = False
    categories: Annotated[list[CategoryIn], Field(max_length=30)] | None = None
    parties: Annotated[list[PartyIn], Field(max_length=12)] | None = None


class PaidProjectIn(Taken):
    """The category its orders are accounted to."""

    category: Code


class PaidProjectOut(Schema):
    """A procurement project that a programme pays for."""

    id: str
    number: str
    title: str
    organisation_code: str
    budget_cny: Decimal
    budget_category: str | None


class PartiesIn(Taken):
    """Who bears a programme, in the order in which odd cents are given out."""

    parties: Annotated[list[PartyIn], Field(min_length=1, max_length=12)]


class ProgrammeOut(Schema):
    """A programme over several years."""

    id: str
    organisation_code: str
    name: str
    plan: str
    calendar: Calendar
    first_year: int
    last_year: int
    to_be_confirmed: bool


class CategoryOut(Schema):
    """What money is for, in both languages."""

    code: str
    name: str
    name_en: str


class ShareOut(Schema):
    """What one party bears of everything spent so far."""

    position: int
    name: str
    weight: int
    reimburses: bool
    share_cny: Decimal
    claimed_cny: Decimal
    paid_cny: Decimal
    open_cny: Decimal


class CellOut(Schema):
    """Planned (a range) and spent."""

    from_cny: Decimal
    to_cny: Decimal
    spent_cny: Decimal
    left_cny: Decimal
    is_planned: bool


class YearOut(Schema):
    """One year of a table: its cells in the order of the categories, and their sum."""

    year: int
    label: str
    first_day: date
    last_day: date
    cells: list[CellOut]
    total: CellOut


class LineOut(Tagged):
    """What is planned for one category in one year."""

    year: int
    category: str
    from_cny: Decimal
    to_cny: Decimal
    note: str


class TableOut(Schema):
    """Plan against actual."""

    programme: ProgrammeOut
    categories: list[CategoryOut]
    years: list[YearOut]
    of_categories: list[CellOut]
    total: CellOut
    shares: list[ShareOut]
    parties_etag: str = Field(description="What ``If-Match`` of a change of the parties takes.")
    lines: list[LineOut] = Field(description="What is planned, with the tags of changes.")


class LineIn(Taken):
    """What is planned; ``to_cny`` where the plan names a range."""

    from_cny: Amount
    to_cny: Amount | None = None
    note: Text = ""


class SpendingIn(Taken):
    """What was spent, above zero; it cannot be changed afterwards, only countered."""

    category: Code
    booked_on: date
    amount_cny: Amount
    reference: Reference
    note: Text = ""
    school_code: Code | None = None
    device_id: Annotated[str, Field(max_length=20)] | None = None
    fund_code: Code | None = None


class CounterIn(Taken):
    """Why an entry is taken back."""

    note: Annotated[str, Field(min_length=1, max_length=200)]


class EntryOut(Schema):
    """Something spent; ``countered``: it was taken back."""

    id: str
    category: str
    year: int
    booked_on: date
    amount_cny: Decimal
    reference: str
    note: str
    school_code: str | None
    device_id: str | None
    fund_code: str | None
    counters_id: str | None
    countered: bool


class ClaimIn(Taken):
    """What is claimed of a party; all that is open where no amount is named."""

    position: Annotated[int, Field(ge=0, le=11)]
    claimed_on: date
    reference: Reference
    amount_cny: Amount | None = None


class SettleIn(Taken):
    """On which day it was paid or withdrawn."""

    on: date


class ClaimOut(Schema):
    """A claim for reimbursement."""

    id: str
    position: int
    amount_cny: Decimal
    reference: str
    claimed_on: date
    paid_on: date | None
    withdrawn_on: date | None


class FundIn(Taken):
    """The fund of a bureau."""

    organisation_code: Code
    name: Annotated[str, Field(min_length=1, max_length=120)]


class FundOut(Schema):
    """A fund and what is in it."""

    organisation_code: str
    name: str
    balance_cny: Decimal


class PaymentIn(Taken):
    """Money paid into a fund."""

    booked_on: date
    amount_cny: Amount
    reference: Reference


class TakeBackIn(Taken):
    """On which day a payment is taken back."""

    booked_on: date


class FundEntryOut(Schema):
    """What came into a fund, or left it (below zero)."""

    id: str
    booked_on: date
    amount_cny: Decimal
    reference: str
    budget_entry_id: str | None
    counters_id: str | None


class PerPupilRuleIn(Taken):
    """A version of a funding rule: yuan a pupil and year."""

    organisation_code: Code
    plan: Annotated[str, Field(min_length=1, max_length=200)]
    quote: Annotated[str, Field(max_length=500)] = ""
    stage: Stage
    calendar: Calendar = Calendar.fiscal
    first_year: YearNumber
    last_year: YearNumber | None = None
    yuan: Amount


class PerPupilRuleOut(Schema):
    """A version; not ``confirmed``: whether the plan means this unit is to be confirmed."""

    id: str
    organisation_code: str
    plan: str
    quote: str
    stage: Stage
    calendar: Calendar
    first_year: int
    last_year: int | None
    yuan: Decimal
    confirmed: bool


class SchoolFundingOut(Schema):
    """What the rules give a school in a year; empty where no rule speaks of its stage."""

    school_code: str
    stage: Stage
    students: int
    rule_id: str | None
    confirmed: bool | None
    amount_cny: Decimal | None


class DepreciationIn(Taken):
    """How an asset class loses its value; from today on, unless a day is named."""

    holds_from: date | None = None
    life_months: Annotated[int, Field(ge=1, le=1_200)]
    residual_rate: Annotated[Decimal, Field(ge=0, lt=1, max_digits=5, decimal_places=4)] = Decimal(
        0
    )


class DepreciationOut(Schema):
    """The same, by the beginning of the asset class's code.

    ``holds_from`` is null of what was shipped, which holds until a bureau says otherwise.
    """

    asset_class: str
    holds_from: date | None
    life_months: int
    residual_rate: Decimal
    shipped: bool
