"""Links on labels: what they are about, proved by a signature of the installation.

A label is printed once and scanned for years, so its signature has no end of its own; it holds
until the bureau asks for new labels of that device (``ReportLink.version``), or for none. Nobody
can make a link of an id they have seen, and nothing tells a wrong link from a withdrawn one.
"""

import hmac
from base64 import urlsafe_b64encode
from enum import StrEnum

#: For ``SecretBox.key_for``.
PURPOSE = "reports by label"
#: Bytes of a signature: as many as nobody tries out, few enough for a small label.
_LENGTH = 12


class About(StrEnum):
    """What a link leads to; the word stands in its address."""

    device = "devices"
    room = "rooms"
    #: What became of one report.
    report = "reports"


def signature(key: bytes, about: About, row_id: str, version: int = 0) -> str:
    """Sixteen characters of an address (RFC 4648 section 5) that prove a link."""
    proof = hmac.digest(key, f"{about.value}\n{row_id}\n{version}".encode(), "sha256")
    return urlsafe_b64encode(proof[:_LENGTH]).decode()


def fits(key: bytes, about: About, row_id: str, version: int, shown: str) -> bool:
    """Whether that is the signature; takes as long whatever is shown."""
    made = signature(key, about, row_id, version)
    return hmac.compare_digest(made.encode(), shown.encode("utf-8", "replace"))


def path(key: bytes, about: About, row_id: str, version: int = 0) -> str:
    """The address without its host: ``/r/devices/ID?k=SIGNATURE``.

    It ends like the address of a device's page, so stock-taking reads old and new labels alike.
    """
    return f"/r/{about.value}/{row_id}?k={signature(key, about, row_id, version)}"
