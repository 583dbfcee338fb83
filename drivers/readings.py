"""The words both processes speak: what was polled, what came back, and how it travels.

A batch travels as MessagePack, compressed with zstd. ``WIRE_VERSION`` changes with every
incompatible change of a struct here; ``tests/drivers/wire/`` keeps a golden file a version.
Unknown fields are ignored by older readers, so adding an optional field needs no new version.
"""

from collections.abc import Iterator
from enum import IntEnum, StrEnum

import msgspec
import zstandard

WIRE_VERSION = 1
BATCH_CONTENT_TYPE = "application/vnd.campus-fleet.batch+msgpack"
#: A batch never holds more readings than this; the agent starts the next one.
MAX_READINGS_A_BATCH = 5_000
#: What the controller is willing to unpack; a zstd bomb ends here.
MAX_BATCH_BYTES = 8 << 20
#: Of a configuration's text, or of what a command brought back.
MAX_REPORT_BYTES = 2 << 20


class Outcome(StrEnum):
    """How a poll ended."""

    ok = "ok"
    partial = "partial"  # some table is incomplete; the detail says which
    timeout = "timeout"  # no valid answer within the retries
    unreachable = "unreachable"  # the network said so (ICMP, refused, no route)
    auth_rejected = (
        "auth_rejected"  # detail: unknown_user, wrong_digest, decryption_error, community
    )
    malformed = "malformed"  # only garbage came


#: Outcomes with which the device is alive.
ALIVE = frozenset({Outcome.ok, Outcome.partial})
#: The metric every poll of a device has: how it ended, as the place in ``OUTCOMES``.
OUTCOME_METRIC = "poll_outcome"
#: Never reordered: the places are stored.
OUTCOMES = (
    Outcome.ok,
    Outcome.partial,
    Outcome.timeout,
    Outcome.unreachable,
    Outcome.auth_rejected,
    Outcome.malformed,
)


class LineTestOutcome(IntEnum):
    """What a line test came to: the values of the metric ``speedtest_outcome``.

    Only ``ok``, ``partial`` and ``line_down`` say something of the line.
    """

    ok = 0
    partial = 1  # one direction broke off, and is 0
    line_down = 2  # a failed test: both directions are 0
    server_fault = 3  # the line carries traffic, the test server made no test
    server_busy = 4  # the test server had no room for as long as it was asked
    box_cut_off = 5  # the agent does not even reach its own gateway
    not_made = 6  # the box could not make the test


class Kind(StrEnum):
    """What a device is to the people who own it."""

    switch = "switch"
    router = "router"
    firewall = "firewall"
    access_point = "access_point"
    wireless_controller = "wireless_controller"
    whiteboard = "whiteboard"
    terminal = "terminal"
    server = "server"
    printer = "printer"
    projector = "projector"
    display = "display"
    ups = "ups"
    pdu = "pdu"
    camera = "camera"
    recorder = "recorder"
    storage = "storage"
    sensor = "sensor"
    unknown = "unknown"


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One number of one part of a device. Base units; a ratio is 0 to 1."""

    metric: str
    part: str
    value: float


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Readings of several metrics over the same parts.

    ``columns[metric][i]`` belongs to ``parts[i]``; ``None`` is a gap (no value this time).
    A switch's ports are one block: the port names travel once.
    """

    parts: tuple[str, ...]
    columns: dict[str, list[float | None]]

    def __iter__(self) -> Iterator[Reading]:
        for metric, values in self.columns.items():
            for part, value in zip(self.parts, values, strict=True):
                if value is not None:
                    yield Reading(metric, part, value)

    def __len__(self) -> int:
        """Readings in the block, gaps not counted."""
        return sum(len(v) - v.count(None) for v in self.columns.values())


class Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who a device says it is. Unknown is ``None``, never guessed."""

    vendor: str | None = None
    kind: Kind = Kind.unknown
    model: str | None = None
    serial: str | None = None
    version: str | None = None
    os: str | None = None
    name: str | None = None
    description: str | None = None
    location: str | None = None
    object_id: str | None = None


class Port(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of IF-MIB ifTable/ifXTable. ``mac`` is 12 lower-case hex digits."""

    index: int
    name: str | None = None
    description: str | None = None
    alias: str | None = None
    type: int | None = None
    speed_bits_per_second: int | None = None
    admin: str | None = None
    oper: str | None = None
    mac: str | None = None
    in_octets: int | None = None
    out_octets: int | None = None


class Component(msgspec.Struct, frozen=True, omit_defaults=True, rename={"class_": "class"}):
    """A physical part that has a life of its own (ENTITY-MIB entPhysicalTable)."""

    class_: str
    name: str | None = None
    model: str | None = None
    serial: str | None = None


class Neighbour(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who is on the other end of a port, as LLDP or CDP tells it."""

    local_port: str
    remote_name: str | None = None
    remote_port: str | None = None
    protocol: str = "lldp"


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changes seldom: read at the inventory cadence."""

    identity: Identity
    ports: tuple[Port, ...] = ()
    components: tuple[Component, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a device hangs that says nothing of itself.

    Args:
        device: inventory id of the switch or access point it was seen at.
        port: name of the port there, as that device's readings have it.
        vlan: VLAN id, where the bridge tells.
    """

    device: str
    port: str
    vlan: int | None = None


class Poll(msgspec.Struct, frozen=True, omit_defaults=True):
    """One poll of one subject, failure included.

    Args:
        subject: inventory id of the device, or of the Internet line for speed tests and probes.
        school: code of the school the subject belongs to; the controller checks it.
        taken_at: the agent's clock when the answer came, milliseconds since the epoch (UTC).
        attachment: for a device that was only seen, where.
        beside: taken beside the protocol the device is watched by; says nothing of how it is.
    """

    subject: str
    school: str
    taken_at: int
    outcome: Outcome
    detail: str = ""
    blocks: tuple[Block, ...] = ()
    facts: Facts | None = None
    attachment: Attachment | None = None
    beside: bool = False

    def readings(self) -> Iterator[Reading]:
        for block in self.blocks:
            yield from block


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag="event"):
    """Something that happened to a device: a trap, a changed configuration, an order.

    Args:
        kind: a word in snake_case that the controller has a sentence for (``link_down``).
        detail: what the words leave open, in English or as the device said it.
        fields: the blanks of that sentence (``{"port": "GE0/0/3"}``).
    """

    subject: str
    school: str
    at: int
    kind: str
    detail: str = ""
    fields: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True, omit_defaults=True, tag="finding"):
    """A device that discovery came across; a person or a rule decides whether it is ours.

    Args:
        address: IP address, or the id it announces itself under on a broker.
        how: what found it: ``snmp``, ``ping``, ``mqtt``, ``lldp``, ``cdp``, ``arp``, ``nd``.
        protocol: what it can be watched by: ``snmp``, ``mqtt``, ``pjlink``, ``presence``.
        credential: id of the access that worked, from the plan.
        mac: 12 lower-case hex digits.
        seen_from: name or address of the neighbour that told of it.
    """

    school: str
    at: int
    address: str
    how: str
    protocol: str
    port: int = 161
    credential: str | None = None
    driver: str | None = None
    mac: str | None = None
    identity: Identity | None = None
    seen_from: str | None = None


class Configuration(msgspec.Struct, frozen=True, omit_defaults=True, tag="configuration"):
    """What a device runs by: secrets masked, volatile lines left out.

    Args:
        digest: SHA-256 of the text in UTF-8, 64 hex digits.
        text: empty: still the one of this digest, sent before.
    """

    subject: str
    school: str
    at: int
    digest: str
    text: str


class CommandResult(msgspec.Struct, frozen=True, omit_defaults=True, tag="result"):
    """What came of a command; the first result of a command counts.

    Args:
        command: its id.
        state: ``done``, ``failed``, ``refused`` or ``expired``.
        fields: what it brought back, by name.
        attachment: a file it brought back, such as a log bundle.
    """

    command: str
    at: int
    state: str
    detail: str = ""
    fields: dict[str, str] = {}
    attachment: bytes = b""


#: What travels beside the readings, through the same spool, and is stored once.
Report = Event | Finding | Configuration | CommandResult


class AgentStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the box itself is; rides on every batch.

    Args:
        spool_dropped: batches that were dropped, since the spool's file was begun.
        spool_dropped_readings: readings in them.
        spool_fault: why the disk takes nothing: ``full``, ``read_only``, ``failing``, or empty.
        spool_set_aside: damaged files that lie beside the spool.
        clock_skew_seconds: the machine's clock minus the controller's; ``None`` when not known.
    """

    version: str
    started_at: int
    spool_batches: int = 0
    spool_bytes: int = 0
    spool_dropped: int = 0
    spool_dropped_readings: int = 0
    spool_fault: str = ""
    spool_set_aside: int = 0
    clock_skew_seconds: float | None = None


class Batch(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the agent sends at once; ``(agent, epoch, sequence)`` names it for ever."""

    version: int
    agent: str
    epoch: str
    sequence: int
    created_at: int
    polls: tuple[Poll, ...]
    status: AgentStatus | None = None
    reports: tuple[Report, ...] = ()


class PollDocument(msgspec.Struct, frozen=True):
    """What ``fleet-agent poll``, ``replay`` and ``listen`` print."""

    address: str | None
    taken_at: str
    outcome: Outcome
    detail: str
    identity: Identity
    ports: tuple[Port, ...] = ()
    components: tuple[Component, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    readings: tuple[dict[str, str | float], ...] = ()


class MalformedBatch(ValueError):
    """The bytes are not a batch of this wire version: {0}."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Batch)


def encode_batch(batch: Batch, *, level: int = 3) -> bytes:
    """MessagePack and zstd; the inverse of :func:`decode_batch`."""
    return zstandard.ZstdCompressor(level=level).compress(_encoder.encode(batch))


def unpacked_size(body: bytes, *, max_bytes: int = MAX_BATCH_BYTES) -> int:
    """What a batch says it unpacks to; the most it may where it says nothing. Unpacks nothing.

    Raises:
        MalformedBatch: not zstd, or larger than ``max_bytes``.
    """
    try:
        size = zstandard.frame_content_size(body)
    except zstandard.ZstdError as error:
        raise MalformedBatch(f"not zstd: {error}") from None
    if size > max_bytes:
        raise MalformedBatch(f"unpacks to more than {max_bytes} bytes")
    return max_bytes if size < 0 else size


def decode_batch(body: bytes, *, max_bytes: int = MAX_BATCH_BYTES) -> Batch:
    """Unpack a batch; never takes more memory than ``max_bytes`` unpacked.

    Raises:
        MalformedBatch: not zstd, not MessagePack, another version, or larger than ``max_bytes``.
    """
    size = unpacked_size(body, max_bytes=max_bytes)
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=max_bytes).stream_reader(body)
        # A header that says less than what comes is caught by zstd itself.
        raw = reader.read(size + 1)
    except zstandard.ZstdError as error:
        raise MalformedBatch(f"not zstd: {error}") from None
    if len(raw) > max_bytes:
        raise MalformedBatch(f"unpacks to more than {max_bytes} bytes")
    try:
        batch = _decoder.decode(raw)
    except msgspec.MsgspecError as error:
        raise MalformedBatch(str(error)) from None
    if batch.version != WIRE_VERSION:
        raise MalformedBatch(f"wire version {batch.version}, this side speaks {WIRE_VERSION}")
    return batch
