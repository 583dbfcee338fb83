"""The catalogue of models as a list, and the fields of a model's form."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Option, Shown, one_of
from controller.pages.views.record_form import Field, choices_of
from controller.words.terms import KINDS
from drivers.readings import Kind
from inventory.assets.catalogue import models
from inventory.models import CatalogueModel

MODEL_FIELDS = (
    *("vendor", "model", "kind", "expected_life_months", "end_of_sale", "end_of_support"),
    *("end_of_security_patches", "list_price_cny"),
)


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """One page of the catalogue: models with how many devices are of each."""

    rows: Sequence[tuple[CatalogueModel, int]]
    shown: Shown
    search: str
    kinds: Sequence[Option]
    filtered: bool
    may_change: bool


def catalogue_view(look: Look, search: str, kind: str, number: int) -> CatalogueView:
    """One page of the catalogue, which belongs to everybody who may read the inventory."""
    look.caller.require(Permission.read)
    page = models(
        look.session,
        search=search,
        kind=one_of(Kind, kind),
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    translate = look.lang.gettext
    kinds = [Option(k.value, translate(text), k.value == kind) for k, text in KINDS.items()]
    return CatalogueView(
        rows=page.items,
        shown=Shown(look, number, page.total),
        search=search,
        kinds=[Option("", translate(N_("All")), not kind), *kinds],
        filtered=bool(search or kind),
        may_change=look.caller.may(Permission.manage_catalogue),
    )


def model_fields(look: Look) -> Sequence[Field]:
    """Fields of a model's form."""
    return (
        Field("vendor", N_("Vendor"), needed=True, longest=120),
        Field("model", N_("Model"), needed=True, longest=120),
        Field("kind", N_("Kind"), "choice", needed=True, choices=choices_of(look, KINDS)),
        Field("expected_life_months", N_("Expected life in months"), "number"),
        Field("end_of_sale", N_("End of sale"), "date"),
        Field("end_of_support", N_("End of support"), "date"),
        Field("end_of_security_patches", N_("End of security patches"), "date"),
        Field("list_price_cny", N_("List price (CNY)"), "number", step="0.01"),
    )
