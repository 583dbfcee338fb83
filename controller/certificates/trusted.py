"""The certificate authorities that agents are told to trust, from a file of the bureau's."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.signatures import digest


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate.

    Args:
        pem: the certificate as text.
        pin: SHA-256 of it (DER) in base64url, 43 characters: what an enrolment token carries.
    """

    pem: str
    pin: str


def read_authorities(path: Path | None) -> tuple[Authority, ...]:
    """The certificates in a PEM file, the present authority first; none without a file.

    Read whenever they are told, so that a change needs no restart.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no certificate.
    """
    if path is None:
        return ()
    certificates = x509.load_pem_x509_certificates(path.read_bytes())
    return tuple(
        Authority(one.public_bytes(Encoding.PEM).decode(), digest(one.public_bytes(Encoding.DER)))
        for one in certificates
    )
