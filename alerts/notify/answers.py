"""What services of this country answer: HTTP 200 whatever became of it, with a number in the body.

Apprise looks at the number of some of them only. What the others are asked through is watched, so
that a message that was refused is not noted as sent.
"""

import json
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from alerts.notify.channels import NOT_TAKEN, NoticeFailed, NoticeRefused

#: Where an answer has its number, by the service; 0 is "taken".
_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "wecombot": ("errcode",),
    "dingtalk": ("errcode",),
    "feishu": ("code", "StatusCode"),
    "lark": ("code", "StatusCode"),
}
#: Numbers that another attempt does not change: there is no such robot. How often one may call, and
#: what its group asks of messages (words, signature, addresses), may be another thing later.
_FOR_GOOD: Final[Mapping[str, frozenset[int]]] = {
    "wecombot": frozenset({93000}),
    "dingtalk": frozenset({300005}),
    "feishu": frozenset({19001}),
    "lark": frozenset({19001}),
}
#: Bytes of UTF-8 a service takes at once; more is refused by it, or cut.
LONGEST: Final[Mapping[str, int]] = {"wecombot": 2_048, "wechat": 2_048}
OTHERS_LONGEST: Final = 15_000


class Watched:
    """The library a service is asked through; keeps the last answer of each thread."""

    def __init__(self, library: Any) -> None:
        self._library, self._last = library, threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def post(self, *about: Any, **told: Any) -> Any:
        """As the library does it."""
        self._last.answer = answer = self._library.post(*about, **told)
        return answer

    def taken(self) -> Any:
        """The last answer of this thread, once; none: nobody answered."""
        answer = getattr(self._last, "answer", None)
        self._last.answer = None
        return answer


def watch(module: ModuleType) -> Watched:
    """Watch what a plugin asks its service through; again changes nothing."""
    library = module.__dict__["requests"]
    if not isinstance(library, Watched):
        library = module.__dict__["requests"] = Watched(library)
    return library


def look_at(scheme: str, body: bytes) -> None:
    """Look at the answer to a message that Apprise takes for delivered.

    Raises:
        NoticeRefused: there is no such receiver.
        NoticeFailed: it was not taken, or the answer is none of that service's.
    """
    names = _NUMBERS.get(scheme)
    if names is None:
        return
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    number = _number(told, names) if isinstance(told, dict) else None
    if number == 0:
        return
    if number is None:
        # A proxy's page, say.
        raise NoticeFailed(NOT_TAKEN)
    is_for_good = number in _FOR_GOOD[scheme]
    raise (NoticeRefused if is_for_good else NoticeFailed)(f"error {number}")


def _number(told: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    found = [told[name] for name in names if isinstance(told.get(name), int)]
    return next((one for one in found if one != 0), 0) if found else None
