"""A form with several lines: what one writes a request, a project or an order on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from controller.language import N_
from controller.pages.look import Look
from controller.pages.procurement_forms import Said
from controller.pages.views.choices import Option, one_of
from controller.pages.views.procurement import Entry
from controller.words.terms import KINDS
from drivers.readings import Kind
from inventory.models import CatalogueModel
from inventory.procurement.wishes import MOST_LINES

#: Empty lines that stand below those that are filled in, and how many "more" adds.
SPARE_LINES = 2
#: More models than these are not offered; they can be typed all the same.
MOST_MODELS = 500
#: Id of the list of models on a page.
MODELS = "models"


@dataclass(frozen=True, slots=True)
class EditorLine:
    """One line; ``title`` in the reader's words."""

    title: str
    fields: Sequence[Entry]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Editor:
    """A form with its lines.

    Args:
        title: a message id.
        action: where it is sent.
        back: where one goes who gives up.
        save: what the button says; a message id.
        suggestions: texts of the list ``models``.
        can_grow: whether one may ask for more lines.
        fault: why it was not taken, in the reader's words.
    """

    tab: str
    title: str
    action: str
    back: str
    save: str
    fields: Sequence[Entry]
    lines: Sequence[EditorLine]
    suggestions: Sequence[str] = ()
    can_grow: bool = True
    fault: str = ""


def lines_of(
    look: Look,
    said: Mapping[str, str],
    told: Sequence[str],
    fields: Callable[[str], Sequence[Entry]],
) -> Sequence[EditorLine]:
    """Every line that holds something and some empty ones.

    Args:
        look: of whoever fills them in.
        said: texts by name; those of line 1 begin with ``line-1-``.
        told: names of fields that count as filled in.
        fields: of a line, from what stands before their names.
    """
    words = look.lang.gettext(N_("Line {number}"))
    last = max(
        (n for n in range(1, MOST_LINES + 1) if any(said.get(f"line-{n}-{one}") for one in told)),
        default=0,
    )
    spare = SPARE_LINES if said.get("more") or last else 1
    return [
        EditorLine(
            words.format(number=number),
            [one.holding(said) if one.name in said else one for one in fields(f"line-{number}-")],
        )
        for number in range(1, min(MOST_LINES, last + spare) + 1)
    ]


def kind_field(look: Look, before: str) -> Entry:
    """What kind of device a line is about."""
    kinds = [
        Option(kind.value, look.lang.gettext(text))
        for kind, text in KINDS.items()
        if kind is not Kind.unknown
    ]
    kinds.sort(key=lambda one: one.text)
    options = [Option("", "—"), *kinds]
    return Entry(f"{before}kind", N_("Kind"), "select", options=options, required=False)


def kind_told(line: Said, model: CatalogueModel | None) -> Kind:
    """The kind of a line: its model's, else the one that was chosen.

    Raises:
        FieldMissing: neither is there.
    """
    if model is not None:
        return model.kind
    line.needed("kind", N_("Kind"))
    return one_of(Kind, line.text("kind")) or Kind.unknown


def model_names(look: Look) -> Sequence[str]:
    """Models of the catalogue that are offered, as one types them."""
    query = select(CatalogueModel.vendor, CatalogueModel.model).order_by(
        col(CatalogueModel.vendor), col(CatalogueModel.model)
    )
    return [f"{vendor} {model}" for vendor, model in look.session.exec(query.limit(MOST_MODELS))]
