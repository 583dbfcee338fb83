"""Projects: begun out of approved requests, led through their stages."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.errors import InvalidRequest, NotFound
from controller.language import N_
from controller.pages.look import Looking
from controller.pages.procurement_forms import Said, Sent, taken
from controller.pages.views.choices import one_of
from controller.pages.views.procurement_editor import kind_told
from controller.pages.views.procurement_project import project_document
from controller.pages.views.procurement_project_form import CHOSEN, project_editor
from controller.pages.views.procurement_request_form import model_called
from controller.procuring import actor_of
from inventory.models import ProjectForm, ProjectStage, Right
from inventory.procurement.projects import (
    MOST_REQUESTS,
    Contract,
    ProjectDesk,
    ProjectLineWish,
    ProjectWish,
)

router = APIRouter(prefix="/procurement/projects")
_Form = Annotated[Sent, Form()]


@router.get("/new")
def new_page(
    look: Looking,
    requests: Annotated[list[str], Query(max_length=MOST_REQUESTS)] = [],  # noqa: B006
) -> Response:
    """The form of a new project, with what approved requests ask for."""
    return look.show("procured/project.html", project_editor(look, None, requests))


@router.post("/new")
def begin(look: Looking, form: _Form) -> Response:
    """Begin a project; or show its form with more lines."""
    said = form.texts
    chosen = Said(look, said).ticked(CHOSEN)
    if said.get("more"):
        return look.show("procured/project.html", project_editor(look, said, chosen))

    def act() -> str:
        desk = ProjectDesk(look.session, actor_of(look.caller, Right.manage), look.now)
        return f"/procurement/projects/{desk.create(_wish(Said(look, said), chosen)).id}"

    return taken(
        look,
        act,
        lambda fault: look.show(
            "procured/project.html", project_editor(look, said, chosen, fault=fault)
        ),
    )


@router.get("/{key}")
def project_page(key: str, look: Looking) -> Response:
    """One project."""
    return look.show("procured", project_document(look, key))


@router.get("/{key}/{step}")
def back(key: str, step: str) -> Response:
    """Whoever comes to the address of a step without a form is shown the project."""
    return RedirectResponse(f"/procurement/projects/{key}", 303)


@router.post("/{key}/{step}")
def take(key: str, step: str, look: Looking, form: _Form) -> Response:
    """Put a stage forward, approve it, or give it back.

    Raises:
        NotFound: no such step.
    """
    if step not in ("submit", "approve", "return"):
        raise NotFound
    said = form.texts

    def act() -> str:
        right = Right.manage if step == "submit" else Right.approve
        desk = ProjectDesk(look.session, actor_of(look.caller, right), look.now)
        stage = _stage(said)
        if step == "submit":
            signed = _contract(Said(look, said)) if stage is ProjectStage.contract else None
            desk.submit_stage(key, stage, said.get("note", ""), signed)
        elif step == "approve":
            desk.approve_stage(key, stage, said.get("comment", ""))
        else:
            desk.return_stage(key, stage, said.get("note", ""))
        return f"/procurement/projects/{key}"

    href = f"/procurement/projects/{key}/{step}"
    return taken(
        look,
        act,
        lambda fault: look.show("procured", project_document(look, key).refused(fault, href, said)),
    )


def _stage(said: Mapping[str, str]) -> ProjectStage:
    found = one_of(ProjectStage, said.get("stage", ""))
    if found is None:
        raise InvalidRequest(reason="stage")
    return found


def _contract(said: Said) -> Contract:
    return Contract(
        tender_number=said.needed("tender_number", N_("Tender number")),
        contract_number=said.needed("contract_number", N_("Contract number")),
        supplier=said.needed("supplier", N_("Supplier")),
        ceiling=said.amount("ceiling", N_("Ceiling, CNY")),
        signed_on=said.day("signed_on", N_("Signed on")) or said.look.today,
        valid_until=said.day("valid_until", N_("Orders until")),
    )


def _wish(said: Said, chosen: list[str]) -> ProjectWish:
    lines = []
    for line in said.lines("quantity", "unit_price", "name", "model"):
        model = model_called(line)
        lines.append(
            ProjectLineWish(
                name=line.needed("name", N_("Name")),
                kind=kind_told(line, model),
                quantity=line.number("quantity", N_("Quantity")),
                unit_price=line.amount("unit_price", N_("Price of one, CNY")),
                catalogue_id=model.id if model else None,
                warranty_months=line.number("warranty", N_("Warranty, months"))
                if line.text("warranty")
                else 0,
            )
        )
    form = one_of(ProjectForm, said.text("form"))
    if form is None:
        raise InvalidRequest(reason="form")
    return ProjectWish(
        title=said.needed("title", N_("Title")),
        form=form,
        organisation_code=said.needed("organisation", N_("Bureau")),
        budget=said.amount("budget", N_("Budget, CNY")),
        lines=lines,
        request_ids=chosen,
    )
