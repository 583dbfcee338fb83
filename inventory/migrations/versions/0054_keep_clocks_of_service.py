"""Keep what is promised of tickets, and what their clocks say.

Revision: 0054, after 0052.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None

_TEXTS = (
    ("origin", "person"),
    ("impact", "room"),
    ("urgency", "medium"),
    ("priority", "p3"),
    ("category", ""),
    ("cause", ""),
    ("remedy", ""),
)
_TIMES = ("responded_at", "due_response_at", "due_at")


def upgrade() -> None:
    op.create_table(
        "service_agreement",
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_service_agreement_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("organisation_code", name=op.f("pk_service_agreement")),
    )
    for name, default in _TEXTS:
        op.add_column(
            "ticket",
            sa.Column(name, sa.String(length=32), server_default=default, nullable=False),
        )
    for name in _TIMES:
        op.add_column("ticket", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("waiting_for", sa.String(length=32), nullable=True))
    op.add_column("ticket", sa.Column("clock_left", sa.Integer(), nullable=True))
    op.add_column(
        "ticket", sa.Column("clock_stale", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("ticket_event", sa.Column("waiting_for", sa.String(length=32), nullable=True))
    # In words, because SQLite adds a foreign key only together with its column.
    op.execute(
        "ALTER TABLE ticket ADD COLUMN merged_into_id VARCHAR(20)"
        " CONSTRAINT fk_ticket_merged_into_id REFERENCES ticket (id)"
    )
    op.execute(
        "ALTER TABLE ticket_event ADD COLUMN assignee_id VARCHAR(20)"
        " CONSTRAINT fk_ticket_event_assignee_id REFERENCES app_user (id)"
    )


def downgrade() -> None:
    op.drop_table("service_agreement")
    for name in ("assignee_id", "waiting_for"):
        op.drop_column("ticket_event", name)
    columns = ("merged_into_id", "clock_stale", "clock_left", "waiting_for", *_TIMES)
    for name in (*columns, *(name for name, _ in _TEXTS)):
        op.drop_column("ticket", name)
