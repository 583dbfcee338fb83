"""The bandwidth verdict school by school: the list, and one school's month with its evidence."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.compliance_month import MonthText, month_shown
from controller.pages.views.line_tests import every_test
from controller.pages.views.school_months import MonthFilter, month_list, month_table
from controller.pages.views.school_verdict import judged_inputs, school_shown, school_verdict_view

router = APIRouter(prefix="/compliance")
_Page = Annotated[int, Query(ge=1, le=100_000)]
_COLUMNS = (
    "at",
    "server",
    "path",
    "download_bits_per_second",
    "upload_bits_per_second",
    "outcome",
    "marks",
)


_Word = Annotated[str, Query(max_length=32)]
_Text = Annotated[str, Query(max_length=200)]


def _wanted(
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    under: _Word = "",
    state: _Word = "",
    stage: _Word = "",
    setting: _Word = "",
    provider: _Text = "",
    target: _Text = "",
    month: MonthText = "",
    sort: _Word = "",
    desc: bool = False,
) -> MonthFilter:
    return MonthFilter(q, under, state, stage, setting, provider, target, month, sort, desc)


_Wanted = Annotated[MonthFilter, Depends(_wanted)]


@router.get("/schools")
def schools_page(look: Looking, wanted: _Wanted, page: _Page = 1) -> Response:
    """Schools of a month by bureau, verdict, stage and setting."""
    return look.show("compliance/schools", month_list(look, wanted, page))


@router.get("/schools.csv")
def schools_table(look: Looking, wanted: _Wanted) -> Response:
    """The same list, all of it, as a table (UTF-8 with a byte order mark)."""
    return _table(month_table(look, wanted), "verdicts-of-schools.csv")


@router.get("/schools/{code}")
def school_page(look: Looking, code: str, month: MonthText = "", page: _Page = 1) -> Response:
    """One school's month: every finding, its figures, and what they rest on.

    Raises:
        NotFound: no such school within the reader's scope.
    """
    shown = month_shown(month, look.today)
    return look.show("compliance/school", school_verdict_view(look, code, shown, page=page))


@router.get("/schools/{code}/tests.csv")
def school_tests(look: Looking, code: str, month: MonthText = "") -> Response:
    """The month's speed tests as a table (UTF-8 with a byte order mark).

    Raises:
        NotFound: no such school within the reader's scope.
    """
    shown = month_shown(month, look.today)
    rows = [
        (
            row.at.isoformat(),
            row.server,
            row.path,
            row.down,
            row.up,
            row.outcome,
            "; ".join(row.marks),
        )
        for row in every_test(look, judged_inputs(look, school_shown(look, code), shown), shown)
    ]
    return _table([_COLUMNS, *rows], f"speed-tests-{code}-{shown.text}.csv")


def _table(rows: Iterable[Sequence[object]], name: str) -> Response:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
