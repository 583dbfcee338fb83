"""Tell of one alert more than once: before a storm of its bureau, and after it.

Revision: 0070, after 0069.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with _notices_aside(), op.batch_alter_table("notice_event") as table:
        table.drop_constraint("uq_notice_event_alert_id_kind", type_="unique")
        table.create_unique_constraint(
            "uq_notice_event_alert_id_kind_at", ["alert_id", "kind", "at"]
        )


def downgrade() -> None:
    # What was told of last is what the release before can hold.
    earlier = (
        "EXISTS (SELECT 1 FROM notice_event AS later WHERE later.alert_id = notice_event.alert_id"
        " AND later.kind = notice_event.kind AND later.at > notice_event.at)"
    )
    events = sa.text(f"DELETE FROM notice_event WHERE {earlier}")  # noqa: S608 - words of ours
    notices = sa.text(
        f"DELETE FROM notice WHERE event_id IN (SELECT id FROM notice_event WHERE {earlier})"  # noqa: S608
    )
    op.execute(notices)
    op.execute(events)
    with _notices_aside(), op.batch_alter_table("notice_event") as table:
        table.drop_constraint("uq_notice_event_alert_id_kind_at", type_="unique")
        table.create_unique_constraint("uq_notice_event_alert_id_kind", ["alert_id", "kind"])


@contextmanager
def _notices_aside() -> Iterator[None]:
    """SQLite makes the table anew, and drops no table that others point to."""
    if op.get_bind().dialect.name == "postgresql":
        yield
        return
    op.execute("CREATE TEMPORARY TABLE notice_aside AS SELECT * FROM notice")
    op.execute("DELETE FROM notice")
    yield
    op.execute("INSERT INTO notice SELECT * FROM notice_aside")
    op.execute("DROP TABLE notice_aside")
