"""``/standards``: targets of plans, whom they bind, what was confirmed, the tolerance adopted."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.records import InventoryScope, there
from controller.api.schemas import PROBLEMS, Listed
from controller.api.standard_schemas import (
    AnswerIn,
    AnswerOut,
    BindingEndIn,
    BindingIn,
    BindingOut,
    BoundTargetOut,
    CopyIn,
    DocumentIn,
    PolicyIn,
    PolicyOut,
    StandardOut,
    StandardSummaryOut,
)
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession, ReadScope
from inventory.days import day_of
from inventory.models import KeptStandard, StandardBinding, TolerancePolicy
from inventory.models.base import utc_now
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.standards.bound import Bindings, kind_of
from inventory.standards.documents import from_text
from inventory.standards.keeping import (
    Kinds,
    Known,
    adopt_policy,
    apply_standard,
    confirm,
    copy_standard,
    edit_standard,
    end_binding,
    known_standard,
    known_standards,
)
from inventory.standards.repository import StandardRepository

router = APIRouter(tags=["standards"], responses=PROBLEMS)
Version = Annotated[int | None, Query(ge=1, description="Of the standard; the newest if left out.")]


@router.get("/standards")
def list_standards(session: DbSession, scope: ReadScope) -> Listed[StandardSummaryOut]:
    """Every version of every standard the caller may apply or is bound by."""
    found = [StandardSummaryOut.of(one) for one in known_standards(session, scope)]
    return Listed(items=found, total=len(found))


@router.get("/standards/{standard_code}")
def show_standard(
    session: DbSession, scope: ReadScope, standard_code: str, version: Version = None
) -> StandardOut:
    """One version with all its targets, quotes and caveats."""
    return StandardOut.of(known_standard(session, scope, standard_code, version))


@router.post("/standards/{standard_code}/copies", status_code=201)
def add_copy(
    session: DbSession,
    scope: InventoryScope,
    caller: CurrentCaller,
    standard_code: str,
    body: CopyIn,
) -> StandardOut:
    """Make a standard of one's own out of another one."""
    row = copy_standard(
        session,
        scope,
        known_standard(session, scope, standard_code, body.version),
        code=body.code,
        title=body.title,
        organisation_code=body.organisation_code,
        by=login_of(caller),
    )
    return _shown(row)


@router.put("/standards/{standard_code}")
def change_standard(
    session: DbSession,
    scope: InventoryScope,
    caller: CurrentCaller,
    standard_code: str,
    body: DocumentIn,
) -> StandardOut:
    """Put another text in place; a version that was used stays and the next one is made."""
    known = known_standard(session, scope, standard_code)
    return _shown(edit_standard(session, scope, known, body.document, by=login_of(caller)))


@router.get("/standards/{standard_code}/answers")
def list_answers(
    session: DbSession, scope: ReadScope, standard_code: str, version: Version = None
) -> Listed[AnswerOut]:
    """What was confirmed of a version, the oldest first."""
    known = known_standard(session, scope, standard_code, version)
    kept = known.row.id if known.row else ""
    found = [
        AnswerOut.model_validate(one)
        for one in StandardRepository(session, scope).answers()
        if one.standard_id == kept
    ]
    return Listed(items=found, total=len(found))


@router.post("/standards/{standard_code}/answers", status_code=201)
def add_answer(
    *,
    session: DbSession,
    scope: InventoryScope,
    caller: CurrentCaller,
    standard_code: str,
    body: AnswerIn,
    version: Version = None,
) -> AnswerOut:
    """Confirm how a plan is to be read, for the schools below a bureau."""
    row = confirm(
        session,
        scope,
        known_standard(session, scope, standard_code, version),
        question=body.question,
        answer=body.answer,
        organisation_code=body.organisation_code,
        note=body.note,
        by=login_of(caller),
    )
    return AnswerOut.model_validate(row)


@router.get("/standard-bindings")
def list_bindings(
    session: DbSession, scope: ReadScope, on: date | None = None
) -> Listed[BindingOut]:
    """Which standards hold for whom; on one day, or ever."""
    repository = StandardRepository(session, scope)
    kept = {row.id: row for row in repository.kept()}
    found = [_bound(one, kept[one.standard_id]) for one in repository.bindings(on, on)]
    return Listed(items=found, total=len(found))


@router.post("/standard-bindings", status_code=201)
def add_binding(
    session: DbSession, scope: InventoryScope, caller: CurrentCaller, body: BindingIn
) -> BindingOut:
    """Let a standard hold for a school, or for the schools of a kind below a bureau."""
    binding = apply_standard(
        session,
        scope,
        known_standard(session, scope, body.standard, body.version),
        at=body.at,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        kinds=Kinds(body.stage, body.setting, body.form, body.is_public),
        by=login_of(caller),
    )
    return _bound(binding, session.get_one(KeptStandard, binding.standard_id))


@router.post("/standard-bindings/{binding_id}/end")
def end(
    session: DbSession, scope: InventoryScope, binding_id: str, body: BindingEndIn
) -> BindingOut:
    """Let a standard hold no longer than to a day."""
    binding = end_binding(session, scope, binding_id, body.valid_until)
    return _bound(binding, session.get_one(KeptStandard, binding.standard_id))


@router.get("/tolerance-policies")
def list_policies(session: DbSession, scope: ReadScope) -> Listed[PolicyOut]:
    """Adopted tolerances, those of bureaus above included."""
    rows = StandardRepository(session, scope).policies()
    return Listed(items=[PolicyOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/tolerance-policies", status_code=201)
def add_policy(session: DbSession, scope: InventoryScope, body: PolicyIn) -> PolicyOut:
    """Adopt the tolerance that is printed on every report."""
    row = TolerancePolicy(id="", **body.model_dump())
    return PolicyOut.model_validate(adopt_policy(session, scope, row))


@router.get("/schools/{school_code}/targets")
def list_school_targets(
    session: DbSession, scope: ReadScope, school_code: str, on: date | None = None
) -> Listed[BoundTargetOut]:
    """Targets that hold for a school on a day; the bureau's today unless said otherwise."""
    school = there(SchoolRepository(session, scope).get(school_code))
    day = on or day_of(utc_now())
    bindings = Bindings(session, Scope.of([school.path]), day, day)
    found = [BoundTargetOut.of(one) for one in bindings.of(kind_of(school), day)]
    return Listed(items=found, total=len(found))


def login_of(caller: Caller) -> str:
    """Who is written down; the operator at the files has no login."""
    return caller.login or "fleet"


def _shown(row: KeptStandard) -> StandardOut:
    return StandardOut.of(Known(from_text(row.document), row))


def _bound(binding: StandardBinding, standard: KeptStandard) -> BindingOut:
    fields = {
        name: getattr(binding, name) for name in BindingOut.model_fields if hasattr(binding, name)
    }
    return BindingOut(**fields | {"standard": standard.code, "version": standard.version})
