"""Equipment standards: the list of rules, and the form of one."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.api.equipment import RulePatch
from controller.api.records import applied
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.equipment_standards import empty_rule, rule_fields, standards_view
from controller.pages.views.record_form import (
    AnyForm,
    Passed,
    RecordForm,
    body_of,
    filled,
    opened,
    passed,
)
from controller.problems import detail_of
from inventory.errors import InventoryError
from inventory.models import EquipmentRule
from inventory.repositories import EquipmentRuleRepository
from inventory.scope import Scope
from inventory.shortages.standards import save_rule

router = APIRouter(prefix="/equipment-standards")
_HOME = "/equipment-standards"
_Said = Annotated[AnyForm, Form()]


@router.get("")
def standards_page(look: Looking) -> Response:
    """Every version of every rule that binds schools of the reader."""
    return look.show("equipment_standards", standards_view(look))


@router.get("/new")
def empty_form(look: Looking) -> Response:
    """The form of a rule to be added.

    Raises:
        PermissionDenied: the caller may not make rules.
    """
    return _shown(look, None, {"quantity": "1", "per": "1"})


@router.post("/new")
def add(look: Looking, form: _Said) -> Response:
    """Keep a new rule, or say on the form what is wrong with it."""
    return _saved(look, None, form.said)


@router.get("/{rule_id}")
def filled_form(rule_id: str, look: Looking) -> Response:
    """The form of a rule.

    Raises:
        NotFound: no such rule that binds schools the caller manages.
    """
    rule = _rule(look, rule_id)
    return _shown(look, rule, rule.model_dump())


@router.post("/{rule_id}")
def change(rule_id: str, look: Looking, form: _Said) -> Response:
    """Keep a change, or say on the form what is wrong with it."""
    return _saved(look, _rule(look, rule_id), form.said)


@router.post("/{rule_id}/remove")
def remove(rule_id: str, look: Looking) -> Response:
    """Forget a rule that was a mistake."""
    EquipmentRuleRepository(look.session, _scope(look)).remove(_rule(look, rule_id))
    return RedirectResponse(_HOME, 303)


def _saved(look: Look, rule: EquipmentRule | None, said: Mapping[str, str]) -> Response:
    fields = rule_fields(look)
    if overtaken := passed(look, fields, rule, said):
        return _shown(look, rule, overtaken.values, overtaken=overtaken)
    try:
        body = body_of(RulePatch, fields, said)
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            save_rule(look.session, _scope(look), applied(rule or empty_rule(), body))
    except InventoryError as error:
        refused = InventoryRefused(error)
        response = _shown(look, rule, said, fault=detail_of(refused, look.lang))
        response.status_code = refused.status
        return response
    return RedirectResponse(_HOME, 303)


def _shown(
    look: Look,
    rule: EquipmentRule | None,
    values: Mapping[str, Any],
    *,
    fault: str = "",
    overtaken: Passed | None = None,
) -> Response:
    _scope(look)
    translate = look.lang.gettext
    fields = rule_fields(look)
    form = RecordForm(
        title=translate(N_("Add a rule")) if rule is None else rule.item,
        crumbs=((translate(N_("Equipment standards")), _HOME),),
        action=f"{_HOME}/{'new' if rule is None else rule.id}",
        fields=filled(fields, values, overtaken.theirs if overtaken else None),
        back=_HOME,
        remove="" if rule is None else f"{_HOME}/{rule.id}/remove",
        fault=overtaken.fault if overtaken else fault,
        **opened(fields, rule),
    )
    response = look.show("record", form)
    if overtaken:
        response.status_code = overtaken.status
    return response


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_inventory)


def _rule(look: Look, rule_id: str) -> EquipmentRule:
    rule = EquipmentRuleRepository(look.session, _scope(look)).get(rule_id)
    if rule is None:
        raise NotFound
    return rule
