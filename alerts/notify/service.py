"""Services of Apprise, by the addresses it knows: ``wecombot://``, ``dingtalk://``, ``feishu://``.

Only services that live at one address of their own are spoken to this way: for whatever has an
address of the installation's there are webhooks, whose addresses are looked at first.
"""

import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from alerts.notify.answers import LONGEST, OTHERS_LONGEST, look_at, watch
from alerts.notify.channels import NOT_TAKEN, NoticeFailed, NoticeRefused, Told

#: Schemes of Apprise whose messages go to the service's own address and nowhere else, with the
#: module and the class that speak to it. Others are not even loaded.
SERVICES = {
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "wechat": ("wechat", "NotifyWeChat"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "lark": ("lark", "NotifyLark"),
    "pushplus": ("pushplus", "NotifyPushplus"),
    "slack": ("slack", "NotifySlack"),
    "twilio": ("twilio", "NotifyTwilio"),
    "vonage": ("vonage", "NotifyVonage"),
    "clicksend": ("clicksend", "NotifyClickSend"),
    "sinch": ("sinch", "NotifySinch"),
    "plivo": ("plivo", "NotifyPlivo"),
}
_SCHEME = re.compile(r"([a-z0-9]+)://\S+")
#: Would let anybody between us and the service read along.
_UNSAFE = re.compile(r"[?&](verify|redirect)=", re.IGNORECASE)
_ERROR = re.compile(r"error=\s*(-?\w{1,12})")
_CONNECT, _READ = 5.0, 10.0
#: Bytes between a title and what follows.
_BETWEEN = 8
_LONGEST = 2_000


class _Listening(logging.Handler):
    """What Apprise says while a message is handed over: the number of an error, never its text."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        found = _ERROR.search(record.getMessage())
        if found:
            self._heard.code = found[1]

    def taken(self) -> str:
        code: str = getattr(self._heard, "code", "")
        self._heard.code = ""
        return code


@cache
def _log() -> _Listening:
    """What listens to the log of Apprise, which names addresses and is kept from everybody else."""
    listening = _Listening()
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.WARNING)
    log.addHandler(listening)
    # Which names every address it goes to, when somebody looks for a fault.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    return listening


def scheme_of(url: str) -> str:
    """The service of an address.

    Raises:
        NoticeRefused: it is no address of a service that is spoken to.
    """
    found = _SCHEME.fullmatch(url.strip())
    if found is None or found[1] not in SERVICES or len(url) > _LONGEST or _UNSAFE.search(url):
        raise NoticeRefused("no address of a known service")
    return found[1]


def _loaded(module: str) -> ModuleType:
    found = import_module(f"apprise.plugins.{module}")
    watch(found)
    return found


def opened(url: str) -> Any:
    """What Apprise makes of an address.

    Raises:
        NoticeRefused: it cannot read it, or the service is not spoken to.
    """
    module, name = SERVICES[scheme_of(url)]
    listening = _log()
    # Loaded when somebody needs it: few processes do.
    kind = getattr(_loaded(module), name)
    try:
        told = kind.parse_url(url.strip())
        plugin = kind(**told) if told else None
    except TypeError:
        plugin = None
    listening.taken()
    if plugin is None:
        raise NoticeRefused("unreadable address")
    plugin.socket_connect_timeout, plugin.socket_read_timeout = _CONNECT, _READ
    return plugin


@dataclass(frozen=True, slots=True)
class Service:
    """One channel of a service."""

    url: str = field(repr=False)
    bundles: bool = True

    @property
    def longest(self) -> int:
        return LONGEST.get(scheme_of(self.url), OTHERS_LONGEST)

    def send(self, told: Sequence[Told]) -> None:
        """Hand over; see :class:`alerts.notify.channels.Notifier`."""
        listening = _log()
        plugin = opened(self.url)
        first, *others = told
        title = first.title if not others else f"{first.title} (+{len(others)})"
        answers = watch(_loaded(SERVICES[scheme_of(self.url)][0]))
        answers.taken()
        is_taken = plugin.notify(body=self._body(told, title), title=title, body_format="text")
        code, answer = listening.taken(), answers.taken()
        if not is_taken:
            raise NoticeFailed(f"error {code}" if code else NOT_TAKEN)
        look_at(scheme_of(self.url), answer.content if answer is not None else b"")

    def _body(self, told: Sequence[Told], title: str) -> str:
        first, *others = told
        body = first.text if not others else "\n\n".join(f"{one.title}\n{one.text}" for one in told)
        room = self.longest - len(title.encode()) - _BETWEEN
        return body.encode()[:room].decode(errors="ignore")
