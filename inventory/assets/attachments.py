"""Files that belong to rows of the register: random names, types found out by first bytes.

Bytes are written before the transaction that names them commits, and are deleted after the one
that forgot them has: so a row never names a file that is not there. What a transaction that came
to nothing has left behind, and what was deleted long ago, :func:`sweep` takes away.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import and_, delete, exists, or_
from sqlmodel import Session, col, select

from inventory.errors import FileUnfit, TooManyFiles
from inventory.ids import new_id
from inventory.models import Attachment, AttachmentPurpose, Device, EquipmentRequest

#: Bytes one file may have, and files one row may have.
MAX_BYTES: Final = 8_000_000
MAX_FILES: Final = 20
#: How long a deleted file can be brought back.
KEPT_DELETED: Final = timedelta(days=30)
#: A file without a row is left alone so long: whoever wrote it may not have committed yet.
SETTLED: Final = timedelta(days=1)
_LOOKED_UP: Final = 500
#: Keys of the rows that files belong to, by table.
_OWNERS: Final = {"device": col(Device.id), "equipment_request": col(EquipmentRequest.id)}
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

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Names of the files that were written before a moment."""
        if not self._root.is_dir():
            return
        for path in self._root.iterdir():
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if _STORED.match(path.name) and written < moment:
                yield path.name


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
        FileUnfit: neither PDF, PNG, JPEG nor WebP; empty, or too large.
        TooManyFiles: the row has as many as it may have.
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
        FileUnfit: neither PDF, PNG, JPEG nor WebP; empty, or too large.
        TooManyFiles: the row has as many as it may have.
    """
    media = media_type_of(content)
    shown = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[:200]
    if media is None or len(content) > MAX_BYTES:
        raise FileUnfit(
            name=shown or "-", allowed="PDF, PNG, JPEG, WebP", megabytes=MAX_BYTES // 1_000_000
        )
    _check_room(session, owner.table, owner.key, shown)
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


def attachments_of(
    session: Session, table: str, owner: str, *, removed_after: datetime | None = None
) -> Sequence[Attachment]:
    """Files of one row, the oldest first; whoever asks has found the row within their scope.

    Args:
        session: to read.
        table: of the row.
        owner: its key.
        removed_after: those deleted since then instead, which can be brought back.
    """
    query = select(Attachment).where(Attachment.owner_table == table, Attachment.owner_id == owner)
    if removed_after is None:
        query = query.where(col(Attachment.removed_at).is_(None))
    else:
        query = query.where(col(Attachment.removed_at) > removed_after)
    return session.exec(query.order_by(col(Attachment.created_at), col(Attachment.id))).all()


def remove_attachment(session: Session, row: Attachment, now: datetime) -> None:
    """Delete a file; for ``KEPT_DELETED`` it can be brought back."""
    row.removed_at = now
    session.add(row)
    session.flush()


def bring_back(session: Session, row: Attachment) -> None:
    """Have a deleted file again.

    Raises:
        TooManyFiles: the row has as many as it may have.
    """
    if row.removed_at is None:
        return
    _check_room(session, row.owner_table, row.owner_id, row.name)
    row.removed_at = None
    session.add(row)
    session.flush()


def sweep(session: Session, folder: FileFolder, now: datetime) -> int:
    """Take away bytes that no row names; forget rows deleted long ago, or whose owner is gone.

    The bytes of those rows go with the next sweep, when it is certain that they are forgotten.

    Returns:
        How many files were taken away.
    """
    gone = 0
    names = list(folder.older_than(now - SETTLED))
    for begin in range(0, len(names), _LOOKED_UP):
        some = names[begin : begin + _LOOKED_UP]
        known = session.exec(
            select(Attachment.stored_as).where(col(Attachment.stored_as).in_(some))
        ).all()
        for name in set(some) - set(known):
            folder.remove(name)
            gone += 1
    forgotten = [col(Attachment.removed_at) < now - KEPT_DELETED]
    for table, key in _OWNERS.items():
        ownerless = ~exists().where(key == Attachment.owner_id)
        forgotten.append(and_(col(Attachment.owner_table) == table, ownerless))
    session.execute(
        delete(Attachment).where(or_(*forgotten)).execution_options(synchronize_session=False)
    )
    return gone


def _check_room(session: Session, table: str, owner: str, name: str) -> None:
    if len(attachments_of(session, table, owner)) >= MAX_FILES:
        raise TooManyFiles(name=name or "-", most=MAX_FILES)
