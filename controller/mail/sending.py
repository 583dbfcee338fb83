"""Messages to a mail server (RFC 5321): one connection each, with TLS unless told otherwise."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal, Protocol

from controller.settings import Settings

#: Seconds a server may take for each answer.
_PATIENCE = 30.0
#: Characters of an answer that are kept.
_LONGEST = 200
_PERMANENT = range(500, 600)


class MailFailed(Exception):
    """The message was not taken; it may be, later."""


class MailRefused(MailFailed):
    """The server will never take it: the address is wrong, or the message is."""


class Sender(Protocol):
    """Whoever takes messages; the domain of its addresses is that of message ids."""

    @property
    def address(self) -> str:
        """Whom messages come from."""
        ...

    def send(self, message: EmailMessage) -> None:
        """Hand a message over.

        Raises:
            MailRefused: for good.
            MailFailed: for now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSender:
    """A mail server.

    Args:
        host, port: where it listens.
        tls: ``starttls`` before anything is told, ``tls`` from the first byte, or ``none``.
        user: to log in with; nobody does where it is empty.
        password: of that user; never shown.
        address: whom messages come from.
        trust: makes what certificates are checked by.
    """

    host: str
    port: int
    address: str
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def send(self, message: EmailMessage) -> None:
        """Hand a message over in a connection of its own.

        Raises:
            MailRefused: the server refuses the recipient or the message for good.
            MailFailed: it cannot be reached, refuses the log-in, or asks to come back later.
        """
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, answer), *_] = error.recipients.values()
            raise _told(code, answer) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _told(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPAuthenticationError as error:
            # A secret can be put right; the message is none the worse for it.
            raise MailFailed(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"{type(error).__name__}: {error}"[:_LONGEST]) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_PATIENCE, context=self.trust()
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_PATIENCE)
        with server:
            if self.tls == "starttls":
                server.starttls(context=self.trust())
            if self.user:
                server.login(self.user, self.password)
            yield server


def sender_of(settings: Settings) -> SmtpSender | None:
    """The mail server of the settings, if there is one.

    Raises:
        OSError: the file with its password cannot be read.
    """
    if not settings.smtp_host:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
    if settings.smtp_password_file is not None:
        password = settings.smtp_password_file.read_text(encoding="utf-8").strip()
    return SmtpSender(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=password,
        address=settings.mail_from or settings.smtp_user,
    )


def _told(code: int, answer: bytes | str) -> MailFailed:
    kind = MailRefused if code in _PERMANENT else MailFailed
    return kind(f"{code} {_text(answer)}")


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:_LONGEST]
