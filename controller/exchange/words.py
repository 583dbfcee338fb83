"""Words of tables: what a file may say for a choice, and how rows and faults are told."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from controller.language import LANGUAGES, N_, Language, language
from controller.words.terms import (
    ACQUISITIONS,
    BLACKOUT_KINDS,
    CALENDAR_KINDS,
    CERTIFICATE_LEVELS,
    FORMS,
    KINDS,
    LIFECYCLES,
    MEDIA,
    OUTLET_KINDS,
    ROOM_KINDS,
    SETTINGS,
    STAFF_ROLES,
    STAGES,
    word,
)
from inventory.errors import InventoryError
from inventory.exchange.faults import WORDS, Fault, Why
from inventory.exchange.layout import Column, Layout, plain
from inventory.exchange.xlsx.writer import Shown

_CHOICES: Mapping[str, Mapping[Any, str]] = {
    "kind": KINDS,
    "lifecycle": LIFECYCLES,
    "acquisition": ACQUISITIONS,
    "stage": STAGES,
    "setting": SETTINGS,
    "form": FORMS,
    "medium": MEDIA,
    "room_kind": ROOM_KINDS,
    "role": STAFF_ROLES,
    "certificate_level": CERTIFICATE_LEVELS,
    "calendar": CALENDAR_KINDS,
    "blackout": BLACKOUT_KINDS,
    "outlet": OUTLET_KINDS,
}
#: What an import does just now.
PHASES: Mapping[str, str] = {
    "read": N_("Reading rows"),
    "compare": N_("Comparing rows"),
    "write": N_("Writing rows"),
}
_TOLD_AS_THEY_ARE = frozenset({str, int, Decimal, date, type(None)})
_YES, _NO = N_("Yes"), N_("No")


@cache
def vocabularies() -> Mapping[str, Mapping[str, str]]:
    """Of each choice, the words a file may use: ours in every language, and the bare values."""
    return {name: dict(_words(terms)) for name, terms in _CHOICES.items()}


def _words(terms: Mapping[Any, str]) -> Iterator[tuple[str, str]]:
    # Chinese first: the words a fault suggests are told in this order.
    for code in LANGUAGES:
        for value, term in terms.items():
            yield plain(language(code).gettext(term)), value.value
    for value in terms:
        yield plain(value.value), value.value


def choices(lang: Language, name: str) -> list[str]:
    """Our words of a choice, each once, in the order of its values."""
    return list(dict.fromkeys(map(lang.gettext, _CHOICES[name].values())))


def heading(lang: Language, column: Column) -> str:
    """What a column is called."""
    return column.zh if lang.code == "zh_CN" else column.heading


def heading_named(lang: Language, layout: Layout, field: str) -> str:
    """The same by the field; a field that is no column is called by its name."""
    return next((heading(lang, c) for c in layout.columns if c.field == field), field)


def told(lang: Language, value: object) -> Shown:
    """A value of the register as a cell of a table."""
    if isinstance(value, bool):
        return lang.gettext(_YES if value else _NO)
    if isinstance(value, StrEnum):
        return lang.gettext(word(value))
    if value is None or isinstance(value, str | int | Decimal | date):
        return value
    return str(value)


def teller(lang: Language) -> Callable[[Any], Shown]:
    """``told`` for millions of cells: words are looked up once."""
    known: dict[Any, Shown] = {}

    def tell(value: Any) -> Shown:
        if type(value) in _TOLD_AS_THEY_ARE:
            found: Shown = value
            return found
        # Truth is told in words and numbers are not here, so 1 and True cannot be mixed up.
        if value not in known:
            known[value] = told(lang, value)
        return known[value]

    return tell


def fault_text(lang: Language, fault: Fault) -> str:
    """What is wrong, in one sentence."""
    return lang.gettext(WORDS[fault.why].text).format(**_arguments(lang, fault))


def fault_cure(lang: Language, fault: Fault) -> str:
    """What to do about it."""
    return lang.gettext(WORDS[fault.why].cure).format(**_arguments(lang, fault))


def _arguments(lang: Language, fault: Fault) -> dict[str, object]:
    found = {
        name: lang.gettext(word(value)) if isinstance(value, StrEnum) else value
        for name, value in fault.arguments.items()
    }
    error = found.get("error")
    if fault.why is Why.refused and isinstance(error, InventoryError):
        found["reason"] = lang.gettext(error.message).format(**error.arguments)
    return found
