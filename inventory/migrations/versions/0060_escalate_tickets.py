"""Keep what technicians repair, and the steps late tickets take.

Revision: 0060, after 0059.
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "technician_profile",
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("kinds", sa.String(length=1000), nullable=False),
        sa.Column("categories", sa.String(length=1000), nullable=False),
        sa.Column("most_open", sa.Integer(), nullable=True),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_technician_profile_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_technician_profile")),
    )
    op.add_column("ticket", sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("escalate_step", sa.String(length=32), nullable=True))
    op.add_column("ticket_event", sa.Column("step", sa.String(length=32), nullable=True))
    # Nothing has a moment or a step yet: both indices are empty and take no time.
    where = sa.text("escalate_at IS NOT NULL")
    op.create_index(
        "ix_ticket_escalate_at",
        "ticket",
        ["escalate_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
    where = sa.text("step IS NOT NULL")
    op.create_index(
        "uq_ticket_event_ticket_id_step",
        "ticket_event",
        ["ticket_id", "step"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    # Clocks are counted anew by a job, and with them the steps that are still to come.
    op.execute("UPDATE ticket SET clock_stale = true WHERE resolved_at IS NULL")


def downgrade() -> None:
    op.drop_index("uq_ticket_event_ticket_id_step", table_name="ticket_event")
    op.drop_index("ix_ticket_escalate_at", table_name="ticket")
    op.drop_column("ticket_event", "step")
    op.drop_column("ticket", "escalate_step")
    op.drop_column("ticket", "escalate_at")
    op.drop_table("technician_profile")
