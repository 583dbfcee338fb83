"""Devices: what the register says, what the network last said, and their ports."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, Index, SmallInteger, false, text
from sqlmodel import Field, SQLModel

from drivers.readings import Kind, Outcome
from inventory.models.base import UtcDateTime, text_enum, utc_now

#: ``status_rank`` of a device nobody knows anything of.
UNKNOWN_RANK = 40


class Lifecycle(StrEnum):
    """Where a device is in its life; only those in service are polled."""

    requested = "requested"
    ordered = "ordered"
    in_stock = "in_stock"
    in_service = "in_service"
    in_repair = "in_repair"
    lent = "lent"
    retired = "retired"
    disposed = "disposed"
    lost = "lost"


class Acquisition(StrEnum):
    """How a device came to its school: 购置, 捐赠, 调拨."""

    purchase = "purchase"
    donation = "donation"
    transfer = "transfer"


class Protocol(StrEnum):
    """How a device is watched."""

    snmp = "snmp"
    mqtt = "mqtt"
    pjlink = "pjlink"
    #: Its command line, for want of SNMP.
    ssh = "ssh"
    #: It says nothing itself: the switch it hangs on tells whether it is there.
    presence = "presence"
    #: Echo requests alone.
    ping = "ping"
    none = "none"


class CredentialKind(StrEnum):
    """What a credential opens."""

    snmp = "snmp"
    ssh = "ssh"
    pjlink = "pjlink"


def _partial(name: str, column: str, where: str) -> Index:
    """An index over some of the devices by one column, then by name."""
    some = text(where)
    return Index(name, column, "name", "id", sqlite_where=some, postgresql_where=some)


class Device(SQLModel, table=True):
    """One device of one school."""

    __table_args__ = (
        # The orders of the device list; the first one is that of its page without another wish.
        Index("ix_device_status_rank_name_id", "status_rank", "name", "id"),
        Index("ix_device_name_id", "name", "id"),
        Index("ix_device_kind_name_id", "kind", "name", "id"),
        Index("ix_device_kind_status_rank_name_id", "kind", "status_rank", "name", "id"),
        Index("ix_device_address_name_id", "address", "name", "id"),
        Index("ix_device_vendor_name_id", "vendor", "name", "id"),
        # Only rows that have the date, or are not like nearly all others.
        _partial(
            "ix_device_warranty_until_name_id", "warranty_until", "warranty_until IS NOT NULL"
        ),
        _partial("ix_device_purchased_on_name_id", "purchased_on", "purchased_on IS NOT NULL"),
        _partial("ix_device_out_of_service", "lifecycle", "lifecycle <> 'in_service'"),
        # What a school has of a kind, without a look at the devices themselves.
        Index(
            "ix_device_school_code_kind_lifecycle",
            "school_code",
            "kind",
            "lifecycle",
            "is_personal",
            "room_id",
        ),
        Index(
            "ix_device_school_code_lifecycle_status_rank", "school_code", "lifecycle", "status_rank"
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    room_id: str | None = Field(default=None, foreign_key="room.id", index=True)
    name: str
    kind: Kind = Field(default=Kind.unknown, sa_type=text_enum(Kind))
    vendor: str | None = None
    model: str | None = None
    serial: str | None = Field(default=None, index=True)
    version: str | None = None
    asset_number: str | None = Field(default=None, index=True)
    lifecycle: Lifecycle = Field(default=Lifecycle.in_service, sa_type=text_enum(Lifecycle))
    protocol: Protocol = Field(default=Protocol.snmp, sa_type=text_enum(Protocol))
    address: str | None = None
    #: UDP or TCP port of ``protocol``; ``None`` for its usual one (SNMP 161, PJLink 4352).
    service_port: int | None = None
    driver: str = "auto"
    #: For ``protocol``: of kind ``snmp`` or ``pjlink``.
    credential_id: str | None = Field(default=None, foreign_key="credential.id")
    mqtt_profile: str | None = None
    mqtt_client: str | None = None
    #: Echo requests beside ``protocol``: round trip, loss and jitter.
    ping: bool = False
    #: The command line: configuration backups, orders to ports, and facts where ``protocol`` is
    #: ``ssh``. All three or none.
    ssh_credential_id: str | None = Field(default=None, foreign_key="credential.id")
    ssh_platform: str | None = None
    ssh_port: int = 22
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: How it was at the last count of ``inventory.summaries``: see ``inventory.status.RANKS``.
    status_rank: int = Field(
        default=UNKNOWN_RANK,
        sa_type=SmallInteger,
        sa_column_kwargs={"server_default": text(str(UNKNOWN_RANK))},
    )
    # The asset ledger. Polls neither read nor write what follows, and no plan holds it.
    #: Code of GB/T 14885 (固定资产分类与代码), such as ``A02010105``.
    asset_class: str | None = Field(default=None, max_length=16)
    acquisition: Acquisition | None = Field(default=None, sa_type=text_enum(Acquisition))
    supplier: str | None = Field(default=None, max_length=120)
    purchased_on: date | None = None
    price_cny: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    #: Whose money it was, in the words of the budget.
    funding_source: str | None = Field(default=None, max_length=64)
    #: The last day of the warranty.
    warranty_until: date | None = None
    #: Who answers for it.
    custodian: str | None = Field(default=None, max_length=64)
    catalogue_id: str | None = Field(default=None, foreign_key="catalogue_model.id", index=True)
    #: A person's own (BYOD): seen, but never counted among what a school has.
    is_personal: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    #: Fields of one's own (``inventory.models.asset.CustomField``): a JSON object by their keys.
    custom_fields: str = Field(default="{}", sa_column_kwargs={"server_default": "{}"})
    #: Grows with every change people make: the entity tag of the device.
    revision: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})


class DeviceMac(SQLModel, table=True):
    """A hardware address of a device, by which switches know it; one device a school has it."""

    __tablename__ = "device_mac"

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    #: Twelve lower-case hex digits.
    mac: str = Field(primary_key=True, index=True, max_length=12)


_FAILING = text("failures > 0")


class DeviceState(SQLModel, table=True):
    """What the last poll said; newest ``taken_at`` wins, so a replay changes nothing."""

    __tablename__ = "device_state"
    # No index holds a column that every poll writes: rows are then replaced in their own page.
    __table_args__ = (
        Index(
            "ix_device_state_failing",
            "device_id",
            sqlite_where=_FAILING,
            postgresql_where=_FAILING,
        ),
        # Written when a device's outcome changes, and not with every poll.
        Index("ix_device_state_since_device_id", "since", "device_id"),
    )

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    #: The agent that polled it last.
    agent_id: str | None = Field(default=None, foreign_key="agent.id", index=True, max_length=20)
    outcome: Outcome = Field(sa_type=text_enum(Outcome))
    detail: str = ""
    taken_at: datetime = Field(sa_type=UtcDateTime)
    #: Since when the device has been alive, or not alive.
    since: datetime = Field(sa_type=UtcDateTime)
    last_ok_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Polls in a row that found it not alive.
    failures: int = 0
    #: Vitals come with some polls only; each keeps the time of the poll it came with.
    vitals_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cpu_ratio: float | None = None
    memory_used_ratio: float | None = None
    temperature_celsius: float | None = None
    uptime_seconds: float | None = None
    #: Newest facts (identity, ports) that were applied.
    facts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Newest ``port_up`` column, and the ports that are not up (a JSON array of names): port rows
    #: are touched only when it changes.
    ports_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ports_down: str = "[]"
    #: A serial number the network told that is not the registered one: a replacement to look at.
    other_serial: str | None = None
    #: Newest ``online`` reading, what it said, and when it last said yes.
    present_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    present: bool | None = None
    last_present_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Where it was seen last: the id of a switch or access point as its agent told it, the name
    #: of the port there, and since when it hangs there.
    attached_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attached_device_id: str | None = Field(default=None, index=True, max_length=20)
    attached_port: str | None = Field(default=None, max_length=255)
    attached_vlan: int | None = None
    attached_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DeviceReview(SQLModel, table=True):
    """A device whose past has changed: its alerts are to be brought into line with it."""

    __tablename__ = "device_review"

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    #: The earliest poll that was news.
    from_at: datetime = Field(sa_type=UtcDateTime)
    #: When the last such poll came.
    marked_at: datetime = Field(sa_type=UtcDateTime, index=True)


class Port(SQLModel, table=True):
    """One port, named so that a renumbered ifIndex keeps its history."""

    device_id: str = Field(primary_key=True, foreign_key="device.id", max_length=20)
    name: str = Field(primary_key=True, max_length=255)
    index: int = Field(sa_type=BigInteger)
    description: str | None = None
    alias: str | None = None
    type: int | None = None
    speed_bits_per_second: int | None = Field(default=None, sa_type=BigInteger)
    admin: str | None = None
    oper: str | None = None
    mac: str | None = None
    seen_at: datetime = Field(sa_type=UtcDateTime)


class Credential(SQLModel, table=True):
    """Access to devices; ``secret`` is sealed JSON and leaves in clear only inside a plan."""

    id: str = Field(primary_key=True, max_length=20)
    school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    name: str
    kind: CredentialKind = Field(default=CredentialKind.snmp, sa_type=text_enum(CredentialKind))
    secret: str


class DeviceEvent(SQLModel, table=True):
    """Something that happened to a device: a trap, a changed configuration, an order."""

    __tablename__ = "device_event"
    __table_args__ = (
        Index("ix_device_event_device_id_at", "device_id", "at"),
        # What happened lately anywhere: rules that count look at the last hour alone.
        Index("ix_device_event_kind_at", "kind", "at"),
    )

    #: Made of the batch it came in, so that a batch sent twice makes it once.
    id: str = Field(primary_key=True, max_length=40)
    device_id: str = Field(foreign_key="device.id", max_length=20)
    #: The device's school at that time; who sees the event goes by where the device is now.
    school_code: str = Field(foreign_key="school.code", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=64)
    detail: str = ""
    #: Blanks of the sentence that ``kind`` stands for: a JSON object of texts.
    fields: str = "{}"
