"""A real mail server on a free port of the loopback that keeps what it is given."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.ports import free_port


@dataclass
class Mailbox:
    """What was taken, and what is answered.

    Args:
        answer: to each message, instead of taking it.
        refused: recipients that are refused for good.
    """

    port: int = 0
    answer: str = ""
    refused: set[str] = field(default_factory=set)
    messages: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name the server calls
        self, _server: Any, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name the server calls
        self, _server: Any, _session: Session, envelope: Envelope
    ) -> str:
        if self.answer:
            return self.answer
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = message_from_bytes(content, policy=policy.default)
        self.messages.append(cast(EmailMessage, parsed))
        return "250 taken"

    def log_in(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, told: Any
    ) -> AuthResult:
        assert isinstance(told, LoginPassword)
        self.logins.append((told.login, told.password))
        return AuthResult(success=told.password == b"secret", handled=False)


@contextmanager
def mail_server(*, tls: SSLContext | None = None, **options: Any) -> Iterator[Mailbox]:
    """Serve until the block ends; ``tls`` is what STARTTLS offers."""
    mailbox = Mailbox()
    settings: dict[str, Any] = options
    if tls is not None:
        settings |= {
            "tls_context": tls, "require_starttls": True, "authenticator": mailbox.log_in,
            "auth_required": True,
        }  # fmt: skip
    server = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), loop=asyncio.new_event_loop(),
        ready_timeout=60.0, **settings,
    )  # fmt: skip
    server.start()
    try:
        mailbox.port = server.port
        yield mailbox
    finally:
        server.stop()
