"""One form for any plain row: its fields, what they hold, what was wrong."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import SQLModel

from controller.api.conditional import etag_of, require_match
from controller.errors import RevisionPassed
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.problems import detail_of
from inventory.errors import Invalid

#: Characters of one text; ``base`` holds all of a form's.
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Args:
        name: of the row's column.
        label: a message id.
        kind: of the input element: ``text``, ``number``, ``date``; ``choice`` has ``choices``, of
            which ``checks`` takes any number: their values with spaces between (:func:`ticked`).
        choices: value and text, already in the reader's language.
        hint: a message id.
        nullable: an empty text means that there is none.
        read: how the text is made of a row whose column of that name does not hold it.
        heading: of the fields from this one on, in the reader's language; empty for none.
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
    read: Callable[[Any], str] | None = None
    heading: str = ""


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field with what it holds.

    Args:
        theirs: what stands in the register now, in words, where somebody else has changed it.
    """

    field: Field
    value: str
    options: Sequence[Option]
    theirs: str | None = None


@dataclass(frozen=True, slots=True)
class RecordForm:
    """Everything on the page of one row.

    Args:
        title: in the reader's language.
        crumbs: text and address of what lies above.
        action: where the form is sent.
        about: what it is about, in the reader's language; empty where the title says it.
        remove: where a wish to forget the row is sent; empty for none.
        remove_note: what removing it means, a message id.
        back: the list.
        etag: of the row as the form shows it; empty for a new one.
        base: the texts it was opened with, as a JSON object.
    """

    title: str
    crumbs: Sequence[tuple[str, str]]
    action: str
    fields: Sequence[FilledField]
    back: str
    about: str = ""
    remove: str = ""
    remove_note: str = N_("This cannot be taken back.")
    fault: str = ""
    etag: str = ""
    base: str = "{}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A form that somebody else's change has overtaken.

    Args:
        values: the form once more: what its sender changed, and what the other one changed besides.
        theirs: texts that stand in the register now where they are not those it was opened with.
        fault: what to tell, in the reader's language.
    """

    values: Mapping[str, str]
    theirs: Mapping[str, str]
    fault: str
    status: int = RevisionPassed.status


class AnyForm(BaseModel):
    """A form's fields as they were sent: texts by name."""

    model_config = ConfigDict(extra="allow")

    @property
    def said(self) -> dict[str, str]:
        texts = self.model_extra or {}
        return {name: text[:_LONGEST] for name, text in texts.items() if isinstance(text, str)}


def filled(
    fields: Sequence[Field], values: Mapping[str, Any], theirs: Mapping[str, str] | None = None
) -> Sequence[FilledField]:
    """The fields with what a row or a form says, and beside it what somebody else has written."""
    made = []
    for field in fields:
        text = _text(values.get(field.name))
        chosen = text.split() if field.kind == "checks" else [text]
        options = [Option(key, word, key in chosen) for key, word in field.choices]
        other = (theirs or {}).get(field.name)
        told = None if other is None else _told(field, other)
        made.append(FilledField(field, text, options, told))
    return made


def ticked(fields: Sequence[Field], said: Mapping[str, str]) -> dict[str, str]:
    """What a form says, with the boxes of each field of ``checks`` as one text."""
    boxes = {
        field.name: " ".join(
            sorted(key for key, _ in field.choices if f"{field.name}.{key}" in said)
        )
        for field in fields
        if field.kind == "checks"
    }
    return {**said, **boxes}


def _told(field: Field, text: str) -> str:
    """A text of the register as the form words it."""
    words = dict(field.choices)
    if field.kind == "checks":
        return ", ".join(words.get(one, one) for one in text.split()) or "—"
    return words.get(text, text) or "—"


def opened(fields: Sequence[Field], row: SQLModel | None) -> dict[str, str]:
    """``etag`` and ``base`` of the form of a row; of a new one neither."""
    if row is None:
        return {}
    return {"etag": etag_of(row), "base": json.dumps(texts_of(fields, row), ensure_ascii=False)}


def passed(
    look: Look, fields: Sequence[Field], row: SQLModel | None, said: Mapping[str, str]
) -> Passed | None:
    """What to show instead of saving a form whose row was changed since it was opened.

    The row is read again and locked. The form that is shown carries the new tag, so saving it once
    more decides; what only the other person changed is theirs already.
    """
    if row is None or not said.get("etag"):
        return None
    try:
        require_match(look.session, row, said["etag"], {})
    except RevisionPassed as error:
        base, now = _base(said.get("base", "")), texts_of(fields, row)
        return Passed(
            values={
                name: text if said.get(name, "") == base.get(name) else said.get(name, "")
                for name, text in now.items()
            },
            theirs={name: text for name, text in now.items() if text != base.get(name, "")},
            fault=detail_of(error, look.lang),
        )
    return None


def texts_of(fields: Sequence[Field], row: SQLModel) -> dict[str, str]:
    """What a form says of a row, field by field."""
    return {
        field.name: field.read(row) if field.read else _text(getattr(row, field.name, None))
        for field in fields
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _base(text: str) -> Mapping[str, str]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


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
