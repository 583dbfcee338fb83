"""Lines of a ticket's log in the reader's words, whatever was kept of them."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from alerts.messages import step_name
from alerts.models import TicketEvent
from alerts.urgency import Impact, Urgency
from alerts.work.checklists import Check
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import one_of
from controller.words.terms import word

#: How working time is kept: minutes, and what was done.
_MINUTES = re.compile(r"(\d+) min ?(.*)", re.DOTALL)


def log_text(look: Look, event: TicketEvent) -> str:
    """The words of a line; what was chosen from a list is told in the reader's."""
    translate = look.lang.gettext
    if event.kind in _OWN:
        return _OWN[event.kind](look, event.text)
    if event.step is not None:
        return " · ".join(filter(None, (step_name(event.step, translate), event.text)))
    if event.waiting_for is not None:
        reason = translate(word(event.waiting_for))
        colon = "：" if look.lang.code == "zh_CN" else ": "
        return reason if event.text in ("", reason) else f"{reason}{colon}{event.text}"
    return event.text


def coded(look: Look, words: type[StrEnum], code: str) -> str:
    """A code in words; what a later release wrote stays as it is."""
    known = one_of(words, code)
    return code if known is None else look.lang.gettext(word(known))


def _priority(look: Look, text: str) -> str:
    impact, urgency = text.split(" ")
    return f"{coded(look, Impact, impact)} · {coded(look, Urgency, urgency)}"


def _points(look: Look, text: str) -> str:
    if not text.isdecimal():
        return text
    return look.lang.gettext(N_("Satisfaction: %(points)s of 5.")) % {"points": text}


def _labour(look: Look, text: str) -> str:
    noted = _MINUTES.match(text)
    if noted is None:
        return text
    words = look.lang.gettext(N_("{minutes} min of work")).format(minutes=noted[1])
    return " · ".join(filter(None, (words, noted[2])))


_OWN: Mapping[str, Callable[[Look, str], str]] = {
    "checked": lambda look, text: coded(look, Check, text),
    "unchecked": lambda look, text: coded(look, Check, text),
    "prioritised": _priority,
    "confirmed": _points,
    "labour_noted": _labour,
}
