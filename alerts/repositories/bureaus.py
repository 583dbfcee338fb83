"""What is a bureau's own, and who may see it: whoever may see all of the bureau."""

from typing import Any

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import col, select

from alerts.models import Alert
from inventory.models import Organisation
from inventory.scope import Scope


def no_others_bureau(scope: Scope, organisation_code: Any) -> ColumnElement[bool]:
    """SQL for "of a school, or of a bureau all of which is within the scope"."""
    if "/" in scope.prefixes:
        return true()
    visible = select(Organisation.code).where(scope.condition(col(Organisation.path)))
    return or_(col(organisation_code).is_(None), col(organisation_code).in_(visible))


def not_behind(scope: Scope) -> ColumnElement[bool]:
    """SQL for "held back behind no alert that is to be seen itself"."""
    held = col(Alert.storm_id)
    if "/" in scope.prefixes:
        return held.is_(None)
    storms = select(Alert.id).where(
        col(Alert.organisation_code).in_(
            select(Organisation.code).where(scope.condition(col(Organisation.path)))
        )
    )
    return or_(held.is_(None), held.not_in(storms))
