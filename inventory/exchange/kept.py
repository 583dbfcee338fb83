"""What is remembered of imports: mappings by bureau and headings, files between two pages."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from inventory.exchange.tables import Source
from inventory.ids import new_id
from inventory.models import ExportRun, ImportMapping, ImportRun, ImportUpload

KEPT = timedelta(days=1)
#: Files of one person that wait at the same time; an older one makes room.
MOST_WAITING = 3
#: Mappings of one bureau; nobody has that many kinds of ledgers.
MOST_MAPPINGS = 500


#: Path of the bureau, name of the layout, fingerprint of the headings.
Key: TypeAlias = tuple[str, str, str]


def remembered(session: Session, key: Key) -> Mapping[str, str] | None:
    """What the columns of such a file hold, if somebody of that bureau said so before."""
    found = session.get(ImportMapping, key)
    return None if found is None else msgspec.json.decode(found.mapping, type=dict[str, str])


def remember(session: Session, key: Key, mapping: Mapping[str, str], now: datetime) -> None:
    """Keep a mapping for the next file with these headings; the oldest one makes room."""
    owner, layout, fingerprint = key
    row = session.get(ImportMapping, key)
    if row is None:
        mine = select(ImportMapping).where(ImportMapping.owner_path == owner)
        count = session.exec(select(func.count()).select_from(mine.subquery())).one()
        if count >= MOST_MAPPINGS:
            oldest = session.exec(mine.order_by(col(ImportMapping.used_at)).limit(1)).one()
            session.delete(oldest)
        row = ImportMapping(
            owner_path=owner, layout=layout, fingerprint=fingerprint, mapping="{}", used_at=now
        )
    row.mapping = msgspec.json.encode(dict(mapping)).decode()
    row.used_at = now
    session.add(row)
    session.flush()


def keep_upload(session: Session, user_id: str, layout: str, source: Source, now: datetime) -> str:
    """Keep a file until its owner decides; the id to ask for it."""
    mine = (
        select(ImportUpload.id)
        .where(ImportUpload.user_id == user_id)
        .order_by(col(ImportUpload.uploaded_at).desc())
    )
    old = session.exec(mine.offset(MOST_WAITING - 1)).all()
    session.execute(delete(ImportUpload).where(col(ImportUpload.id).in_(old)))
    upload = ImportUpload(
        id=new_id("f"),
        user_id=user_id,
        layout=layout,
        name=source.name[:255],
        content=source.content,
        uploaded_at=now,
    )
    session.add(upload)
    session.flush()
    return upload.id


def upload_of(session: Session, user_id: str, upload_id: str) -> ImportUpload | None:
    """A file this person brought."""
    found = session.get(ImportUpload, upload_id)
    return found if found is not None and found.user_id == user_id else None


def forget_uploads(session: Session, now: datetime) -> None:
    """Delete files nobody decided about, or fetched, for a day, and what became of them."""
    session.execute(delete(ExportRun).where(col(ExportRun.seen_at) < now - KEPT))
    session.execute(delete(ImportRun).where(col(ImportRun.seen_at) < now - KEPT))
    session.execute(delete(ImportUpload).where(col(ImportUpload.uploaded_at) < now - KEPT))
