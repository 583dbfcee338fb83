"""``/procurement/projects``: projects, their contracts and their stages."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session

from controller.api.procurement_requests import SeenScope, entries_of
from controller.api.procurement_schemas import (
    ProjectDetail,
    ProjectIn,
    ProjectLineOut,
    ProjectOut,
    StageIn,
    StageOut,
    WordIn,
)
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Search
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession
from controller.errors import NotFound, PermissionDenied
from controller.procuring import actor_of, procurement_scope, sees_prices
from inventory.models import ProjectForm, ProjectStage, Right, Subject
from inventory.models.base import utc_now
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.projects import Contract, ProjectDesk, ProjectLineWish, ProjectWish
from inventory.scope import Scope

router = APIRouter(prefix="/procurement", tags=["procurement"], responses=PROBLEMS)


@router.get("/projects")
def list_projects(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: SeenScope,
    form: Annotated[ProjectForm | None, Query()] = None,
    search: Search = "",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ProjectOut]:
    """Projects, the youngest first; framework contracts of the bureaus above included."""
    _check_prices(caller)
    page = ProjectRepository(session, scope).page(
        form=form, search=search, offset=offset, limit=limit
    )
    return Listed(
        items=[ProjectOut.model_validate(row.project) for row in page.items], total=page.total
    )


@router.post("/projects", status_code=201)
def create_project(session: DbSession, caller: CurrentCaller, body: ProjectIn) -> ProjectDetail:
    """Begin a project, out of approved requests or without any."""
    row = _desk(session, caller, Right.manage).create(
        ProjectWish(
            title=body.title,
            form=body.form,
            organisation_code=body.organisation_code,
            budget=body.budget,
            lines=[ProjectLineWish(**line.model_dump()) for line in body.lines],
            request_ids=body.request_ids,
        )
    )
    return _detail(session, procurement_scope(caller), row.id)


@router.get("/projects/{project_id}")
def show_project(
    session: DbSession, caller: CurrentCaller, scope: SeenScope, project_id: str
) -> ProjectDetail:
    """One project."""
    _check_prices(caller)
    return _detail(session, scope, project_id)


@router.post("/projects/{project_id}/stages/{stage}/submit")
def submit_stage(
    session: DbSession, caller: CurrentCaller, project_id: str, stage: ProjectStage, body: StageIn
) -> ProjectDetail:
    """Put a stage forward; 409 ``stage_not_reached`` before its turn."""
    contract = Contract(**body.contract.model_dump()) if body.contract else None
    _desk(session, caller, Right.manage).submit_stage(project_id, stage, body.note, contract)
    return _detail(session, procurement_scope(caller), project_id)


@router.post("/projects/{project_id}/stages/{stage}/approve")
def approve_stage(
    session: DbSession, caller: CurrentCaller, project_id: str, stage: ProjectStage, body: WordIn
) -> ProjectDetail:
    """Approve a stage that somebody else has put forward."""
    _desk(session, caller, Right.approve).approve_stage(project_id, stage, body.comment)
    return _detail(session, procurement_scope(caller), project_id)


@router.post("/projects/{project_id}/stages/{stage}/return")
def return_stage(
    session: DbSession, caller: CurrentCaller, project_id: str, stage: ProjectStage, body: WordIn
) -> ProjectDetail:
    """Give a stage back to be worked on, with a word."""
    _desk(session, caller, Right.approve).return_stage(project_id, stage, body.comment)
    return _detail(session, procurement_scope(caller), project_id)


def _check_prices(caller: Caller) -> None:
    if not sees_prices(caller):
        raise PermissionDenied


def _desk(session: Session, caller: Caller, right: Right) -> ProjectDesk:
    return ProjectDesk(session, actor_of(caller, right), utc_now())


def _detail(session: Session, scope: Scope, project_id: str) -> ProjectDetail:
    projects = ProjectRepository(session, scope)
    row = projects.row(project_id)
    if row is None:
        raise NotFound
    pieces, spent = projects.drawn(project_id)
    return ProjectDetail(
        **ProjectOut.model_validate(row.project).model_dump(),
        stages=[StageOut.model_validate(one) for one in projects.stages(project_id).values()],
        lines=[
            ProjectLineOut.model_validate({**line.model_dump(), "drawn": pieces.get(line.id, 0)})
            for line in projects.lines(project_id)
        ],
        drawn_cny=spent,
        request_ids=[request.id for request in projects.requests(project_id)],
        entries=entries_of(session, scope, Subject.project, project_id),
    )
