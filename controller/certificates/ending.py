"""When the certificates end that the controller shows, and those that boxes trust it by."""

import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from alerts.judging.conditions import Ends
from alerts.looks.own import Term
from controller.certificates.authority import hosts_of

log = logging.getLogger(__name__)

#: Waited for whoever ends TLS before the controller.
_SECONDS = 5.0


def ending_terms(
    certificate: Path | None, authorities: Path | None, public_url: str = ""
) -> Sequence[Term] | None:
    """Ends of all certificates of the controller.

    Without a certificate here a proxy ends TLS: then its certificate counts, as it is shown to
    whoever comes.

    Args:
        certificate: PEM of the chain that is served here, if it is.
        authorities: PEM of the authorities boxes are told to trust, if there are any.
        public_url: what the controller is reached at.

    Returns:
        ``None`` when some of them cannot be read now: then nothing is known.
    """
    try:
        return [*_served(certificate, public_url), *_trusted(authorities)]
    except (OSError, ValueError) as error:
        log.debug("the end of the controller's certificates is not known: %s", error)
        return None


def _served(certificate: Path | None, public_url: str) -> Iterator[Term]:
    if certificate is not None:
        chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    elif public_url.startswith("https:"):
        chain = [_shown_at(public_url)]
    else:
        return
    # What comes behind the first vouches for it: with its end the whole chain is worth nothing.
    end = min(one.not_valid_after_utc for one in chain)
    hosts = hosts_of(chain[0])
    yield Term(Ends.controller, str(hosts[0]) if hosts else _title(chain[0]), end)


def _trusted(authorities: Path | None) -> Iterator[Term]:
    if authorities is not None:
        for one in x509.load_pem_x509_certificates(authorities.read_bytes()):
            yield Term(Ends.authority, _title(one), one.not_valid_after_utc)


def _shown_at(url: str) -> x509.Certificate:
    """What is shown there, whether it is to be believed or not.

    Raises:
        OSError: nobody answers, or not with TLS.
        ValueError: what is shown is no certificate.
    """
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # one that has ended is to be seen, too
    address = parts.hostname or "", parts.port or 443
    with (
        socket.create_connection(address, timeout=_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as wrapped,
    ):
        shown = wrapped.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(shown or b"")


def _title(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
