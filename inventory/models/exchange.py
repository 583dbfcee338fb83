"""Tables somebody brings: files that wait for a decision, and how their columns were matched."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from inventory.models.base import PATH, UtcDateTime, text_enum


class ImportMapping(SQLModel, table=True):
    """What columns of files with these headings hold, as a bureau's people last said."""

    __tablename__ = "import_mapping"

    #: Path prefix of the bureau or school.
    owner_path: str = Field(primary_key=True, sa_type=PATH)
    layout: str = Field(primary_key=True, max_length=32)
    #: SHA-256 of the headings.
    fingerprint: str = Field(primary_key=True, max_length=64)
    #: A JSON object of fields to headings.
    mapping: str
    used_at: datetime = Field(sa_type=UtcDateTime)


class ImportUpload(SQLModel, table=True):
    """A file that was looked at and is not in the register yet; forgotten after a day."""

    __tablename__ = "import_upload"

    id: str = Field(primary_key=True, max_length=20)
    #: Only they may go on with it; empty for the operator of the machine.
    user_id: str = Field(index=True, max_length=20)
    layout: str = Field(max_length=32)
    name: str = Field(max_length=255)
    content: bytes = Field(sa_type=LargeBinary)
    uploaded_at: datetime = Field(index=True, sa_type=UtcDateTime)


class RunState(StrEnum):
    """What has become of a run."""

    running = "running"
    #: To its end; the report says whether anything was written.
    done = "done"
    #: The file as a whole was not taken.
    refused = "refused"
    cancelled = "cancelled"
    #: Something broke; nothing was written.
    failed = "failed"


class ImportRun(SQLModel, table=True):
    """The last time a kept file was tried or brought in, and how far that is."""

    __tablename__ = "import_run"

    #: Of the file.
    upload_id: str = Field(primary_key=True, max_length=20)
    user_id: str = Field(index=True, max_length=20)
    #: A JSON object: what was chosen for it.
    choices: str
    is_dry: bool
    state: RunState = Field(default=RunState.running, sa_type=text_enum(RunState))
    #: ``read``, ``compare`` or ``write``; rows done, and rows in all (0: not known yet).
    phase: str = Field(default="read", max_length=16)
    done: int = 0
    total: int = 0
    cancel_asked: bool = False
    #: When whoever does it last said so.
    seen_at: datetime = Field(index=True, sa_type=UtcDateTime)
    #: JSON: the report, or why the file was refused.
    outcome: str = ""


class ExportRun(SQLModel, table=True):
    """A large workbook somebody asked for: how far it is, then the file itself, for a day."""

    __tablename__ = "export_run"

    id: str = Field(primary_key=True, max_length=20)
    #: Only they may fetch it; empty for the operator of the machine.
    user_id: str = Field(index=True, max_length=20)
    #: Of the file.
    name: str = Field(max_length=80)
    state: RunState = Field(default=RunState.running, sa_type=text_enum(RunState))
    #: Rows written, and rows in all.
    done: int = 0
    total: int = 0
    cancel_asked: bool = False
    #: When whoever writes it last said so.
    seen_at: datetime = Field(index=True, sa_type=UtcDateTime)
    content: bytes = Field(default=b"", sa_type=LargeBinary)
