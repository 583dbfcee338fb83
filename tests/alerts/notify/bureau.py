"""A bureau whose sessions write down what happens, and channels in memory."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet
from sqlmodel import col, select

from alerts.judgement import judge
from alerts.models import Notice, NotifyChannel, Severity
from alerts.notify.channels import LONGEST, NoticeFailed, Told
from alerts.notify.dispatch import Dispatcher, Post
from alerts.notify.keeping import ChannelDesk, Owner, Wanted
from alerts.notify.models import ChannelKind
from alerts.notify.planning import Planner
from alerts.rules import Clear, Finding
from inventory.database import SessionFactory, unit_of_work
from inventory.models import Role, User
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.alerts.conftest import NOW

BOX = SecretBox(Fernet.generate_key())
ROLES = frozenset({Role.county_it, Role.technician})


class English:
    code = "en"

    def gettext(self, message: str) -> str:
        return message

    def moment(self, at: datetime) -> str:
        return f"{at:%Y-%m-%d %H:%M}"


@dataclass
class Channels:
    """Channels in memory, by name; those with a fault say it."""

    taken: list[tuple[str, Told]] = field(default_factory=list)
    faults: dict[str, NoticeFailed] = field(default_factory=dict)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    letters: list[int] = field(default_factory=list)

    def open(self, row: NotifyChannel) -> "Wire":
        return Wire(self, row.name)

    def mailbox(self, user: User) -> "Wire":
        return Wire(self, user.login)

    def of(self, name: str) -> list[str]:
        return [told.kind.value for one, told in self.taken if one == name]


@dataclass
class Wire:
    channels: Channels
    name: str
    bundles: bool = True
    longest: int = LONGEST

    def send(self, told: Sequence[Told]) -> None:
        if self.name in self.channels.gates:
            self.channels.gates[self.name].wait(30)
        if self.name in self.channels.faults:
            raise self.channels.faults[self.name]
        self.channels.letters.append(len(told))
        self.channels.taken.extend((self.name, one) for one in told)


@dataclass
class Bureau:
    """The county, whose sessions write down what happens."""

    sessions: SessionFactory
    channels: Channels = field(default_factory=Channels)
    now: datetime = NOW

    def dispatcher(self) -> Dispatcher:
        post = Post(
            Planner(ROLES, mails=True),
            lambda _code: English(),
            self.channels.open,
            self.channels.mailbox,
            clock=lambda: self.now,
        )
        return Dispatcher(self.sessions, post)

    def channel(
        self,
        name: str = "room",
        at: str = "3304",
        url: str = "",
        kind: ChannelKind = ChannelKind.webhook,
    ) -> NotifyChannel:
        with unit_of_work(self.sessions) as session:
            desk = ChannelDesk(session, Scope.everything(), "u1")
            wanted = Wanted(name=name, kind=kind, url=url or "https://hooks.example/x")
            owner = Owner(school_code=at) if at.startswith("S") else Owner(organisation_code=at)
            return desk.add(owner, wanted, BOX, self.now)[0]

    def happen(self, device: str = "d1") -> None:
        finding = Finding(
            rule="device_down",
            subject=device,
            severity=Severity.critical,
            arguments={"outcome": "timeout", "failures": 3},
        )
        with unit_of_work(self.sessions) as session:
            judge(session, [finding], [], self.now)

    def end(self, device: str = "d1") -> None:
        with unit_of_work(self.sessions) as session:
            judge(session, [], [Clear(rule="device_down", subject=device)], self.now)

    def notices(self) -> Sequence[Notice]:
        with self.sessions() as session:
            return session.exec(select(Notice).order_by(col(Notice.id))).all()
