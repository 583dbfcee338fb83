"""Why a server cannot be reached, in words: the name, the connection, the certificate."""

import socket
import ssl
from urllib.parse import urlsplit

from agent.language import gettext as _

_SECONDS = 5.0


def why_unreachable(url: str, tls: ssl.SSLContext | bool) -> tuple[str, str] | None:
    """What stands in the way and what to do about it; ``None`` when nothing does any more.

    Args:
        url: of the server, with its port if it is not the usual one.
        tls: how its certificate is judged; ``True`` as the system does.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme in {"https", "mqtts"}
    usual = {"https": 443, "mqtt": 1883, "mqtts": 8883}.get(parts.scheme, 80)
    port = parts.port or usual
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return (
            _("The name {host} cannot be resolved.").format(host=host),
            _("Check cable and DNS server; /etc/hosts may name the controller, too."),
        )
    address = str(found[0][4][0])
    try:
        connection = socket.create_connection((host, port), timeout=_SECONDS)
    except TimeoutError:
        return (
            _("{address}, port {port}, does not answer.").format(address=address, port=port),
            _("A firewall or the line is in the way; readings are kept meanwhile."),
        )
    except OSError as error:
        return (
            _("{address}, port {port}: {reason}.").format(
                address=address, port=port, reason=error.strerror or error
            ),
            _("Is the server running, and is this its port? Readings are kept meanwhile."),
        )
    with connection:
        if not secure:
            return None
        context = tls if isinstance(tls, ssl.SSLContext) else ssl.create_default_context()
        try:
            with context.wrap_socket(connection, server_hostname=host):
                return None
        except (OSError, ssl.SSLError) as error:
            return _why_not_believed(host, error)


def _why_not_believed(host: str, error: Exception) -> tuple[str, str]:
    reason = getattr(error, "verify_message", "") or str(error)
    if "not yet valid" in reason or "expired" in reason:
        return (
            _("The certificate of {host} is not valid today ({reason}).").format(
                host=host, reason=reason
            ),
            _("Check the clock of this box; is it right, renew the certificate: fleet ca renew"),
        )
    if "match" in reason:
        return (
            _("The certificate of {host} is for another name.").format(host=host),
            _("Use the name it was issued for, or issue it for this one: fleet ca issue"),
        )
    if getattr(error, "verify_message", ""):
        return (
            _("The certificate of {host} is of an authority this box does not trust.").format(
                host=host
            ),
            _(
                "Somebody may be in between. Has the bureau changed its authority, join again"
                " with a new token."
            ),
        )
    return (
        _("{host} speaks no TLS on this port ({reason}).").format(host=host, reason=reason),
        _("A captive portal or a proxy may answer instead of it."),
    )
