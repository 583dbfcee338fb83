"""Files that belong to rows of the register: random names, types found out by first bytes."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from inventory.errors import FileUnfit
from inventory.ids import new_id
from inventory.models import Attachment, AttachmentPurpose, Device

#: Bytes one file may have, and files one row may have.
MAX_BYTES: Final = 8_000_000
MAX_FILES: Final = 20
#: What a file begins with, and what it is then; nothing else is kept.
_TYPES: Final = (
    (re.compile(rb"%PDF-1\.[0-9]"), "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)
_STORED: Final = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Belongs:
    """The row a file belongs to, and the school whose row that is."""

    table: str
    key: str
    school_code: str


class FileFolder:
    """The folder of the files; made when the first one comes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, content: bytes) -> str:
        """Keep bytes under a name nobody can guess, readable by the server alone."""
        name = secrets.token_hex(16)
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._root / name
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(content)
        return name

    def path(self, name: str) -> Path:
        """Where a file lies.

        Raises:
            ValueError: no name this folder gives.
        """
        if not _STORED.match(name):
            raise ValueError(name)
        return self._root / name

    def remove(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)


def media_type_of(content: bytes) -> str | None:
    """What bytes are, whatever they are called; ``None`` for what is not kept."""
    return next((media for begin, media in _TYPES if begin.match(content)), None)


def attach_to_device(
    session: Session,
    folder: FileFolder,
    device: Device,
    *,
    name: str,
    purpose: AttachmentPurpose,
    content: bytes,
    actor: str,
    now: datetime,
) -> Attachment:
    """Keep a file for a device of a school within the caller's scope.

    Raises:
        FileUnfit: neither PDF, PNG, JPEG nor WebP; empty, too large, or one too many.
    """
    return attach(
        session,
        folder,
        Belongs("device", device.id, device.school_code),
        name=name,
        purpose=purpose,
        content=content,
        actor=actor,
        now=now,
    )


def attach(
    session: Session,
    folder: FileFolder,
    owner: Belongs,
    *,
    name: str,
    purpose: AttachmentPurpose,
    content: bytes,
    actor: str,
    now: datetime,
) -> Attachment:
    """Keep a file for a row that whoever asks may change.

    Raises:
        FileUnfit: neither PDF, PNG, JPEG nor WebP; empty, too large, or one too many.
    """
    media = media_type_of(content)
    shown = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[:200]
    many = len(attachments_of(session, owner.table, owner.key)) >= MAX_FILES
    if media is None or len(content) > MAX_BYTES or many:
        raise FileUnfit(
            name=shown or "-", allowed="PDF, PNG, JPEG, WebP", megabytes=MAX_BYTES // 1_000_000
        )
    row = Attachment(
        id=new_id("f"),
        owner_table=owner.table,
        owner_id=owner.key,
        school_code=owner.school_code,
        purpose=purpose,
        name=shown or purpose.value,
        media_type=media,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        stored_as=folder.write(content),
        created_at=now,
        created_by=actor,
    )
    session.add(row)
    session.flush()
    return row


def attachments_of(session: Session, table: str, owner: str) -> Sequence[Attachment]:
    """Files of one row, the oldest first; whoever asks has found the row within their scope."""
    query = select(Attachment).where(Attachment.owner_table == table, Attachment.owner_id == owner)
    return session.exec(query.order_by(col(Attachment.created_at), col(Attachment.id))).all()
