"""One form for any plain row: its fields, what they hold, what was wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.pages.look import Look
from controller.pages.views.choices import Option
from inventory.errors import Invalid


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Args:
        name: of the row's column.
        label: a message id.
        kind: of the input element: ``text``, ``number``, ``date``; ``choice`` has ``choices``.
        choices: value and text, already in the reader's language.
        hint: a message id.
        nullable: an empty text means that there is none.
    """

    name: str
    label: str
    kind: str = "text"
    needed: bool = False
    longest: int = 200
    step: str = "1"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field with what it holds."""

    field: Field
    value: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class RecordForm:
    """Everything on the page of one row.

    Args:
        title: in the reader's language.
        crumbs: text and address of what lies above.
        action: where the form is sent.
        remove: where a wish to forget the row is sent; empty for none.
        back: the list.
    """

    title: str
    crumbs: Sequence[tuple[str, str]]
    action: str
    fields: Sequence[FilledField]
    back: str
    remove: str = ""
    fault: str = ""


class AnyForm(BaseModel):
    """A form's fields as they were sent: texts by name."""

    model_config = ConfigDict(extra="allow")

    @property
    def said(self) -> dict[str, str]:
        texts = self.model_extra or {}
        return {name: text[:2_000] for name, text in texts.items() if isinstance(text, str)}


def filled(fields: Sequence[Field], values: Mapping[str, Any]) -> Sequence[FilledField]:
    """The fields with what a row or a form says."""
    made = []
    for field in fields:
        value = values.get(field.name)
        text = "" if value is None else str(value)
        options = [Option(key, word, key == text) for key, word in field.choices]
        made.append(FilledField(field, text, options))
    return made


def body_of(model: type[BaseModel], fields: Sequence[Field], said: Mapping[str, str]) -> BaseModel:
    """What a form says, as the API would have been told; an empty field is null.

    Raises:
        Invalid: a value that does not fit; the first of them.
    """
    values: dict[str, str | None] = {
        field.name: said.get(field.name, "").strip() or None for field in fields
    }
    for field in fields:
        if field.needed and values[field.name] is None:
            raise Invalid(field=field.name, reason="-")
        if values[field.name] is None and field.kind == "text" and not field.nullable:
            # A text that is taken away is an empty one.
            values[field.name] = ""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or model.__name__
        raise Invalid(field=where, reason=first["msg"]) from None


def choices_of(look: Look, words: Mapping[Any, str], *, empty: str | None = None) -> Any:
    """Options of an enumeration in the reader's words; ``empty`` is the text for no choice."""
    options = [(str(value), look.lang.gettext(word)) for value, word in words.items()]
    return options if empty is None else [("", empty), *options]
