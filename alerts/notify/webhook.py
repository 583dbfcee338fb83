"""Webhooks: JSON over HTTP, signed, to an address that was looked at right before.

``X-Fleet-Signature: v1=HEX`` is HMAC-SHA-256 over ``TIMESTAMP.BODY`` with the channel's secret,
``X-Fleet-Timestamp`` the second it was sent, ``X-Fleet-Delivery`` the same for every attempt of one
message. The connection goes to the address that was checked, whatever the host's name means by
then; redirections are not followed.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult

import httpx

from alerts.notify.addresses import Network, Resolve, admitted, parsed, resolved
from alerts.notify.channels import LONGEST, NoticeFailed, NoticeRefused, Told

#: Seconds for a connection, and for each read; and for all of it.
_CONNECT, _READ, _LONGEST = 5.0, 10.0, 30.0
#: Answers after which another attempt makes sense, of those from 400 to 499.
_LATER = frozenset({408, 425, 429})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver compares (in constant time) with ``X-Fleet-Signature``."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Our own JSON, one message a request."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    allowed: Sequence[Network] = ()
    resolve: Resolve = resolved
    clock: Callable[[], float] = time.time
    bundles: bool = False
    longest: int = LONGEST

    def send(self, told: Sequence[Told]) -> None:
        """Hand over; see :class:`alerts.notify.channels.Notifier`."""
        for one in told:
            self._post(json.dumps(_own(one), ensure_ascii=False).encode(), one.id)

    def _post(self, body: bytes, delivery: str) -> None:
        post(self, body, delivery)


@dataclass(frozen=True, slots=True)
class AlertmanagerWebhook:
    """What Alertmanager sends its receivers (webhook, version 4), so that they need not know us."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    allowed: Sequence[Network] = ()
    resolve: Resolve = resolved
    clock: Callable[[], float] = time.time
    bundles: bool = True
    longest: int = LONGEST

    def send(self, told: Sequence[Told]) -> None:
        """Hand over; see :class:`alerts.notify.channels.Notifier`."""
        post(self, json.dumps(version_4(told), ensure_ascii=False).encode(), told[0].id)


def version_4(told: Sequence[Told]) -> Mapping[str, Any]:
    """Messages as one group of Alertmanager's webhook."""
    alerts = [_alert(one) for one in told]
    firing = any(one["status"] == "firing" for one in alerts)
    return {
        "version": "4",
        "groupKey": f"{{}}:{{fault={told[0].fault!r}}}",
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": "campus-fleet",
        "groupLabels": {},
        "commonLabels": _common([one["labels"] for one in alerts]),
        "commonAnnotations": _common([one["annotations"] for one in alerts]),
        "externalURL": told[0].link,
        "alerts": alerts,
    }


def post(hook: Webhook | AlertmanagerWebhook, body: bytes, delivery: str) -> None:
    """One signed request.

    Raises:
        NoticeRefused: for good, by the receiver or by us.
        NoticeFailed: for now.
    """
    parts = parsed(hook.url)
    address, port = admitted(parts, hook.allowed, hook.resolve)
    stamp = str(int(hook.clock()))
    headers = {
        "Host": parts.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "User-Agent": "campus-fleet",
        "X-Fleet-Timestamp": stamp,
        "X-Fleet-Signature": signature(hook.secret, stamp, body),
        "X-Fleet-Delivery": delivery,
    }
    until = time.monotonic() + _LONGEST
    try:
        with (
            httpx.Client(timeout=httpx.Timeout(_READ, connect=_CONNECT), trust_env=False) as client,
            client.stream(
                "POST",
                _at(parts, address, port),
                content=body,
                headers=headers,
                extensions={"sni_hostname": parts.hostname or ""},
            ) as answer,
        ):
            status = answer.status_code
            # A connection that is closed early may look like a failure to the other side.
            for _ in answer.iter_raw(4_096):
                if time.monotonic() > until or answer.num_bytes_downloaded > 1 << 16:
                    break
    except httpx.HTTPError as error:
        # Its text names the address.
        raise NoticeFailed(type(error).__name__) from None
    if not httpx.codes.is_success(status):
        for_good = httpx.codes.is_client_error(status) and status not in _LATER
        raise (NoticeRefused if for_good else NoticeFailed)(f"HTTP {status}")


def _at(parts: SplitResult, address: str, port: int) -> str:
    host = f"[{address}]" if ":" in address else address
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}:{port}{parts.path or '/'}{query}"


def _own(one: Told) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "at": _time(one.at),
        "fault": one.fault,
        "severity": one.severity.value,
        "over": one.is_over,
        "title": one.title,
        "text": one.text,
        "school_code": one.school_code,
        "organisation_code": one.organisation_code,
        "school": one.school,
        "room": one.room,
        "device_id": one.device_id,
        "device": one.device,
        "rule": one.rule,
        "ticket": one.ticket,
        "phone": one.phone,
        "link": one.link,
    }


def _alert(one: Told) -> Mapping[str, Any]:
    labels = {
        "alertname": one.rule or one.kind.value,
        "severity": one.severity.value,
        "school": one.school_code,
        "device": one.device_id,
    }
    notes = {"summary": one.title, "description": one.text, "room": one.room, "phone": one.phone}
    return {
        "status": "resolved" if one.is_over else "firing",
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {name: value for name, value in notes.items() if value},
        "startsAt": _time(one.began),
        "endsAt": _time(one.at) if one.is_over else "0001-01-01T00:00:00Z",
        "generatorURL": one.link,
        "fingerprint": hashlib.sha256(one.fault.encode()).hexdigest()[:16],
    }


def _common(some: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    first, *others = some
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
