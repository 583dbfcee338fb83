"""Lines of a ticket's log in the reader's words, whatever was kept of them."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from alerts.messages import step_name
from alerts.models import TicketEvent
from alerts.urgency import Impact, Urgency
from alerts.work.checklists import Check
from controller.language import N_, Language
from controller.words.terms import word

#: How working time is kept: minutes, and what was done.
_MINUTES = re.compile(r"(\d+) min ?(.*)", re.DOTALL)


def log_text(lang: Language, event: TicketEvent) -> str:
    """The words of a line; what was chosen from a list is told in the reader's."""
    translate = lang.gettext
    if event.kind in _OWN:
        return _OWN[event.kind](lang, event.text)
    if event.step is not None:
        return " · ".join(filter(None, (step_name(event.step, translate), event.text)))
    if event.waiting_for is not None:
        reason = translate(word(event.waiting_for))
        return reason if event.text in ("", reason) else f"{reason}{lang.colon}{event.text}"
    return event.text


def coded(lang: Language, words: type[StrEnum], code: str) -> str:
    """A code in words; what a later release wrote stays as it is."""
    known = next((one for one in words if one.value == code), None)
    return code if known is None else lang.gettext(word(known))


def _priority(lang: Language, text: str) -> str:
    impact, urgency = text.split(" ")
    return f"{coded(lang, Impact, impact)} · {coded(lang, Urgency, urgency)}"


def _points(lang: Language, text: str) -> str:
    if not text.isdecimal():
        return text
    return lang.gettext(N_("Satisfaction: %(points)s of 5.")) % {"points": text}


def _labour(lang: Language, text: str) -> str:
    noted = _MINUTES.match(text)
    if noted is None:
        return text
    words = lang.gettext(N_("{minutes} min of work")).format(minutes=noted[1])
    return " · ".join(filter(None, (words, noted[2])))


_OWN: Mapping[str, Callable[[Language, str], str]] = {
    "checked": lambda lang, text: coded(lang, Check, text),
    "unchecked": lambda lang, text: coded(lang, Check, text),
    "prioritised": _priority,
    "confirmed": _points,
    "labour_noted": _labour,
}
