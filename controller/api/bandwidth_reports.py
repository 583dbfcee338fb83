"""``/reports/bandwidth``, ``/measurement-exclusions``, ``/school-exemptions``: the verdict."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from controller.api.records import InventoryScope
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.api.target_standards import login_of
from controller.compliance.asking import Asked, evidence, verdicts
from controller.compliance.results import SchoolVerdict
from controller.compliance.tables import HEADINGS, rows_of
from controller.deps import CurrentCaller, DbSession, ReadScope, Store
from inventory.models import MeasurementExclusion, SchoolExemption
from inventory.models.base import utc_now
from inventory.standards.exclusions import (
    ExclusionRepository,
    end_exemption,
    exclude,
    exempt_school,
    revoke,
)

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
_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Code = Annotated[str, Field(max_length=32)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BandwidthReportOut(Schema):
    """Verdicts on the schools below a place; ``states`` counts them, the unknown included."""

    organisation: str
    first: date
    last: date
    states: dict[str, int]
    schools: list[dict[str, Any]]


class ExclusionIn(_Body):
    """Time of a school or a bureau's schools that no verdict counts."""

    school_code: _Code | None = None
    organisation_code: _Code | None = None
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    reason: _Text


class ExclusionOut(Schema):
    """An exclusion, with who approved it."""

    id: str
    school_code: str | None
    organisation_code: str | None
    begins_at: datetime
    ends_at: datetime
    reason: str
    approved_by: str
    approved_at: datetime
    revoked_by: str
    revoked_at: datetime | None


class ExemptionIn(_Body):
    """Days on which a school is held against nothing."""

    school_code: _Code
    valid_from: date
    valid_until: date | None = None
    reason: _Text


class ExemptionEndIn(_Body):
    """The last day of an exemption; one before its first day undoes it."""

    valid_until: date


class ExemptionOut(Schema):
    """An exemption, with who approved it."""

    id: str
    school_code: str
    valid_from: date
    valid_until: date | None
    reason: str
    approved_by: str
    approved_at: datetime


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


@router.get("/measurement-exclusions")
def list_exclusions(
    session: DbSession, scope: ReadScope, begins_at: AwareDatetime, ends_at: AwareDatetime
) -> Listed[ExclusionOut]:
    """Exclusions that stand and touch a time."""
    rows = ExclusionRepository(session, scope).touching(begins_at, ends_at)
    return Listed(items=[ExclusionOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/measurement-exclusions", status_code=201)
def add_exclusion(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, body: ExclusionIn
) -> ExclusionOut:
    """Leave time out of verdicts; whoever does it is the approver on every report."""
    row = MeasurementExclusion(id="", approved_by=login_of(caller), **body.model_dump())
    return ExclusionOut.model_validate(exclude(session, scope, row))


@router.post("/measurement-exclusions/{exclusion_id}/revoke")
def revoke_exclusion(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, exclusion_id: str
) -> ExclusionOut:
    """Count time again that was left out by mistake."""
    row = revoke(session, scope, exclusion_id, by=login_of(caller), at=utc_now())
    return ExclusionOut.model_validate(row)


@router.get("/school-exemptions")
def list_exemptions(session: DbSession, scope: ReadScope) -> Listed[ExemptionOut]:
    """Schools that are or were held against nothing."""
    rows = ExclusionRepository(session, scope).exemptions()
    return Listed(items=[ExemptionOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/school-exemptions/{exemption_id}/end")
def end_school_exemption(
    session: DbSession, scope: InventoryScope, exemption_id: str, body: ExemptionEndIn
) -> ExemptionOut:
    """Hold a school against its targets again after a day."""
    row = end_exemption(session, scope, exemption_id, body.valid_until)
    return ExemptionOut.model_validate(row)


@router.post("/school-exemptions", status_code=201)
def add_exemption(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, body: ExemptionIn
) -> ExemptionOut:
    """Hold a school against nothing; whoever does it is the approver on every report."""
    row = SchoolExemption(id="", approved_by=login_of(caller), **body.model_dump())
    return ExemptionOut.model_validate(exempt_school(session, scope, row))


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
