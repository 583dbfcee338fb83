"""What travels between the agent and its SSH worker: MessagePack over the worker's own pipes.

A request carries the device's password and the masking key. It is written to the worker's
standard input and nowhere else: never on a command line, in the environment or in a log.
"""

from typing import TypeAlias

import msgspec

from drivers.readings import Identity, Neighbour, Outcome, Port
from drivers.ssh.platform import Platform

#: The largest configuration that is taken (64 MB of memory while it is masked), and the answer.
MAX_OUTPUT_CHARACTERS = 4 << 20
MAX_ANSWER_BYTES = 16 << 20


class HostKey(msgspec.Struct, frozen=True):
    """A server's public key: its type, and the blob in base64, as in ``known_hosts``."""

    type: str
    blob: str


class Access(msgspec.Struct, frozen=True):
    """Where and as whom to log in.

    Args:
        address: IP address.
        port: TCP port.
        user: log-in name.
        password: log-in password; may be empty with a private key.
        enable: password of ``enable``; empty when there is none.
        private_key: OpenSSH private key; empty without.
        known: keys pinned for the device; empty when it was never met.
        accept_unknown: whether a device never met may be trusted now.
        connect_seconds: limit for the connection and for the log-in, each.
        read_seconds: limit for the answer to one command; four times that for a configuration.
    """

    address: str
    port: int
    user: str
    password: str
    enable: str
    private_key: str
    known: tuple[HostKey, ...]
    accept_unknown: bool
    connect_seconds: float
    read_seconds: float

    def __repr__(self) -> str:
        return f"Access({self.user}@{self.address}:{self.port})"


class Backup(msgspec.Struct, frozen=True, tag=True):
    """Read the running configuration and mask it."""

    masking_key: bytes

    def __repr__(self) -> str:
        return "Backup()"


class Survey(msgspec.Struct, frozen=True, tag=True):
    """Read who the device is, its ports, its neighbours."""

    identity: bool = True
    neighbours: bool = True


class Carry(msgspec.Struct, frozen=True, tag=True):
    """Carry out an order: lines, a pause, the lines that end it."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    pause: float
    masking_key: bytes

    def __repr__(self) -> str:
        return f"Carry({self.first!r}, {self.then!r})"


Task: TypeAlias = Backup | Survey | Carry


class Request(msgspec.Struct, frozen=True):
    """One task for one worker."""

    access: Access
    platform: Platform
    task: Task


class Answer(msgspec.Struct, frozen=True, tag=True):
    """What came of it.

    Args:
        host_key: the key the device showed.
        text: masked configuration, or transcript of an order.
        identity: of a survey.
        ports: of a survey.
        neighbours: of a survey.
    """

    host_key: HostKey | None = None
    text: str = ""
    identity: Identity | None = None
    ports: tuple[Port, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


class Fault(msgspec.Struct, frozen=True, tag=True):
    """Why nothing came of it.

    Args:
        code: which ``DriverError`` it is.
        detail: one line in English, no secrets.
        refused: the device itself said no to a command.
        typed: whether lines of an order had been typed before.
        host_key: the key the device showed, when it let us in.
    """

    code: Outcome
    detail: str
    refused: bool = False
    typed: bool = False
    host_key: HostKey | None = None


Reply: TypeAlias = Answer | Fault
