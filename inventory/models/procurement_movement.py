"""Devices that go to another school, and devices that go for good."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum


class TransferState(StrEnum):
    """Where a transfer is."""

    proposed = "proposed"
    agreed = "agreed"
    done = "done"
    refused = "refused"


class DisposalState(StrEnum):
    """Where a disposal is."""

    proposed = "proposed"
    appraised = "appraised"
    approved = "approved"
    wiped = "wiped"
    done = "done"
    rejected = "rejected"


class WipeMethod(StrEnum):
    """How the data of a device were made unreadable (NIST SP 800-88: clear, purge, destroy).

    Of a device that is ``lost`` nobody can wipe them; why, is told with the step.
    """

    overwritten = "overwritten"
    purged = "purged"
    destroyed = "destroyed"
    no_storage = "no_storage"
    lost = "lost"


class DeviceTransfer(SQLModel, table=True):
    """Devices that one school gives to another (调拨); both have to agree."""

    __tablename__ = "device_transfer"

    id: str = Field(primary_key=True, max_length=20)
    number: str = Field(unique=True, max_length=20)
    from_school_code: str = Field(foreign_key="school.code", index=True)
    to_school_code: str = Field(foreign_key="school.code", index=True)
    reason: str = Field(max_length=2000)
    state: TransferState = Field(default=TransferState.proposed, sa_type=text_enum(TransferState))
    created_by: str = Field(foreign_key="app_user.id", max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    given_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    given_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TransferItem(SQLModel, table=True):
    """One device of a transfer."""

    __tablename__ = "transfer_item"

    transfer_id: str = Field(primary_key=True, foreign_key="device_transfer.id", max_length=20)
    device_id: str = Field(primary_key=True, foreign_key="device.id", index=True, max_length=20)


class Disposal(SQLModel, table=True):
    """Devices of a school that are given up (报废)."""

    __tablename__ = "device_disposal"

    id: str = Field(primary_key=True, max_length=20)
    number: str = Field(unique=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    reason: str = Field(max_length=2000)
    state: DisposalState = Field(default=DisposalState.proposed, sa_type=text_enum(DisposalState))
    created_by: str = Field(foreign_key="app_user.id", max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    #: What the technician found (技术鉴定).
    appraisal: str = Field(default="", max_length=4000)


class DisposalItem(SQLModel, table=True):
    """One device of a disposal: how its data went, and what it still brought in, in CNY."""

    __tablename__ = "disposal_item"

    disposal_id: str = Field(primary_key=True, foreign_key="device_disposal.id", max_length=20)
    device_id: str = Field(primary_key=True, foreign_key="device.id", index=True, max_length=20)
    wipe_method: WipeMethod | None = Field(default=None, sa_type=text_enum(WipeMethod))
    residual_value_cny: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
