"""Whom the box believes to be its controller: TLS with the bureau's own authority pinned.

The enrolment token carries the fingerprint of the authority, so that already the first contact is
with the right one; from then on only that authority counts, whatever the system trusts besides.
"""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.signatures import AGENT_API, digest

#: X509_V_FLAG_NO_CHECK_TIME of OpenSSL; Python's ``ssl`` has no name for it.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
_PROBE_SECONDS = 10.0
#: Certificates of some authorities; a page that somebody else serves may be of any size.
_MAX_BYTES = 256 << 10


class WrongAuthority(Exception):
    """What answers does not show the authority that the token names."""


def trust(ca_file: Path | None, pinned: str = "") -> ssl.SSLContext | bool:
    """What httpx shall trust: the file, else what was pinned, else the system's authorities.

    Args:
        ca_file: the operator's own choice.
        pinned: certificates in PEM, as the enrolment brought them.

    Raises:
        OSError: the file is not there, or holds no certificate.
    """
    if ca_file is not None:
        return ssl.create_default_context(cafile=ca_file)
    if not pinned:
        return True
    return ssl.create_default_context(cadata=pinned)


def trust_elsewhere(ca_file: Path | None, pinned: str = "") -> ssl.SSLContext | bool:
    """For servers that are not the controller: the system's authorities, and the bureau's too.

    Raises:
        OSError: the file is not there, or holds no certificate.
    """
    if ca_file is None and not pinned:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=ca_file, cadata=pinned or None)
    return context


def mind_the_clock(context: ssl.SSLContext | bool, pinned: str, now: float) -> bool:
    """Leave the dates of certificates unchecked while the box's clock cannot be right.

    A box without a battery begins in 1970, and would believe nobody who could tell it the time. A
    clock that stands before the pinned authority was even made is wrong for certain.

    Args:
        context: of the connections to the controller.
        pinned: the authorities, PEM; without any the dates are always checked.
        now: the box's time, seconds since the epoch.

    Returns:
        Whether the dates are checked.
    """
    if not isinstance(context, ssl.SSLContext) or not pinned:
        return True
    made = max(one.not_valid_before_utc for one in certificates(pinned))
    if datetime.fromtimestamp(now, UTC) < made:
        context.verify_flags |= _NO_CHECK_TIME
        return False
    context.verify_flags &= ~_NO_CHECK_TIME
    return True


def certificates(pem: str) -> list[x509.Certificate]:
    """The certificates in a text.

    Raises:
        ValueError: there is none, or one that cannot be read.
    """
    return x509.load_pem_x509_certificates(pem.encode())


async def pinned_authority(url: str, pin: str, *, seconds: float = 30.0) -> str:
    """The authority of this fingerprint, fetched from a controller that nobody vouches for yet.

    Nothing secret is said before the fingerprint was compared; the next connection is made with
    this authority alone.

    Args:
        url: address of the controller.
        pin: SHA-256 of the certificate in base64url.
        seconds: for each step of the connection.

    Raises:
        WrongAuthority: the controller has another one, or none.
        httpx.HTTPError: no connection.
    """
    async with httpx.AsyncClient(base_url=url, verify=_nobody(), timeout=seconds) as client:
        for one in await announced(client):
            if digest(one.public_bytes(Encoding.DER)) == pin:
                return _text(one)
    raise WrongAuthority


async def announced(client: httpx.AsyncClient) -> list[x509.Certificate]:
    """The authorities that the controller tells of; none where it has none of its own.

    Raises:
        httpx.HTTPError: no connection.
    """
    response = await client.get(f"{AGENT_API}/authorities")
    if response.status_code == httpx.codes.OK and len(response.content) <= _MAX_BYTES:
        with suppress(ValueError):
            return certificates(response.text)
    return []


def _nobody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the fingerprint is compared instead
    return context


async def succeeding(url: str, pinned: str, told: Sequence[x509.Certificate]) -> str | None:
    """Which authorities to pin from now on, when the controller announces some.

    New ones are added at once. Those pinned before are let go only when a connection has been
    made with the announced ones alone: a mistake at the centre must not lock the box out.

    Args:
        url: address of the controller.
        pinned: what is pinned, PEM.
        told: what the controller announced over a connection of the pinned ones.

    Returns:
        What to pin, PEM; ``None`` when nothing is to be changed.
    """
    have = dict.fromkeys(map(_text, certificates(pinned)))
    wanted = dict.fromkeys(map(_text, told))
    if not wanted or wanted.keys() == have.keys():
        return None
    alone = "".join(wanted)
    if await _leads_there(url, alone):
        return alone
    together = wanted | have
    return None if together.keys() == have.keys() else "".join(together)


async def _leads_there(url: str, pem: str) -> bool:
    """Whether the controller's present certificate is of one of these authorities."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=ssl.create_default_context(cadata=pem)
            )
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
