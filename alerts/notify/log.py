"""What was told is kept for a while, and forgotten then."""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from alerts.notify.models import Notice, NoticeEvent

#: Rows forgotten at once: nobody waits for them.
_AT_ONCE = 1_000


def forget_notices(session: Session, before: datetime) -> None:
    """Forget what happened before a moment, with its notices; in part, when it is very much."""
    old = list(
        session.exec(
            select(NoticeEvent.id)
            .where(col(NoticeEvent.planned_at) < before)
            .order_by(col(NoticeEvent.id))
            .limit(_AT_ONCE)
        )
    )
    if not old:
        return
    session.exec(delete(Notice).where(col(Notice.event_id).in_(old)))
    session.exec(delete(NoticeEvent).where(col(NoticeEvent.id).in_(old)))
