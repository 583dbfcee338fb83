"""``/reports/bandwidth``: the verdict."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.api.schemas import PROBLEMS, Schema
from controller.compliance.asking import Asked, evidence, verdicts
from controller.compliance.results import SchoolVerdict
from controller.compliance.tables import HEADINGS, rows_of
from controller.deps import DbSession, ReadScope, Store

router = APIRouter(tags=["bandwidth verdict"], responses=PROBLEMS)
_Org = Annotated[str, Query(max_length=32, description="Code of a bureau or a school.")]
_First = Annotated[date, Query(alias="from", description="First day.")]
_Last = Annotated[date, Query(alias="to", description="Last day, included.")]
_Probes = Annotated[
    int, Query(ge=1, le=3600, description="Seconds between two probes of a line; 60 as planned.")
]
_Internet = Annotated[
    list[str], Query(description="Test servers outside the education network.", max_length=20)
]


class BandwidthReportOut(Schema):
    """Verdicts on the schools below a place; ``states`` counts them, the unknown included."""

    organisation: str
    first: date
    last: date
    states: dict[str, int]
    schools: list[dict[str, Any]]


@router.get("/reports/bandwidth")
def bandwidth_report(
    *,
    session: DbSession,
    store: Store,
    scope: ReadScope,
    org: _Org,
    first: _First,
    last: _Last,
    probe_seconds: _Probes = 60,
    internet: _Internet = [],  # noqa: B006 - FastAPI copies it
) -> BandwidthReportOut:
    """The four findings for every target of every school."""
    asked = _asked(org, first, last, probe_seconds, internet)
    found = verdicts(session, store, scope, asked)
    return BandwidthReportOut(
        organisation=org,
        first=first,
        last=last,
        states=counted(found),
        schools=[plain(one) for one in found],
    )


@router.get("/reports/bandwidth.csv", response_class=Response)
def bandwidth_table(
    *,
    session: DbSession,
    store: Store,
    scope: ReadScope,
    org: _Org,
    first: _First,
    last: _Last,
    probe_seconds: _Probes = 60,
    internet: _Internet = [],  # noqa: B006
) -> Response:
    """One row for each target and direction of each school (UTF-8 with a byte order mark)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for one in verdicts(session, store, scope, _asked(org, first, last, probe_seconds, internet)):
        writer.writerows(rows_of(one))
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="bandwidth.csv"'},
    )


@router.get("/reports/bandwidth/evidence", response_class=Response)
def bandwidth_evidence(
    *,
    session: DbSession,
    store: Store,
    scope: ReadScope,
    org: _Org,
    first: _First,
    last: _Last,
    probe_seconds: _Probes = 60,
    internet: _Internet = [],  # noqa: B006
) -> Response:
    """All the verdicts rest on, with hashes; `fleet report bandwidth --verify` judges it again."""
    made = evidence(session, store, scope, _asked(org, first, last, probe_seconds, internet))
    return Response(
        json.dumps(made, ensure_ascii=False).encode(),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="bandwidth-evidence.json"'},
    )


def plain(verdict: SchoolVerdict) -> dict[str, Any]:
    """A verdict as JSON has it."""
    made: dict[str, Any] = json.loads(msgspec.json.encode(verdict, enc_hook=str))
    return made


def counted(found: Sequence[SchoolVerdict]) -> dict[str, int]:
    """Schools by state; those no target is judged for are ``no_target``."""
    states = Counter(str(one.state) if one.state else "no_target" for one in found)
    return dict(sorted(states.items()))


def _asked(org: str, first: date, last: date, probe_seconds: int, internet: Sequence[str]) -> Asked:
    return Asked(
        at=org,
        first=first,
        last=last,
        probe_seconds=probe_seconds,
        internet=frozenset(internet),
    )
