"""Notifications where everything meets: who may be told, in which words, by which server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from sqlmodel import Session

from alerts.notify.addresses import networks_of
from alerts.notify.channels import LONGEST, NoticeFailed, NoticeRefused, Notifier, Told
from alerts.notify.dispatch import Dispatcher, OpenMailbox, Post, utc_now
from alerts.notify.log import forget_notices
from alerts.notify.opening import opener
from alerts.notify.planning import Planner
from controller.auth.permissions import ROLES, Permission
from controller.language import language
from controller.mail.sending import MailFailed, MailRefused, Sender, sender_of
from controller.settings import Settings
from inventory.database import SessionFactory
from inventory.models import User
from inventory.secrets import SecretBox

#: How long what was told, and to whom, stays in the log.
_KEPT = timedelta(days=180)
#: Whose holders are told: those who could read it themselves.
READERS = frozenset(role for role, may in ROLES.items() if Permission.read_alerts in may)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One person's mailbox."""

    sender: Sender
    user: User
    bundles: bool = True
    longest: int = LONGEST

    def send(self, told: Sequence[Told]) -> None:
        """Hand over; see :class:`alerts.notify.channels.Notifier`."""
        try:
            self.sender.send(message_of(told, self.user, self.sender.address))
        except MailRefused as error:
            raise NoticeRefused(str(error)) from error
        except MailFailed as error:
            raise NoticeFailed(str(error)) from error


def message_of(told: Sequence[Told], user: User, sender: str) -> EmailMessage:
    """An e-mail with all of it; the same message id however often it is tried."""
    first, *others = told
    message = EmailMessage()
    message["Subject"] = first.title if not others else f"{first.title} (+{len(others)})"
    message["From"] = sender
    message["To"] = formataddr((" ".join(user.name.split()), user.email))
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{first.id}@{sender.rpartition('@')[2] or 'fleet.invalid'}>"
    # Nobody's holiday reply is wanted (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    text = first.text if not others else "\n\n".join(f"{one.title}\n{one.text}" for one in told)
    message.set_content(text)
    return message


def dispatcher_of(settings: Settings, sessions: SessionFactory, box: SecretBox) -> Dispatcher:
    """What tells people and systems what happens, as the settings say.

    Raises:
        OSError: the file with the mail server's password cannot be read.
    """
    sender = sender_of(settings)
    post = Post(
        Planner(
            READERS,
            mails=sender is not None,
            window=timedelta(seconds=settings.notice_window_seconds),
        ),
        language,
        opener(box, networks_of(settings.notice_networks)),
        None if sender is None else _mailboxes(sender),
        settings.public_url,
    )
    return Dispatcher(sessions, post)


def forget_old_notices(session: Session, now: datetime) -> None:
    """Housekeeping: what was told long ago."""
    forget_notices(session, now - _KEPT)


def _mailboxes(sender: Sender) -> OpenMailbox:
    def opened(user: User) -> Notifier:
        return Mailbox(sender, user)

    return opened
