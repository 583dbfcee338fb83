"""https without a reverse proxy: certificates from files, taken up again when they change."""

import logging
import ssl
from pathlib import Path
from threading import Event, Thread

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0


class CertificateWatch:
    """Loads certificate and key again when their files have been replaced.

    New connections get the new certificate; those that are open stay.

    Args:
        context: of the running server.
        certificate: chain, PEM.
        key: its private key, PEM.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        certificate: Path,
        key: Path,
        *,
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._context = context
        self._files = (certificate, key)
        self._seconds = seconds
        self._seen = self._look()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="certificates", daemon=True)

    def __enter__(self) -> "CertificateWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def look(self) -> bool:
        """Look once; true when a new certificate was taken up."""
        found = self._look()
        if found == self._seen:
            return False
        try:
            self._context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            # Perhaps only one of the two is new yet: the next look tries again.
            log.warning("the new certificate cannot be used (%s); the old one stays", error)
            return False
        self._seen = found
        log.info("a new certificate is in use")
        return True

    def _look(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(map(_mark, self._files))

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.look()


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
