"""``/spare-parts``: parts in the stock of bureaus, what comes in, and what is counted."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from alerts.work.desk import MOST_CNY
from alerts.work.models import StockStep
from alerts.work.stock import MOST_IN_STOCK, PartWords, StockDesk, StockRepository
from controller.api.conditional import IfMatch, require_match, tag
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, Within
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["tickets"], responses=PROBLEMS)
StockScope = Annotated[Scope, Depends(Within(Permission.keep_parts))]
Cost = Annotated[Decimal, Field(ge=0, le=MOST_CNY, max_digits=12, decimal_places=2)]
Pieces = Annotated[int, Field(ge=0, le=MOST_IN_STOCK)]
Note = Annotated[str, Field(max_length=200)]


class StockWords(BaseModel):
    """A sort of part, what one costs, and with how many left somebody is to buy more."""

    name: str = Field(min_length=1, max_length=200)
    unit_cost_cny: Cost
    low_mark: Pieces = Field(default=0, description="0: nobody is reminded.")
    shelf: str = Field(default="", max_length=100, description="Where they lie.")

    @property
    def words(self) -> PartWords:
        return PartWords(
            name=self.name,
            unit_cost=self.unit_cost_cny,
            low_mark=self.low_mark,
            shelf=self.shelf,
        )


class StockIn(StockWords):
    """The same, and how many there are now; null leaves that as it is."""

    quantity: Pieces | None = None


class NewStockIn(StockWords):
    """The same in the stock of a bureau, for every school below it, or of one school."""

    organisation_code: str = Field(default="", max_length=32)
    school_code: str = Field(
        default="", max_length=32, description="Kept there, for this school alone."
    )
    quantity: Pieces = 0


class ReceiptIn(BaseModel):
    """How many came in; ``unit_cost_cny`` where one costs something else from now on."""

    pieces: int = Field(ge=1, le=MOST_IN_STOCK)
    unit_cost_cny: Cost | None = None
    note: Note = ""


class CountIn(BaseModel):
    """How many there are; ``knew``: how many there were in the register when they were counted."""

    pieces: Pieces
    knew: Pieces | None = None
    note: Note = ""


class StockOut(Schema):
    """A sort of part in the stock of a bureau."""

    id: str
    organisation_code: str
    school_code: str | None = Field(description="The school that keeps it for itself alone.")
    name: str
    unit_cost_cny: Decimal
    quantity: int
    low_mark: int
    shelf: str
    is_low: bool
    withdrawn_at: datetime | None


class StockEntryOut(Schema):
    """One change of how many there are; ``quantity``: how many there were then."""

    at: datetime
    step: StockStep
    change: int
    quantity: int
    actor_id: str | None
    ticket_id: str | None
    note: str


@router.get("/spare-parts")
def list_stock(session: DbSession, scope: StockScope) -> Listed[StockOut]:
    """Parts in the stock of the caller's bureaus."""
    rows = [StockOut.model_validate(row) for row in StockRepository(session, scope).all()]
    return Listed(items=rows, total=len(rows))


@router.post("/spare-parts", status_code=201)
def add_stock(
    session: DbSession, caller: CurrentCaller, scope: StockScope, body: NewStockIn
) -> StockOut:
    """Begin to keep a sort of part."""
    desk = StockDesk(session, scope, caller.id, utc_now())
    part = desk.add(body.organisation_code, body.words, body.quantity, school_code=body.school_code)
    return StockOut.model_validate(part)


@router.put("/spare-parts/{part_id}")
def change_stock(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: StockScope,
    part_id: str,
    body: StockIn,
    response: Response,
    if_match: IfMatch = None,
) -> StockOut:
    """Say something else of it; 412 where somebody has changed it since."""
    part = StockRepository(session, scope).get(part_id)
    require_match(session, part, if_match, body.model_dump(exclude={"quantity"}))
    desk = StockDesk(session, scope, caller.id, utc_now())
    desk.change(part_id, body.words)
    if body.quantity is not None:
        desk.count(part_id, body.quantity)
    tag(response, part)
    return StockOut.model_validate(part)


@router.delete("/spare-parts/{part_id}", status_code=204)
def withdraw_stock(
    session: DbSession, caller: CurrentCaller, scope: StockScope, part_id: str
) -> None:
    """Keep it no longer; 409 while there are some left."""
    StockDesk(session, scope, caller.id, utc_now()).withdraw(part_id)


@router.post("/spare-parts/{part_id}/receipts")
def receive_stock(
    session: DbSession, caller: CurrentCaller, scope: StockScope, part_id: str, body: ReceiptIn
) -> StockOut:
    """More have come in."""
    part = StockDesk(session, scope, caller.id, utc_now()).receive(
        part_id, body.pieces, unit_cost=body.unit_cost_cny, note=body.note
    )
    return StockOut.model_validate(part)


@router.post("/spare-parts/{part_id}/counts")
def count_stock(
    session: DbSession, caller: CurrentCaller, scope: StockScope, part_id: str, body: CountIn
) -> StockOut:
    """Somebody has counted them; 409 where some were taken or brought since ``knew``."""
    part = StockDesk(session, scope, caller.id, utc_now()).count(
        part_id, body.pieces, knew=body.knew, note=body.note
    )
    return StockOut.model_validate(part)


@router.get("/spare-parts/{part_id}/story")
def stock_story(session: DbSession, scope: StockScope, part_id: str) -> Listed[StockEntryOut]:
    """How its number changed, the newest first; the last hundred."""
    repository = StockRepository(session, scope)
    rows = repository.story(repository.get(part_id))
    return Listed(items=[StockEntryOut.model_validate(row) for row in rows], total=len(rows))
