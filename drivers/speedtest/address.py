"""Where an HTTP test server is, taken from its address."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from drivers.speedtest.result import ServerFault


@dataclass(frozen=True, slots=True)
class Server:
    """Where a test server is.

    Args:
        host: as written in the address.
        port: TCP port.
        path: begins and ends with a slash.
        tls: None for plain HTTP.
        numeric: address that is dialled; the name is resolved once a test, so that every stream
            goes the same way.
    """

    host: str
    port: int
    path: str
    tls: ssl.SSLContext | None
    numeric: str = ""

    @classmethod
    def from_url(cls, url: str, tls: ssl.SSLContext | bool) -> "Server":
        """Take an ``http`` or ``https`` address apart.

        Raises:
            ServerFault: it is none.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ServerFault(f"{url}: {error}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ServerFault(f"{url} is no http or https address")
        context: ssl.SSLContext | None = None
        if parts.scheme == "https":
            context = tls if isinstance(tls, ssl.SSLContext) else _context(verify=tls)
        return cls(
            parts.hostname,
            port or (443 if context else 80),
            parts.path.rstrip("/") + "/",
            context,
        )

    @property
    def authority(self) -> str:
        """What belongs into the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.tls else 80
        return host if self.port == usual else f"{host}:{self.port}"


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
