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
from typing import Any

from alerts.notify.channels import NoticeFailed, NoticeRefused, Told

#: Schemes of Apprise whose messages go to the service's own address, and nowhere else.
SERVICES = frozenset(
    {
        "wecombot", "wechat", "wecom", "dingtalk", "feishu", "lark", "pushplus",
        "slack", "twilio", "nexmo", "vonage", "clicksend", "sinch", "plivo",
    }
)  # fmt: skip
_SCHEME = re.compile(r"([a-z0-9]+)://\S+")
#: Would let anybody between us and the service read along.
_UNSAFE = re.compile(r"[?&](verify|redirect)=", re.IGNORECASE)
_ERROR = re.compile(r"error=\s*(-?\w{1,12})")
_CONNECT, _READ = 5.0, 10.0
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
def _apprise() -> tuple[Any, _Listening]:
    """The library, loaded when somebody needs it; its log, which names addresses, is ours alone."""
    import apprise  # noqa: PLC0415 - it takes its time, and few processes need it

    listening = _Listening()
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.WARNING)
    log.addHandler(listening)
    return apprise, listening


def scheme_of(url: str) -> str:
    """The service of an address.

    Raises:
        NoticeRefused: it is no address of a service that is spoken to.
    """
    found = _SCHEME.fullmatch(url.strip())
    if found is None or found[1] not in SERVICES or len(url) > _LONGEST or _UNSAFE.search(url):
        raise NoticeRefused("no address of a known service")
    return found[1]


def opened(url: str) -> Any:
    """What Apprise makes of an address.

    Raises:
        NoticeRefused: it cannot read it, or the service is not spoken to.
    """
    scheme_of(url)
    apprise, listening = _apprise()
    plugin = apprise.Apprise.instantiate(url.strip(), suppress_exceptions=True)
    listening.taken()
    if plugin is None:
        raise NoticeRefused("unreadable address")
    plugin.socket_connect_timeout, plugin.socket_read_timeout = _CONNECT, _READ
    plugin.verify_certificate = True
    return plugin


@dataclass(frozen=True, slots=True)
class Service:
    """One channel of a service."""

    url: str = field(repr=False)
    bundles: bool = True

    def send(self, told: Sequence[Told]) -> None:
        """Hand over; see :class:`alerts.notify.channels.Notifier`."""
        apprise, listening = _apprise()
        plugin = opened(self.url)
        everybody = apprise.Apprise()
        everybody.add(plugin)
        first, *others = told
        body = first.text if not others else "\n\n".join(f"{one.title}\n{one.text}" for one in told)
        title = first.title if not others else f"{first.title} (+{len(others)})"
        is_taken = everybody.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        code = listening.taken()
        if not is_taken:
            raise NoticeFailed(f"error {code}" if code else "not taken")
