"""A form that adds one thing: shown, sent, and shown again with what was wrong and nothing lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from controller.errors import InventoryRefused
from controller.pages.look import Look
from controller.pages.views.record_form import Field, RecordForm, filled
from controller.problems import detail_of
from inventory.errors import InventoryError


@dataclass(frozen=True, slots=True)
class PlainForm:
    """What such a form is.

    Args:
        title: in the reader's language.
        crumbs: text and address of what lies above.
        action: where it is sent.
        back: where one is led after it, and by giving up.
    """

    title: str
    crumbs: Sequence[tuple[str, str]]
    action: str
    fields: Sequence[Field]
    back: str


def shown(
    look: Look, form: PlainForm, values: Mapping[str, Any], *, fault: str = "", status: int = 200
) -> Response:
    """The form with values, and with what was wrong."""
    response = look.show(
        "record",
        RecordForm(
            title=form.title,
            crumbs=form.crumbs,
            action=form.action,
            fields=filled(form.fields, values),
            back=form.back,
            fault=fault,
        ),
    )
    response.status_code = status
    return response


def kept(
    look: Look, form: PlainForm, said: Mapping[str, str], act: Callable[[], object]
) -> Response:
    """Do what the form asks for; or the form once more, with one line that says what is wrong."""
    try:
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            act()
    except InventoryError as error:
        refused = InventoryRefused(error)
        fault = detail_of(refused, look.lang)
        return shown(look, form, said, fault=fault, status=refused.status)
    return RedirectResponse(form.back, 303)
