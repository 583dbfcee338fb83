"""The form a school writes its request on."""

from collections.abc import Mapping, Sequence

from sqlmodel import col, func, select

from controller.errors import FleetError, NotFound, PermissionDenied
from controller.language import N_
from controller.pages.look import Look
from controller.pages.procurement_forms import Said
from controller.pages.views.choices import Option
from controller.pages.views.names import room_name, school_name
from controller.pages.views.procurement import Entry, may
from controller.pages.views.procurement_editor import (
    MODELS,
    Editor,
    kind_field,
    lines_of,
    model_names,
)
from controller.procuring import PERMISSIONS, procurement_scope
from inventory.models import CatalogueModel, RequestState, Right
from inventory.procurement.request_rows import RequestRepository
from inventory.repositories import RoomRepository, SchoolRepository

#: More schools than these are not offered, but for the one an address names.
MOST_SCHOOLS = 300
TOLD = ("quantity", "unit_price", "specification", "model")


class ModelUnknown(FleetError):
    """A model that the catalogue does not have."""

    status = 422
    code = "model_unknown"
    title = N_("The request does not fit")
    message = N_("{line}: the catalogue has no model “{text}”. Choose one of the list, or none.")


def model_called(line: Said) -> CatalogueModel | None:
    """The model a line names as vendor and model, if it names one.

    Raises:
        ModelUnknown: there is none of that name.
    """
    text = line.text("model")
    if not text:
        return None
    name = func.lower(col(CatalogueModel.vendor) + " " + col(CatalogueModel.model))
    query = select(CatalogueModel).where(name == text.lower()).order_by(col(CatalogueModel.id))
    found = line.look.session.exec(query).first()
    if found is None:
        raise ModelUnknown(line=line.where, text=text[:80])
    return found


def request_editor(
    look: Look, said: Mapping[str, str] | None, *, key: str = "", fault: str = ""
) -> Editor:
    """The form, empty, as it was sent, or as the request stands.

    Args:
        look: of whoever fills it in.
        said: what was sent; ``None`` for what is kept.
        key: of a request that is there.
        fault: why it was not taken, in the reader's words.

    Raises:
        NotFound: no such request, or none that can be changed.
        PermissionDenied: this person asks for nothing.
    """
    here = f"/procurement/requests/{key}" if key else "/procurement?tab=requests"
    if key:
        school, kept = _kept(look, key)
        said = kept if said is None else {**said, "quote": kept["quote"]}
        top = [Entry("quote", "", "hidden", kept["quote"])]
    else:
        said = said or {}
        school = said.get("school", "")
        schools = _schools(look, school)
        school = schools[0].value if len(schools) == 1 else school
        top = [Entry("school", N_("School"), "select", options=schools)]
    fields = [
        *top,
        Entry("title", N_("Title")),
        Entry("reason", N_("Reason"), "textarea"),
    ]
    rooms = _rooms(look, school)

    def line(before: str) -> Sequence[Entry]:
        first = before == "line-1-"
        return [
            kind_field(look, before),
            Entry(f"{before}model", N_("Model"), required=False, suggestions=MODELS),
            Entry(f"{before}specification", N_("Specification"), required=False),
            Entry(f"{before}quantity", N_("Quantity"), "number", required=first),
            Entry(
                f"{before}unit_price", N_("Estimated price of one, CNY"), "money", required=first
            ),
            Entry(f"{before}room", N_("Room"), "select", options=rooms, required=False),
            Entry(f"{before}reason", "", "hidden"),
        ]

    return Editor(
        tab="requests",
        title=N_("Change the request") if key else N_("New request"),
        action=f"{here}/edit" if key else "/procurement/requests/new",
        back=here,
        save=N_("Save the draft"),
        fields=[one.holding(said) if one.name in said else one for one in fields],
        lines=lines_of(look, said, TOLD, line),
        suggestions=model_names(look),
        fault=fault,
    )


def _schools(look: Look, chosen: str) -> Sequence[Option]:
    scope = look.caller.scope(PERMISSIONS[Right.request])
    if not scope.prefixes:
        raise PermissionDenied
    schools = SchoolRepository(look.session, scope)
    found = {one.code: one for one in schools.page(limit=MOST_SCHOOLS).items}
    found |= {one.code: one for one in schools.named([chosen])}
    return [Option(code, school_name(look, one), code == chosen) for code, one in found.items()]


def _rooms(look: Look, school: str) -> Sequence[Option]:
    found = RoomRepository(look.session, look.scope).at_school(school) if school else ()
    return [Option("", "—"), *(Option(room.id, room_name(room)) for room in found)]


def _kept(look: Look, key: str) -> tuple[str, dict[str, str]]:
    requests = RequestRepository(look.session, procurement_scope(look.caller))
    row = requests.row(key)
    if row is None or row.request.state not in (RequestState.draft, RequestState.returned):
        raise NotFound
    if not may(look, Right.request, row.school.path):
        raise PermissionDenied
    request = row.request
    kept = {
        "title": request.title,
        "reason": request.reason,
        "quote": request.quote_attachment_id or "",
    }
    for number, line in enumerate(requests.lines(key), 1):
        model = look.session.get(CatalogueModel, line.catalogue_id) if line.catalogue_id else None
        before = f"line-{number}-"
        kept |= {
            f"{before}kind": line.kind.value,
            f"{before}model": f"{model.vendor} {model.model}" if model else "",
            f"{before}specification": line.specification,
            f"{before}quantity": str(line.quantity),
            f"{before}unit_price": f"{line.unit_price_cny:.2f}",
            f"{before}room": line.room_id or "",
            f"{before}reason": line.reason,
        }
    return request.school_code, kept
