"""Let people without an account report faults by the label of a device or a room.

Revision: 0059, after 0056.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_link",
        sa.Column("subject_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_report_link_school_code")
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_report_link")),
    )
    op.create_index(op.f("ix_report_link_school_code"), "report_link", ["school_code"])
    op.create_table(
        "report_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_attempt")),
    )
    op.create_index("ix_report_attempt_subject_at", "report_attempt", ["subject", "at"])
    op.create_index("ix_report_attempt_address_hash_at", "report_attempt", ["address_hash", "at"])
    op.create_table(
        "ticket_report",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.String(length=20), nullable=False),
        sa.Column("room_id", sa.String(length=20), nullable=True),
        sa.Column("reporter_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("signature_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_ticket_report_room_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_report_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_report")),
        sa.UniqueConstraint(
            "ticket_id", "reporter_hash", name="uq_ticket_report_ticket_id_reporter_hash"
        ),
    )
    op.create_index(op.f("ix_ticket_report_ticket_id"), "ticket_report", ["ticket_id"])
    op.create_index(op.f("ix_ticket_report_room_id"), "ticket_report", ["room_id"])


def downgrade() -> None:
    op.drop_table("ticket_report")
    op.drop_table("report_attempt")
    op.drop_table("report_link")
