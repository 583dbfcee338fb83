"""A small certificate authority, for https inside an education network where no public one helps.

Its certificates are for servers of the bureau only: a name constraint (RFC 5280, 4.2.1.10) keeps it
to the names it was made for, so that browsers which trust it cannot be fooled about anything else,
whoever may get hold of its key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from drivers.signatures import digest

AUTHORITY_YEARS = 10
#: What browsers take at most, also of authorities of one's own (CA/Browser Forum, Apple).
SERVER_DAYS = 397
#: Clocks of boxes are slow rather than fast.
_BEFORE = timedelta(days=1)
_LONGEST_NAME = 253
#: With a blank, so that nobody takes it for a host name that the constraints would have to allow.
_SERVER = "Campus Fleet controller"

Host = IPv4Address | IPv6Address | str
Zone = IPv4Network | IPv6Network | str


class Unfit(ValueError):
    """A name, a file or a wish that the authority cannot serve."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pin_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate (DER) in base64url: what an enrolment token carries."""
    return digest(certificate.public_bytes(Encoding.DER))


def zone(text: str) -> Zone:
    """A domain (with all below it), an address or a network the authority may certify.

    Raises:
        Unfit: it is neither.
    """
    try:
        return ip_network(text)
    except ValueError:
        return _name(text)


def host(text: str) -> Host:
    """A server's name or address.

    Raises:
        Unfit: it is neither.
    """
    try:
        return ip_address(text)
    except ValueError:
        return _name(text)


def _name(text: str) -> str:
    try:
        name = text.encode("idna").decode().lower().strip(".")
    except UnicodeError:
        raise Unfit(f"{text}: no name, address or network") from None
    labels = name.split(".")
    good = all(
        label.replace("-", "").isalnum() and label.isascii() and label == label.strip("-")
        for label in labels
    )
    if not name or len(name) > _LONGEST_NAME or not good or labels[-1].isdecimal():
        raise Unfit(f"{text}: no name, address or network")
    return name


def make_authority(
    title: str, zones: Sequence[Zone], *, now: datetime, years: int = AUTHORITY_YEARS
) -> Pair:
    """A new authority that certifies servers in these zones and nowhere else.

    Raises:
        Unfit: no zone.
    """
    if not zones:
        raise Unfit("an authority needs at least one name or network it may certify")
    key = ec.generate_private_key(ec.SECP384R1())
    subject = _subject(title)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(zones), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, SHA384()), key)


def issue(
    authority: Pair, hosts: Sequence[Host], *, now: datetime, days: int = SERVER_DAYS
) -> Pair:
    """A certificate for a server under these names and addresses.

    It ends with its authority at the latest.

    Raises:
        Unfit: no host, or one outside the authority's zones.
    """
    if not hosts:
        raise Unfit("a server needs at least one name or address")
    zones = zones_of(authority.certificate)
    for one in hosts:
        if not any(_within(one, area) for area in zones):
            raise Unfit(f"{one} lies outside of what this authority may certify")
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(one) if isinstance(one, str) else x509.IPAddress(one) for one in hosts]
    public = authority.key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(_SERVER))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(now - _BEFORE, authority.certificate.not_valid_before_utc))
        .not_valid_after(min(now + timedelta(days=days), authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )
    return Pair(builder.sign(authority.key, SHA256()), key)


def read_pair(certificate: bytes, key: bytes) -> Pair:
    """A certificate and its key from PEM; of a chain the first.

    Raises:
        Unfit: they cannot be read, or do not belong together.
    """
    try:
        found = x509.load_pem_x509_certificate(certificate)
        private = load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise Unfit(str(error)) from None
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise Unfit("the key is of another kind than this authority makes")
    if private.public_key() != found.public_key():
        raise Unfit("certificate and key do not belong together")
    return Pair(found, private)


def zones_of(certificate: x509.Certificate) -> tuple[Zone, ...]:
    """What an authority may certify."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.value for name in found.permitted_subtrees or ())


def hosts_of(certificate: x509.Certificate) -> tuple[Host, ...]:
    """Names and addresses of a server's certificate."""
    try:
        kind = x509.SubjectAlternativeName
        found = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.value for name in found)


def _within(one: Host, area: Zone) -> bool:
    if isinstance(one, str):
        return isinstance(area, str) and (one == area or one.endswith(f".{area}"))
    return not isinstance(area, str) and one in area


def _constraints(zones: Sequence[Zone]) -> x509.NameConstraints:
    """Everything of a kind is permitted unless that kind is mentioned: so both are."""
    names = [x509.DNSName(area) for area in zones if isinstance(area, str)]
    networks = [x509.IPAddress(area) for area in zones if not isinstance(area, str)]
    excluded: list[x509.GeneralName] = []
    if not names:
        excluded.append(x509.DNSName(""))
    if not networks:
        excluded += [x509.IPAddress(ip_network(every)) for every in ("0.0.0.0/0", "::/0")]
    return x509.NameConstraints([*names, *networks], excluded or None)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(title: str) -> x509.Name:
    # RFC 5280, appendix A.1: a common name has at most 64 characters.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title[:64])])
