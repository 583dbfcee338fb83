"""The form on which a project is begun, out of approved requests or without any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from controller.errors import PermissionDenied
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import bureau_name, school_name
from controller.pages.views.procurement import Entry
from controller.pages.views.procurement_editor import (
    MODELS,
    Editor,
    kind_field,
    lines_of,
    model_names,
)
from controller.procuring import PERMISSIONS
from controller.words.procurement import FORMS
from controller.words.terms import word
from inventory.models import CatalogueModel, RequestState, Right
from inventory.procurement.request_rows import RequestRepository, RequestRow
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope

#: Before the id of a request in the name of its box.
CHOSEN = "request-"
#: So many approved requests are offered, the youngest first.
MOST_OFFERED = 200
TOLD = ("quantity", "unit_price", "name", "model")


@dataclass(frozen=True, slots=True)
class Offered:
    """An approved request that no project has taken in."""

    id: str
    number: str
    title: str
    school: str
    amount: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ProjectEditor(Editor):
    """The form with the requests that can be taken in."""

    offered: Sequence[Offered] = ()
    chosen: Sequence[str] = ()


def project_editor(
    look: Look, said: Mapping[str, str] | None, chosen: Sequence[str], *, fault: str = ""
) -> ProjectEditor:
    """The form, as it was sent or with what the chosen requests ask for.

    Raises:
        PermissionDenied: this person leads no projects.
    """
    scope = look.caller.scope(PERMISSIONS[Right.manage])
    if not scope.prefixes:
        raise PermissionDenied
    requests = RequestRepository(look.session, scope)
    found = requests.page(states=(RequestState.approved,), limit=MOST_OFFERED).items
    taken = [row for row in found if row.request.id in chosen]
    if said is None:
        said = _asked(look, requests, taken)
    bureaus = OrganisationRepository(look.session, scope).all()
    fields = [
        Entry("title", N_("Title")),
        Entry(
            "form",
            N_("Way of buying"),
            "select",
            options=[Option(one.value, look.lang.gettext(text)) for one, text in FORMS.items()],
        ),
        Entry(
            "organisation",
            N_("Bureau"),
            "select",
            options=[Option(one.code, bureau_name(look, one)) for one in bureaus],
        ),
        Entry("budget", N_("Budget, CNY"), "money"),
        *(Entry(f"{CHOSEN}{row.request.id}", "", "hidden", "true") for row in taken),
    ]

    def line(before: str) -> Sequence[Entry]:
        first = before == "line-1-"
        return [
            Entry(f"{before}name", N_("Name"), required=first),
            kind_field(look, before),
            Entry(f"{before}model", N_("Model"), required=False, suggestions=MODELS),
            Entry(f"{before}quantity", N_("Quantity"), "number", required=first),
            Entry(f"{before}unit_price", N_("Price of one, CNY"), "money", required=first),
            Entry(f"{before}warranty", N_("Warranty, months"), "number", required=False, most=240),
        ]

    return ProjectEditor(
        tab="projects",
        title=N_("New project"),
        action="/procurement/projects/new",
        back="/procurement?tab=projects",
        save=N_("Begin the project"),
        fields=[one.holding(said) if one.name in said else one for one in fields],
        lines=lines_of(look, said, TOLD, line),
        suggestions=model_names(look),
        fault=fault,
        offered=[
            Offered(
                row.request.id,
                row.request.number,
                row.request.title,
                school_name(look, row.school),
                f"{row.request.total_cny:,.2f}",
                row in taken,
            )
            for row in found
        ],
        chosen=[row.request.number for row in taken],
    )


def _asked(
    look: Look, requests: RequestRepository, taken: Sequence[RequestRow]
) -> Mapping[str, str]:
    """What requests ask for, as a form says it: alike lines become one, at the highest price."""
    wanted: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for row in taken:
        for line in requests.lines(row.request.id):
            model = look.session.get(CatalogueModel, line.catalogue_id or "")
            called = f"{model.vendor} {model.model}" if model else ""
            name = called or line.specification or look.lang.gettext(word(line.kind))
            key = (name[:120], line.kind.value, called)
            pieces, price = wanted.get(key, (0, Decimal(0)))
            wanted[key] = pieces + line.quantity, max(price, line.unit_price_cny)
    if not wanted:
        return {}
    said = {
        "title": taken[0].request.title if len(taken) == 1 else "",
        "budget": f"{sum(pieces * price for pieces, price in wanted.values()):.2f}",
        "organisation": _bureau_above(look, taken),
    }
    for number, ((name, kind, called), (pieces, price)) in enumerate(wanted.items(), 1):
        before = f"line-{number}-"
        said |= {
            f"{before}name": name,
            f"{before}kind": kind,
            f"{before}model": called,
            f"{before}quantity": str(pieces),
            f"{before}unit_price": f"{price:.2f}",
            f"{before}warranty": "36",
        }
    return said


def _bureau_above(look: Look, taken: Sequence[RequestRow]) -> str:
    """The lowest bureau all of these schools are below."""
    bureaus = OrganisationRepository(look.session, Scope.everything()).all()
    over = [one for one in bureaus if all(row.school.path.startswith(one.path) for row in taken)]
    return max(over, key=lambda one: len(one.path)).code if over else ""
