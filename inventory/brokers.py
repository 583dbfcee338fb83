"""MQTT brokers of schools: what may be written about them, and by whom.

A plan sends a broker's password to the broker's address. Nobody can read a stored one, so whoever
changes where it goes, or whom the agent trusts there, gives it anew or takes it away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from msgspec import UNSET, UnsetType
from sqlmodel import Session

from inventory.errors import (
    BrokerKnown,
    BrokerUrlUnfit,
    CertificateUnfit,
    Invalid,
    KeyUnfit,
    PairIncomplete,
    SecretNeeded,
    TopicUnfit,
    UserNeeded,
)
from inventory.ids import new_id
from inventory.models import Broker
from inventory.repositories import BrokerRepository
from inventory.scope import Scope
from inventory.secrets import SecretBox

MOST_BROKERS: Final = 16
LONGEST_TEXT: Final = 200
LONGEST_PEM: Final = 65_536
_LONGEST_TOPIC: Final = 64
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.?\Z")
#: A secret: a new one, ``None`` for none from now on, unset for the one that is kept.
Secret: TypeAlias = str | UnsetType | None


@dataclass(frozen=True, slots=True)
class BrokerWish:
    """All of a broker as somebody wants it.

    Args:
        url: ``mqtt://host[:port]`` or ``mqtts://host[:port]``.
        ca, certificate: PEM; whom to trust instead of the system's authorities, and what the
            agent shows of itself, its own certificate first.
        key: PEM without a password, of that certificate.
        announce: publish Home Assistant's birth message.
    """

    url: str
    username: str | None = None
    password: Secret = field(default=UNSET, repr=False)
    ca: str | None = None
    certificate: str | None = None
    key: Secret = field(default=UNSET, repr=False)
    discovery_prefix: str = "homeassistant"
    announce: bool = False


def wish_of(broker: Broker) -> BrokerWish:
    """A broker as it is; its secrets are kept."""
    return BrokerWish(
        url=broker.url,
        username=broker.username,
        ca=broker.ca,
        certificate=broker.certificate,
        discovery_prefix=broker.discovery_prefix,
        announce=broker.announce,
    )


def add_broker(
    session: Session, scope: Scope, school: str, wish: BrokerWish, box: SecretBox
) -> Broker:
    """Have the agent of a school listen to a broker; flushes, never commits.

    Raises:
        Invalid: a value does not fit; its subclasses say which.
        BrokerKnown: the school has a broker of that URL.
        NotFound: no such school.
        OutOfScope: the school is outside the scope.
    """
    broker = Broker(id=new_id("b"), school_code=school, url="")
    repository = BrokerRepository(session, scope)
    values = _values(broker, wish, box, repository.at_school(school))
    return repository.add(broker.sqlmodel_update(values))


def change_broker(
    session: Session, scope: Scope, broker: Broker, wish: BrokerWish, box: SecretBox
) -> Broker:
    """Have it listened to like this from now on; flushes, never commits.

    Raises:
        Invalid, BrokerKnown: as for :func:`add_broker`.
        SecretNeeded: a secret is kept, and would go elsewhere.
        SecretUnreadable: the kept key, which is to fit another certificate, cannot be opened.
        OutOfScope: the school is outside the scope.
    """
    repository = BrokerRepository(session, scope)
    values = _values(broker, wish, box, repository.at_school(broker.school_code))
    return repository.change(broker, values)


def _values(
    broker: Broker, wish: BrokerWish, box: SecretBox, beside: Sequence[Broker]
) -> dict[str, Any]:
    """What the row is to hold, once all of it is known to fit."""
    others = [other for other in beside if other.id != broker.id]
    url = _url(wish.url)
    if len(others) >= MOST_BROKERS:
        raise Invalid(field="brokers", reason=f"{len(others) + 1} (1-{MOST_BROKERS})")
    if any(other.url == url for other in others):
        raise BrokerKnown(key=url)
    username = _text("username", wish.username)
    ca = _certificates("ca", wish.ca)
    certificate = _certificates("certificate", wish.certificate)
    password, key = _secret("password", wish.password), _key(wish.key)
    prefix = _topic(wish.discovery_prefix)
    if (url, ca) != (broker.url, broker.ca):
        for name, given, kept in (
            ("password", password, broker.password_secret),
            ("key", key, broker.key_secret),
        ):
            if given is UNSET and kept is not None:
                raise SecretNeeded(key=name)
    password_secret = _sealed(password, broker.password_secret, box)
    if password_secret is not None and username is None:
        raise UserNeeded
    key_secret = _sealed(key, broker.key_secret, box)
    if (certificate is None) is not (key_secret is None):
        raise PairIncomplete
    if certificate is not None and key_secret is not None:
        _check_pair(certificate, box.open(key_secret))
    return {
        "url": url,
        "username": username,
        "password_secret": password_secret,
        "ca": ca,
        "certificate": certificate,
        "key_secret": key_secret,
        "discovery_prefix": prefix,
        "announce": wish.announce,
    }


def _url(text: str) -> str:
    """The URL with its host in lower case; what is wrong with it is not repeated."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BrokerUrlUnfit from None
    beside = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"mqtt", "mqtts"} or beside or port == 0 or len(host) > LONGEST_TEXT:
        raise BrokerUrlUnfit
    try:
        address = ip_address(host)
    except ValueError:
        # Digits and dots alone were meant to be an address.
        if not _HOST.match(host) or re.fullmatch(r"[0-9.]+", host):
            raise BrokerUrlUnfit from None
    else:
        host = f"[{address}]" if ":" in host else str(address)
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def _text(name: str, text: str | None) -> str | None:
    wanted = (text or "").strip()
    if len(wanted) > LONGEST_TEXT or not wanted.isprintable():
        raise Invalid(field=name, reason=wanted[:40])
    return wanted or None


def _secret(name: str, secret: Secret) -> Secret:
    if not isinstance(secret, str):
        return secret
    if len(secret) > LONGEST_TEXT or "\0" in secret:
        raise Invalid(field=name, reason=f"{len(secret)} (1-{LONGEST_TEXT})")
    return secret or None


def _topic(text: str) -> str:
    """A topic to begin others with (MQTT 5, 4.7): no wildcards, no empty level at its ends."""
    wanted = text.strip()
    fits = wanted.isprintable() and 0 < len(wanted) <= _LONGEST_TOPIC
    if not fits or re.search(r"[+#]|^[$/]|/$", wanted):
        raise TopicUnfit(key=wanted[:_LONGEST_TOPIC])
    return wanted


def _certificates(name: str, text: str | None) -> str | None:
    """The certificates of a text, one after the other, and nothing else that stood in it."""
    if not (text or "").strip():
        return None
    try:
        found = x509.load_pem_x509_certificates(_pem(text))
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateUnfit(key=name) from None


def _key(secret: Secret) -> Secret:
    """The key of a text as PKCS #8."""
    if not isinstance(secret, str):
        return secret
    if not secret.strip():
        return None
    try:
        key = load_pem_private_key(_pem(secret), password=None)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnfit from None


def _pem(text: str | None) -> bytes:
    """The text as bytes.

    Raises:
        ValueError: too long.
    """
    content = (text or "").encode()
    if len(content) > LONGEST_PEM:
        raise ValueError(len(content))
    return content


def _check_pair(certificate: str, key: str) -> None:
    own = x509.load_pem_x509_certificates(certificate.encode())[0].public_key()
    made = load_pem_private_key(key.encode(), password=None).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_bytes(*form) != made.public_bytes(*form):
        raise KeyUnfit


def _sealed(given: Secret, kept: str | None, box: SecretBox) -> str | None:
    if given is UNSET:
        return kept
    return box.seal(given) if isinstance(given, str) else None
