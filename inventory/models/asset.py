"""What belongs to an asset beside its row: steps of its life, fields of one's own, documents."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, true
from sqlmodel import Field, SQLModel

from drivers.readings import Kind
from inventory.models.base import UtcDateTime, text_enum, utc_now
from inventory.models.device import Lifecycle


class LifeStep(SQLModel, table=True):
    """A step of a device's life that was taken: when, why, and by whom. Rows never change."""

    __tablename__ = "life_step"
    __table_args__ = (Index("ix_life_step_device_id_at", "device_id", "at"),)

    id: str = Field(primary_key=True, max_length=20)
    device_id: str = Field(foreign_key="device.id", max_length=20)
    #: The device's school at that time.
    school_code: str = Field(max_length=32)
    before: Lifecycle = Field(sa_type=text_enum(Lifecycle))
    after: Lifecycle = Field(sa_type=text_enum(Lifecycle))
    #: The day it happened, which may be before it was written down.
    on: date
    reason: str = Field(default="", max_length=500)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: Log-in name of who said so; empty for machines.
    actor: str = Field(default="", max_length=64)


class FieldType(StrEnum):
    """What a field of one's own holds."""

    text = "text"
    number = "number"
    date = "date"
    choice = "choice"


class CustomField(SQLModel, table=True):
    """A field that devices of one kind have beside those everybody has."""

    __tablename__ = "custom_field"

    kind: Kind = Field(primary_key=True, sa_type=text_enum(Kind))
    #: 1 - 40 of ``a-z 0-9 _``, a letter first; values are kept under it.
    key: str = Field(primary_key=True, max_length=40)
    label: str = Field(max_length=80)
    label_en: str = Field(default="", max_length=80)
    type: FieldType = Field(default=FieldType.text, sa_type=text_enum(FieldType))
    is_required: bool = False
    #: Of a choice: a JSON array of texts.
    choices: str = "[]"
    position: int = 0
    #: Values are kept when it is out of use; forms no longer show it.
    in_use: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class AttachmentPurpose(StrEnum):
    """What a file is for."""

    invoice = "invoice"
    photo = "photo"
    contract = "contract"
    quote = "quote"
    acceptance = "acceptance"
    other = "other"


class Attachment(SQLModel, table=True):
    """A file that belongs to a row of the register; its bytes lie in the data folder."""

    __table_args__ = (Index("ix_attachment_owner_table_owner_id", "owner_table", "owner_id"),)

    id: str = Field(primary_key=True, max_length=20)
    owner_table: str = Field(max_length=63)
    owner_id: str = Field(max_length=64)
    #: Whose it is; neither: everybody's, as the photo of a model.
    school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    organisation_code: str | None = Field(default=None, foreign_key="organisation.code")
    purpose: AttachmentPurpose = Field(sa_type=text_enum(AttachmentPurpose))
    #: What its owner called it; shown, and never used as a path.
    name: str = Field(max_length=200)
    #: Found out from its first bytes, never told.
    media_type: str = Field(max_length=80)
    size: int
    sha256: str = Field(max_length=64)
    #: Random name in the data folder.
    stored_as: str = Field(max_length=40)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    created_by: str = Field(default="", max_length=64)
    #: Since when it is deleted; brought back by nobody, it goes for good some time later.
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def tells_price(self) -> bool:
        """Whether what it is for says that a price stands in it."""
        return self.purpose in _PRICED


_PRICED = (AttachmentPurpose.invoice, AttachmentPurpose.contract, AttachmentPurpose.quote)
