"""Takes notices to their channels, each receiver in a thread of its own: none waits for another.

Every controller may run one; what is due is claimed in the database (:mod:`alerts.notify.claims`).
A channel that fails rests for a while in this process and keeps nobody else waiting.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.notify.audience import Audience
from alerts.notify.channels import NoticeFailed, NoticeRefused, Notifier, Told
from alerts.notify.claims import (
    GONE,
    NOT_ALLOWED,
    Claim,
    Due,
    claim,
    due_targets,
    note_failed,
    note_left_out,
    note_sent,
)
from alerts.notify.models import Notice, NoticeKind, NotifyChannel
from alerts.notify.planning import AT_ONCE, Planner, anything_happened
from alerts.notify.words import Speak, Writer
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.errors import SecretUnreadable
from inventory.models import Organisation, School, User

logger = logging.getLogger(__name__)
#: Receivers that are told at the same moment.
THREADS = 32
#: Of these one way, a service, a host or the mail server, may hold one in so many: when it hangs,
#: its receivers wait for each other, and nobody else does.
WAYS = 4
#: With more than so many due at once they go as one message, where the channel can.
BUNDLE = 3
#: Bytes that the title of many takes.
_HEAD = 300
_LOOK_SECONDS = 2.0
_SHORTEST_REST, _LONGEST_REST = 5.0, 300.0
#: Makes what speaks to a channel.
OpenChannel = Callable[[NotifyChannel], Notifier]
#: Makes what writes to a person; nothing where no mail server is named.
OpenMailbox = Callable[[User], Notifier]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Rest:
    failures: int = 0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Post:
    """What a dispatcher works with.

    Args:
        planner: writes notices.
        speak: the languages there are.
        open_channel, open_mailbox: make what takes messages.
        public_url: where the console is.
        clock: the moment.
    """

    planner: Planner
    speak: Speak
    open_channel: OpenChannel
    open_mailbox: OpenMailbox | None = None
    public_url: str = ""
    clock: Callable[[], datetime] = utc_now


@dataclass(slots=True)
class _Letter:
    """A claim with whom it goes to and what it says."""

    claim: Claim
    notifier: Notifier | None = None
    told: dict[str, Told] = field(default_factory=dict)
    obstacle: str = ""


class Dispatcher:
    """Plans and sends from :meth:`start` to :meth:`stop`; :meth:`round` does it once."""

    def __init__(
        self,
        sessions: SessionFactory,
        post: Post,
        *,
        threads: int = THREADS,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._sessions, self._post = sessions, post
        self._threads, self._seconds = threads, look_seconds
        self._guard = threading.Lock()
        self._a_way = max(1, threads // WAYS)
        self._busy: dict[str, threading.Thread] = {}
        self._ways: dict[str, str] = {}
        self._rests: dict[str, _Rest] = {}
        self._stopped = threading.Event()
        self._loop: threading.Thread | None = None

    def start(self) -> None:
        self._loop = threading.Thread(target=self._run, name="notices", daemon=True)
        self._loop.start()

    def stop(self, patience: float = 5.0) -> None:
        """Begin nothing more; wait a little for what is on its way."""
        self._stopped.set()
        if self._loop is not None:
            self._loop.join()
        until = time.monotonic() + patience
        for thread in self._under_way():
            thread.join(max(0.0, until - time.monotonic()))

    def round(self) -> None:
        """Plan what happened, and begin with whatever is due."""
        now = self._post.clock()
        self._plan(now)
        begun: set[str] = set()
        while due := self._next(now, begun):
            for one in due:
                self._begin(one)
            begun.update(one.target for one in due)

    def _next(self, now: datetime, but: Set[str]) -> list[Due]:
        """Receivers there is a thread for: a way that hangs may hold a part of them only."""
        with self._guard:
            ways = Counter(self._ways.values())
            busy = set(self._ways)
        free = self._threads - ways.total()
        if free <= 0:
            return []
        full = [way for way, threads in ways.items() if threads >= self._a_way]
        with read_only(self._sessions) as session:
            found = due_targets(session, now, but=but | busy | self._resting(), full=full)
        taken: list[Due] = []
        for one in found:
            if len(taken) < free and ways[one.way] < self._a_way:
                ways[one.way] += 1
                taken.append(one)
        return taken

    def drain(self, patience: float = 30.0) -> None:
        """Rounds until nothing is due and nothing on its way."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.round()
            threads = self._under_way()
            if not threads:
                return
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        is_well = True
        while not self._stopped.is_set():
            try:
                self.round()
                is_well = True
            except SQLAlchemyError as error:
                if is_well:
                    logger.warning("notices wait for the database: %s", type(error).__name__)
                is_well = False
            except Exception:
                logger.exception("notices could not be looked at")
            self._stopped.wait(self._seconds)

    def _plan(self, now: datetime) -> None:
        done = AT_ONCE
        while done == AT_ONCE and not self._stopped.is_set():
            with read_only(self._sessions) as session:
                if not anything_happened(session):
                    return
            with unit_of_work(self._sessions) as session:
                done = self._post.planner.plan(session, now)

    def _under_way(self) -> list[threading.Thread]:
        with self._guard:
            return list(self._busy.values())

    def _resting(self) -> set[str]:
        now = time.monotonic()
        return {target for target, rest in self._rests.items() if rest.until > now}

    def _begin(self, due: Due) -> None:
        target = due.target
        thread = threading.Thread(
            target=self._serve, args=(target,), name=f"notices {target}", daemon=True
        )
        with self._guard:
            self._busy[target], self._ways[target] = thread, due.way
        thread.start()

    def _serve(self, target: str) -> None:
        """Everything that is due for one receiver, until nothing is or something fails."""
        try:
            while not self._stopped.is_set():
                now = self._post.clock()
                with unit_of_work(self._sessions) as session:
                    claimed = claim(session, target, now, lease=self._post.planner.window)
                if claimed is None or not self._deliver(claimed):
                    return
        except SQLAlchemyError as error:
            # What was claimed comes back.
            logger.warning("notices of one receiver wait: %s", type(error).__name__)
            self._rest(target)
        except Exception:
            logger.exception("notices of one receiver could not be sent")
            self._rest(target)
        finally:
            with self._guard:
                self._busy.pop(target, None)
                self._ways.pop(target, None)

    def _deliver(self, claimed: Claim) -> bool:
        with read_only(self._sessions) as session:
            letter = self._letter(session, claimed)
        if letter.notifier is None:
            with unit_of_work(self._sessions) as session:
                note_left_out(session, claimed, letter.obstacle, self._post.clock())
            return True
        for part in fitting(
            parts_of(claimed, letter.notifier.bundles), letter.told, letter.notifier.longest
        ):
            told = [letter.told[one.id] for one in part.notices if one.id in letter.told]
            if not self._handed_over(part, letter.notifier, told):
                return False
        return True

    def _handed_over(self, part: Claim, notifier: Notifier, told: Sequence[Told]) -> bool:
        failure: NoticeFailed | None = None
        try:
            if told:
                notifier.send(told)
        except NoticeFailed as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a library's; its text may hold an address
            failure = NoticeFailed(type(error).__name__)
        with unit_of_work(self._sessions) as session:
            now = self._post.clock()
            if failure is not None:
                for_good = isinstance(failure, NoticeRefused)
                note_failed(session, part, str(failure), now, for_good=for_good)
            elif told:
                note_sent(session, part, now)
            else:
                note_left_out(session, part, GONE, now)
        if failure is None:
            self._rests.pop(part.target, None)
        elif not isinstance(failure, NoticeRefused):
            self._rest(part.target)
            return False
        return True

    def _rest(self, target: str) -> None:
        rest = self._rests.setdefault(target, _Rest())
        length = min(_LONGEST_REST, _SHORTEST_REST * 2**rest.failures)
        rest.failures = min(rest.failures + 1, 16)
        rest.until = time.monotonic() + length

    def _letter(self, session: Session, claimed: Claim) -> _Letter:
        """Whom it goes to and what it says, as things stand now."""
        letter = _Letter(claimed)
        first = claimed.notices[0]
        user = session.get(User, first.user_id) if first.user_id else None
        channel = session.get(NotifyChannel, first.channel_id) if first.channel_id else None
        if channel is not None and (
            channel.removed_at is not None
            or (channel.paused_at is not None and first.kind is not NoticeKind.test)
        ):
            letter.obstacle = GONE
            return letter
        audience = Audience(session, self._post.planner.roles, mails=True)
        writer = Writer(session, self._post.speak, self._post.public_url)
        language = user.language if user is not None else channel.language if channel else ""
        for notice in claimed.notices:
            told = writer.told(notice, language)
            if told is not None and _may_have(session, audience, told, user, channel):
                letter.told[notice.id] = told
        if not letter.told:
            letter.obstacle = NOT_ALLOWED
            return letter
        letter.notifier = self._opened(user, channel)
        if letter.notifier is None:
            letter.obstacle = GONE
        return letter

    def _opened(self, user: User | None, channel: NotifyChannel | None) -> Notifier | None:
        if channel is not None:
            try:
                return self._post.open_channel(channel)
            except SecretUnreadable:
                return None
        if user is None or self._post.open_mailbox is None or not user.email:
            return None
        return self._post.open_mailbox(user)


def parts_of(claimed: Claim, bundles: bool) -> list[Claim]:
    """A claim in what goes as one message each: what was held and what are many go together."""
    held = [one for one in claimed.notices if one.held]
    rest = [one for one in claimed.notices if not one.held]
    if not bundles:
        groups: list[list[Notice]] = [[one] for one in claimed.notices]
    elif len(rest) > BUNDLE:
        groups = [list(claimed.notices)]
    else:
        groups = [*([held] if held else []), *([one] for one in rest)]
    return [Claim(claimed.token, claimed.target, group) for group in groups]


def fitting(parts: Sequence[Claim], told: Mapping[str, Told], longest: int) -> list[Claim]:
    """The same in parts of no more bytes than a channel takes; one message alone stays whole.

    Args:
        parts: what would go as one message each.
        told: what each notice says, by its id; those that say nothing take no room.
        longest: bytes.
    """
    found: list[Claim] = []
    for part in parts:
        room, group = longest - _HEAD, list[Notice]()
        for notice in part.notices:
            size = told[notice.id].size if notice.id in told else 0
            if group and size > room:
                found.append(Claim(part.token, part.target, group))
                room, group = longest - _HEAD, []
            room -= size
            group.append(notice)
        found.append(Claim(part.token, part.target, group))
    return found


def _may_have(
    session: Session,
    audience: Audience,
    told: Told,
    user: User | None,
    channel: NotifyChannel | None,
) -> bool:
    """Whether the receiver may still be told of that school; of a test anybody may."""
    if told.kind is NoticeKind.test:
        return True
    path = (
        session.get_one(Organisation, told.organisation_code).path
        if told.organisation_code
        else session.get_one(School, told.school_code).path
    )
    if user is not None:
        return audience.may_see(user, path)
    if channel is None:
        return False
    if channel.school_code is not None:
        return channel.school_code == told.school_code
    bureau = session.get(Organisation, channel.organisation_code)
    return bureau is not None and path.startswith(bureau.path)
