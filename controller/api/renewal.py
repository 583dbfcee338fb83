"""``/renewal``: what is due when, why, and what a yearly budget replaces."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from controller.api.money_schemas import LineOut, Taken
from controller.api.programmes import BudgetScope, CostScope
from controller.api.schemas import PROBLEMS, Limit, Offset, Schema
from controller.budget_files import MEDIA_TYPES, FileFormat
from controller.deps import AnyReader, DbSession, Store
from controller.language import N_, Language
from controller.printing.renewal_report import proposal_pdf
from controller.renewal import (
    HEADINGS,
    Answer,
    PlannedDevice,
    Question,
    answer,
    device_answer,
    devices_at,
    file_rows,
    pressing,
    told,
)
from controller.usage_counting import hours_of
from drivers.readings import Kind
from inventory.days import day_of
from inventory.errors import Invalid
from inventory.exchange.writing import csv_chunks
from inventory.exchange.xlsx.writer import Sheet, write_sheets
from inventory.models import BudgetLine
from inventory.models.base import utc_now
from inventory.money.depreciation import MAX_LIFE_MONTHS
from inventory.renewal.lines import budget_lines
from inventory.renewal.plan import MOST_YEARS
from inventory.scope import Scope
from inventory.status import PRESENCE_SILENT_AFTER

router = APIRouter(tags=["renewal"], responses=PROBLEMS)
#: Lines of a proposal as a file.
MOST_ROWS = 50_000


def asked(
    *,
    first_year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    years: Annotated[int, Query(ge=1, le=MOST_YEARS)] = 5,
    organisation: Annotated[str, Query(max_length=32)] = "",
    budget: Annotated[
        Decimal | None,
        Query(ge=0, max_digits=14, decimal_places=2, description="Yuan a year."),
    ] = None,
    life_months: Annotated[
        int | None, Query(ge=1, le=1_200, description="What if all were replaced at this age.")
    ] = None,
    heed_support: Annotated[
        bool, Query(description="What loses its support is due then, however young.")
    ] = True,
    weak_first: Annotated[bool, Query(description="Weak schools before all others.")] = False,
    kind_life: Annotated[
        list[Annotated[str, Query(pattern=r"^[a-z_]{1,32}:[1-9]\d{0,3}$")]],
        Query(
            max_length=len(Kind),
            description="What if a kind were replaced at an age, such as `projector:72` (months).",
        ),
    ] = [],  # noqa: B006 - FastAPI makes a list of its own for each request
) -> Question:
    """What a request asks; without a year the present one is the first.

    Raises:
        Invalid: no such kind, or an age beyond any life.
    """
    return Question(
        first_year=first_year or _today().year,
        years=years,
        organisation=organisation,
        budget=budget,
        life_months=life_months,
        heed_support=heed_support,
        weak_first=weak_first,
        by_kind=tuple(sorted(dict(map(_kind_life, kind_life)).items())),
    )


def _kind_life(text: str) -> tuple[Kind, int]:
    name, months = text.split(":")
    if name not in set(Kind):
        raise Invalid(field="kind_life", reason=name)
    if int(months) > MAX_LIFE_MONTHS:
        raise Invalid(field="kind_life", reason=months)
    return Kind(name), int(months)


Asked = Annotated[Question, Depends(asked)]


class DueOut(Schema):
    """Devices due and what their successors cost; ``without_price`` are not in the cost."""

    devices: int
    cost_cny: Decimal
    without_price: int


class DueKindOut(DueOut):
    """The same for one kind."""

    kind: Kind


class ForecastYearOut(Schema):
    """One fiscal year; the first one also holds what was due before it."""

    year: int
    total: DueOut
    kinds: list[DueKindOut]


class PlannedYearOut(Schema):
    """What one year's budget replaces, and what waits at its end."""

    year: int
    budget_cny: Decimal
    spent_cny: Decimal
    left_cny: Decimal
    devices: int
    waiting: int
    waiting_cny: Decimal


class ReasonOut(Schema):
    """One part of a score, in the reader's language."""

    code: str
    points: int
    text: str


class PressingOut(Schema):
    """One device; ``year`` of its replacement in the plan, null without a plan."""

    device_id: str
    name: str
    kind: Kind
    school_code: str
    score: int
    reasons: list[ReasonOut]
    due_year: int | None
    year: int | None
    cost_cny: Decimal | None
    cost_is_estimated: bool


class RenewalOut(Schema):
    """A forecast, and a plan where a budget was given."""

    devices: int = Field(description="Devices looked at.")
    years: list[ForecastYearOut]
    overdue: DueOut
    unknown: int = Field(description="Devices of which neither age nor end of support is known.")
    estimated: int = Field(description="Costs that are the median of their kind.")
    plan: list[PlannedYearOut] | None
    without_price: int | None
    items: list[PressingOut]
    total: int


class BudgetLinesIn(Taken):
    """Where the plan's sums go."""

    programme_id: Annotated[str, Field(max_length=20)]
    category: Annotated[str, Field(max_length=32)] = "renew"


@router.get("/renewal")
def show_renewal(
    *,
    request: Request,
    session: DbSession,
    scope: CostScope,
    lang: AnyReader,
    question: Asked,
    offset: Offset = 0,
    limit: Limit = 50,
) -> RenewalOut:
    """What is due by year and kind; with a budget, what it replaces, the most pressing first."""
    made = ask(request, session, scope, question)
    places = pressing(made)
    shown = devices_at(session, scope, made, places[offset : offset + limit])
    planned = made.plan
    return RenewalOut(
        devices=len(made.fleet),
        years=_years(made),
        overdue=DueOut.model_validate(made.forecast.overdue),
        unknown=made.forecast.unknown,
        estimated=made.forecast.estimated,
        plan=None
        if planned is None
        else [PlannedYearOut.model_validate(year) for year in planned.years],
        without_price=None if planned is None else planned.without_price,
        items=[_pressing(one, lang) for one in shown],
        total=len(places),
    )


@router.get("/renewal/proposal.{shape}", response_class=Response)
def renewal_file(
    *,
    request: Request,
    session: DbSession,
    scope: CostScope,
    lang: AnyReader,
    question: Asked,
    shape: FileFormat,
) -> Response:
    """The proposal: as XLSX or CSV a line a device, as PDF to print, sign and stamp."""
    return proposal_file(session, scope, ask(request, session, scope, question), lang, shape)


@router.post("/renewal/budget-lines")
def take_over(
    request: Request, session: DbSession, scope: BudgetScope, question: Asked, body: BudgetLinesIn
) -> list[LineOut]:
    """Write the plan's sums into a programme's budget, year by year."""
    lines = take_over_plan(
        request,
        session=session,
        scope=scope,
        question=question,
        programme_id=body.programme_id,
        category=body.category,
    )
    return [LineOut.model_validate(line) for line in lines]


@router.get("/devices/{device_id}/renewal")
def device_renewal(
    *,
    request: Request,
    session: DbSession,
    scope: CostScope,
    store: Store,
    lang: AnyReader,
    device_id: str,
) -> PressingOut:
    """Score and reasons of one device, its hours of use counted where they are known."""
    now, hold = utc_now(), PRESENCE_SILENT_AFTER * request.app.state.cadence
    hours = hours_of(session, store, device_id, now, hold=hold)
    made = device_answer(session, scope, device_id, now=now, today=_today(), hours=hours)
    return _pressing(next(devices_at(session, scope, made, np.zeros(1, dtype=np.int64))), lang)


def ask(request: Request, session: Session, scope: Scope, question: Question) -> Answer:
    """The answer as of the last news.

    Raises:
        NotFound: no such bureau within the scope.
    """
    state = request.app.state
    return answer(
        state.renewals,
        state.equipment,
        session,
        scope,
        question=question,
        now=utc_now(),
        today=_today(),
    )


def take_over_plan(
    request: Request,
    *,
    session: Session,
    scope: Scope,
    question: Question,
    programme_id: str,
    category: str,
) -> Sequence[BudgetLine]:
    """Write a plan's sums into a programme.

    Raises:
        Invalid: without a budget there is no plan.
        NotFound, OutsideProgramme: see :func:`inventory.renewal.lines.budget_lines`.
    """
    made = ask(request, session, scope, question)
    if made.plan is None:
        raise Invalid(field="budget", reason="-")
    note = f"{made.read_at:%Y-%m-%d}"
    return budget_lines(session, scope, programme_id, category=category, plan=made.plan, note=note)


def proposal_file(
    session: Session, scope: Scope, made: Answer, lang: Language, shape: FileFormat
) -> Response:
    """The proposal as a download; no cell of it is taken for a formula.

    Raises:
        FontMissing: of a PDF, where Chinese cannot be written.
    """
    headings = [lang.gettext(heading) for heading in HEADINGS]
    rows = file_rows(devices_at(session, scope, made, pressing(made)[:MOST_ROWS]), lang)
    named = {
        "Content-Disposition": f'attachment; filename="renewal-{made.today}.{shape.value}"',
        "Cache-Control": "private, no-store",
    }
    # All of it now: the session ends before a stream would.
    if shape is FileFormat.pdf:
        content = proposal_pdf(session, scope, made, lang, utc_now())
    elif shape is FileFormat.csv:
        content = b"".join(csv_chunks(headings, rows))
    else:
        book = BytesIO()
        write_sheets(book, [Sheet(lang.gettext(N_("Renewal proposal")), headings, rows)])
        content = book.getvalue()
    return Response(content, media_type=MEDIA_TYPES[shape], headers=named)


def _today() -> date:
    return day_of(utc_now())


def _years(made: Answer) -> list[ForecastYearOut]:
    found = made.forecast
    return [
        ForecastYearOut(
            year=year,
            total=DueOut.model_validate(total),
            kinds=[
                DueKindOut(
                    kind=kind,
                    devices=cell.devices,
                    cost_cny=cell.cost_cny,
                    without_price=cell.without_price,
                )
                for kind, cell in zip(found.kinds, row, strict=True)
                if cell.devices
            ],
        )
        for year, row, total in zip(found.years, found.cells, found.of_years, strict=True)
    ]


def _pressing(one: PlannedDevice, lang: Language) -> PressingOut:
    return PressingOut(
        device_id=one.device.id,
        name=one.device.name,
        kind=one.device.kind,
        school_code=one.school.code,
        score=one.score,
        reasons=[
            ReasonOut(code=reason.code, points=reason.points, text=told(reason, lang))
            for reason in one.reasons
        ],
        due_year=one.due if one.due > 0 else None,
        year=one.year or None,
        cost_cny=one.cost_cny,
        cost_is_estimated=one.is_estimated,
    )
