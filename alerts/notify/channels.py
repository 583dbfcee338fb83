"""What a channel is to the dispatcher: something that takes messages, or says why it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from alerts.notify.models import NoticeKind
from alerts.severity import Severity

#: What is said of a message that was not taken, where no server says more.
UNKNOWN_HOST, NOT_ADMITTED, NOT_TAKEN = "unknown host", "address not allowed", "not taken"


#: Bytes of one message, where nobody says less.
LONGEST = 100_000


class NoticeFailed(Exception):
    """The message was not taken; it may be, later. Its text never holds an address."""


class NoticeRefused(NoticeFailed):
    """It will never be taken: the address is wrong, or the message is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one notice says, in the reader's language; empty where there is nothing to say.

    Args:
        id: of the notice; the same however often it is tried.
        fault: key of what it is about.
        is_over: the fault is gone.
        title: one line.
        where: school, building, room.
        lines: all of it but the title, each a line.
    """

    id: str
    kind: NoticeKind
    fault: str
    severity: Severity
    is_over: bool
    at: datetime
    began: datetime
    title: str
    lines: Sequence[str]
    school_code: str = ""
    #: Of a bureau's own instead: its code, with its name in place of the school's.
    organisation_code: str = ""
    school: str = ""
    room: str = ""
    device_id: str = ""
    device: str = ""
    rule: str = ""
    ticket: int | None = None
    phone: str = ""
    link: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def size(self) -> int:
        """Bytes of it with its title."""
        return len(self.title.encode()) + len(self.text.encode()) + _ENDS


#: Bytes of the ends of lines around a title.
_ENDS = 4


class Notifier(Protocol):
    """A channel; an own one for every message, used in one thread."""

    @property
    def bundles(self) -> bool:
        """Whether several messages may go as one."""
        ...

    @property
    def longest(self) -> int:
        """Bytes that go as one message, where several may."""
        ...

    def send(self, told: Sequence[Told]) -> None:
        """Hand messages over, all or none; one alone where ``bundles`` is false.

        Raises:
            NoticeRefused: for good.
            NoticeFailed: for now.
        """
        ...


class MemoryNotifier:
    """Takes everything and keeps it; for tests."""

    bundles = True
    longest = LONGEST

    def __init__(self) -> None:
        self.taken: list[Told] = []

    def send(self, told: Sequence[Told]) -> None:
        self.taken.extend(told)
