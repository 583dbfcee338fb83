"""The register of outlets on pages: the list, and the form of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, StringConstraints
from pydantic import Field as Limits

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.names import bureau_name
from controller.pages.views.record_form import Field
from controller.words.terms import OUTLET_KINDS
from inventory.lines import MAX_MBPS
from inventory.models import Level, Organisation, Outlet, OutletKind
from inventory.outlets import LONGEST_NOTE, LONGEST_TEXT, OutletRepository
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope

_Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
_Mbps = Annotated[Decimal, Limits(gt=0, lt=MAX_MBPS, decimal_places=3)]


class OutletForm(BaseModel):
    """An outlet as it is typed."""

    organisation_code: Annotated[str, StringConstraints(max_length=32)]
    kind: OutletKind = OutletKind.internet
    provider: _Text
    circuit: _Text = ""
    down_mbps: _Mbps
    up_mbps: _Mbps
    starts_on: date | None = None
    ends_on: date | None = None
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""


@dataclass(frozen=True, slots=True)
class OutletRow:
    """One outlet; ``kind`` and ``bureau`` in the reader's language."""

    row: Outlet
    bureau: str
    kind: str
    runs: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class OutletsView:
    """Everything on the page."""

    rows: Sequence[OutletRow]
    may_add: bool


def outlets_view(look: Look) -> OutletsView:
    """Outlets of every bureau within the reader's scope, those that have ended among them."""
    manages = look.caller.scope(Permission.manage_inventory)
    bureaus = {one.code: one for one in OrganisationRepository(look.session, look.scope).all()}
    rows = [
        _row(look, row, bureaus[row.organisation_code], manages)
        for row in OutletRepository(look.session, look.scope).below()
    ]
    return OutletsView(rows, may_add=bool(outlet_bureaus(look, manages)))


def outlet_bureaus(look: Look, scope: Scope) -> Sequence[tuple[str, str]]:
    """Cities and counties an outlet can be entered for: code and name."""
    if not scope.prefixes:
        return []
    found = OrganisationRepository(look.session, scope).all()
    return [(one.code, bureau_name(look, one)) for one in found if one.level is not Level.township]


def outlet_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """The form of one outlet."""
    kinds = [(kind.value, look.lang.gettext(text)) for kind, text in OUTLET_KINDS.items()]
    return (
        Field(
            "organisation_code", N_("Bureau"), "choice", needed=True,
            choices=outlet_bureaus(look, scope),
        ),
        Field("kind", N_("Kind"), "choice", needed=True, choices=kinds),
        Field("provider", N_("Provider"), needed=True, longest=LONGEST_TEXT),
        Field("circuit", N_("Circuit"), longest=LONGEST_TEXT),
        Field("down_mbps", N_("Download (Mbit/s)"), "number", needed=True, step="0.001"),
        Field("up_mbps", N_("Upload (Mbit/s)"), "number", needed=True, step="0.001"),
        Field("starts_on", N_("First day"), "date", nullable=True),
        Field(
            "ends_on", N_("Last day"), "date", nullable=True,
            hint=N_("Empty: until further notice."),
        ),
        Field("note", N_("Note"), longest=LONGEST_NOTE),
    )  # fmt: skip


def _row(look: Look, row: Outlet, bureau: Organisation, manages: Scope) -> OutletRow:
    begun = row.starts_on is None or row.starts_on <= look.today
    over = row.ends_on is not None and row.ends_on < look.today
    return OutletRow(
        row=row,
        bureau=bureau_name(look, bureau),
        kind=look.lang.gettext(OUTLET_KINDS[row.kind]),
        runs=begun and not over,
        may_change=manages.covers(bureau.path),
    )
