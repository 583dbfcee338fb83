"""The folder of the bureau's authority: keys of mode 600, certificates, and what is told of them.

======================== ======================================================
``ca.key``, ``ca.pem``   the authority; the key may be taken away between uses
``next.key``, ``next.pem`` the authority to come, once it is announced
``authorities.pem``      what agents are told: the present authority, then the next
``server.key``           the controller's key
``server.pem``           its certificate, with that of the authority
======================== ======================================================
"""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from controller.certificates.authority import (
    SERVER_DAYS,
    Host,
    Pair,
    Unfit,
    Zone,
    hosts_of,
    issue,
    make_authority,
    read_pair,
    zones_of,
)

AUTHORITIES, SERVER, SERVER_KEY = "authorities.pem", "server.pem", "server.key"
_PRESENT, _NEXT = "ca", "next"


class CaFolder:
    """An authority on disk. Every file is replaced whole.

    Args:
        path: the folder.
        now: the time.
    """

    def __init__(self, path: Path, *, now: datetime) -> None:
        self.path = path
        self._now = now

    @property
    def authorities(self) -> list[x509.Certificate]:
        """What agents are told: the present authority, then the next.

        Raises:
            Unfit: there is none.
        """
        try:
            return x509.load_pem_x509_certificates((self.path / AUTHORITIES).read_bytes())
        except (OSError, ValueError):
            raise Unfit(f"{self.path} holds no authority") from None

    @property
    def server(self) -> x509.Certificate | None:
        """The controller's certificate; ``None`` before one was issued."""
        try:
            return x509.load_pem_x509_certificate((self.path / SERVER).read_bytes())
        except (OSError, ValueError):
            return None

    def create(self, title: str, zones: Sequence[Zone], *, years: int) -> x509.Certificate:
        """Make the authority.

        Raises:
            Unfit: there is one already, or no zone was named.
            OSError: the folder cannot be written.
        """
        if (self.path / f"{_PRESENT}.pem").exists() or (self.path / f"{_PRESENT}.key").exists():
            raise Unfit(f"{self.path} holds an authority already")
        made = make_authority(self._titled(title), zones, now=self._now, years=years)
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_pair(_PRESENT, made)
        self._tell(made.certificate)
        return made.certificate

    def issue(self, hosts: Sequence[Host], *, days: int = SERVER_DAYS) -> x509.Certificate:
        """Make the controller's key and certificate.

        Raises:
            Unfit: no authority or no key of it here, or a host outside of its zones.
            OSError: the folder cannot be written.
        """
        authority = self._pair(_PRESENT)
        made = issue(authority, hosts, now=self._now, days=days)
        # The key first: whoever looks between the two sees that they do not fit, and looks again.
        _write(self.path / SERVER_KEY, made.key_pem, 0o600)
        _write(self.path / SERVER, made.certificate_pem + authority.certificate_pem, 0o644)
        return made.certificate

    def renew(self, *, within: timedelta) -> x509.Certificate | None:
        """Issue the controller's certificate anew when it ends soon, or its authority has changed.

        Returns:
            The new certificate; ``None`` when the present one is good for longer.

        Raises:
            Unfit: nothing was issued before.
            OSError: the folder cannot be written.
        """
        present = self.server
        if present is None:
            raise Unfit(f"{self.path} holds no certificate to renew")
        if self._is_ours(present) and present.not_valid_after_utc - self._now > within:
            return None
        lasts = present.not_valid_after_utc - present.not_valid_before_utc
        return self.issue(hosts_of(present), days=min(lasts.days, SERVER_DAYS))

    def announce(self, title: str, *, years: int) -> x509.Certificate:
        """Make the authority to come, for the same zones, and tell the agents of it.

        Raises:
            Unfit: there is none to succeed, or the next one is announced already.
            OSError: the folder cannot be written.
        """
        if (self.path / f"{_NEXT}.pem").exists():
            raise Unfit("the next authority is announced already; switch to it with --switch")
        present = self.authorities[0]
        title = self._titled(title)
        made = make_authority(title, zones_of(present), now=self._now, years=years)
        self._write_pair(_NEXT, made)
        self._tell(present, made.certificate)
        return made.certificate

    def switch(self) -> x509.Certificate:
        """Let the next authority take over and issue the controller's certificate by it.

        Agents go on trusting the old one until they have met the new certificate.

        Raises:
            Unfit: no next authority was announced.
            OSError: the folder cannot be written.
        """
        if not (self.path / f"{_NEXT}.pem").exists():
            raise Unfit("no next authority was announced; do that first, some days ahead")
        following = self._pair(_NEXT)
        server = self.server
        # The next pair is removed last: broken off in the middle, this can be run again.
        self._write_pair(_PRESENT, following)
        if server is not None:
            self.issue(hosts_of(server))
        self._tell(following.certificate)
        for kind in ("key", "pem"):
            (self.path / f"{_NEXT}.{kind}").unlink()
        return following.certificate

    def _titled(self, title: str) -> str:
        """Authorities that follow each other are told apart by their names, too."""
        return f"{title[:40]} {self._now:%Y-%m-%d} {token_hex(2)}"

    def _is_ours(self, server: x509.Certificate) -> bool:
        try:
            server.verify_directly_issued_by(self.authorities[0])
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _pair(self, name: str) -> Pair:
        try:
            certificate = (self.path / f"{name}.pem").read_bytes()
            key = (self.path / f"{name}.key").read_bytes()
        except OSError as error:
            raise Unfit(f"{error.filename}: {error.strerror}") from None
        return read_pair(certificate, key)

    def _write_pair(self, name: str, pair: Pair) -> None:
        _write(self.path / f"{name}.key", pair.key_pem, 0o600)
        _write(self.path / f"{name}.pem", pair.certificate_pem, 0o644)

    def _tell(self, *certificates: x509.Certificate) -> None:
        content = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
        _write(self.path / AUTHORITIES, content, 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
