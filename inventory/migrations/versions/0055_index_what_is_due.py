"""Give old tickets an impact, an urgency and a priority, and index what is due.

Every step may be done twice: this script is no single transaction.

Revision: 0055, after 0054.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

INDICES = (
    ("ix_ticket_undone_due_at_number", ("due_at", "number"), "resolved_at IS NULL"),
    ("ix_ticket_stale", ("id",), "clock_stale"),
    ("ix_ticket_merged_into_id", ("merged_into_id",), None),
)


def upgrade() -> None:
    # Clocks are counted by a job, from the logs.
    op.execute(
        "UPDATE ticket SET"
        " origin = CASE WHEN rule <> '' THEN 'alert'"
        " WHEN record_number IS NOT NULL THEN 'record' ELSE 'person' END,"
        " impact = CASE WHEN line_id IS NOT NULL THEN 'school' ELSE 'room' END,"
        " urgency = CASE WHEN severity = 'critical' THEN 'high' ELSE 'medium' END,"
        " priority = CASE WHEN line_id IS NOT NULL AND severity = 'critical' THEN 'p1'"
        " WHEN line_id IS NOT NULL OR severity = 'critical' THEN 'p2' ELSE 'p3' END"
    )
    for name, columns, where in INDICES:
        create_index(name, "ticket", columns, where=where)


def downgrade() -> None:
    for name, _, _ in INDICES:
        op.drop_index(name, table_name="ticket")
