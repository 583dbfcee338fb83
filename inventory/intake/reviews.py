"""Devices whose past has changed, until their alerts have been brought into line with it.

Polls that come late, after an outage, change nothing of how a device is now; but they may tell of
faults that began and ended meanwhile. ``alerts.history`` looks at the devices noted here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, delete, select

from inventory.models import DeviceReview

_TABLE = SQLModel.metadata.tables["device_review"]


def mark_reviews(session: Session, news_from: Mapping[str, datetime | None], now: datetime) -> None:
    """Note devices, each with the earliest poll that was news; one noted already keeps the earlier.

    Flushes, never commits.
    """
    rows = [
        {"device_id": key, "from_at": at, "marked_at": now}
        for key, at in sorted(news_from.items())
        if at is not None
    ]
    if not rows:
        return
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert: Any = dialect.insert(_TABLE)
    earlier = case(
        (insert.excluded.from_at < _TABLE.c.from_at, insert.excluded.from_at),
        else_=_TABLE.c.from_at,
    )
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["device_id"],
            set_={"from_at": earlier, "marked_at": insert.excluded.marked_at},
        ),
        rows,
    )


def due_reviews(session: Session, *, quiet_since: datetime, most: int) -> Sequence[DeviceReview]:
    """Devices of which nothing new came since ``quiet_since``, those waiting longest first."""
    query = (
        select(DeviceReview)
        .where(col(DeviceReview.marked_at) <= quiet_since)
        .order_by(col(DeviceReview.marked_at), col(DeviceReview.device_id))
        .limit(most)
    )
    return session.exec(query).all()


def end_review(session: Session, review: DeviceReview) -> None:
    """Forget a device, unless something new came meanwhile."""
    session.execute(
        delete(DeviceReview)
        .where(
            col(DeviceReview.device_id) == review.device_id,
            col(DeviceReview.marked_at) == review.marked_at,
        )
        .execution_options(synchronize_session=False)
    )
