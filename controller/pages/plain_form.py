"""A form of one thing: shown, sent, and shown again with what was wrong and nothing lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel
from starlette.responses import RedirectResponse, Response

from controller.errors import InventoryRefused
from controller.pages.look import Look
from controller.pages.views.record_form import Field, RecordForm, filled, opened, passed
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
        row: that is changed; saving then tells of changes somebody else has made meanwhile.
        remove: where a wish to forget the row is sent; empty for none.
        about: what the form is about, in the reader's language; empty where the title says it.
    """

    title: str
    crumbs: Sequence[tuple[str, str]]
    action: str
    fields: Sequence[Field]
    back: str
    row: SQLModel | None = None
    remove: str = ""
    about: str = ""


def shown(
    look: Look,
    form: PlainForm,
    values: Mapping[str, Any],
    *,
    fault: str = "",
    status: int = 200,
    theirs: Mapping[str, str] | None = None,
) -> Response:
    """The form with values, and with what was wrong."""
    response = look.show(
        "record",
        RecordForm(
            title=form.title,
            crumbs=form.crumbs,
            action=form.action,
            fields=filled(form.fields, values, theirs),
            back=form.back,
            remove=form.remove,
            about=form.about,
            fault=fault,
            **opened(form.fields, form.row),
        ),
    )
    response.status_code = status
    return response


def kept(
    look: Look, form: PlainForm, said: Mapping[str, str], act: Callable[[], object]
) -> Response:
    """Do what the form asks for; or the form once more, with one line that says what is wrong."""
    if over := passed(look, form.fields, form.row, said):
        return shown(
            look, form, over.values, fault=over.fault, status=over.status, theirs=over.theirs
        )
    try:
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            act()
    except InventoryError as error:
        refused = InventoryRefused(error)
        fault = detail_of(refused, look.lang)
        return shown(look, form, said, fault=fault, status=refused.status)
    return RedirectResponse(form.back, 303)
