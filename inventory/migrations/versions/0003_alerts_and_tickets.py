"""Alerts and tickets.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_number")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("line_id", sa.String(), nullable=True),
        sa.Column("fault_key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("arguments", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("assignee_id", sa.String(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["app_user.id"], name=op.f("fk_ticket_assignee_id")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_ticket_device_id")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_ticket_line_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_ticket_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index(op.f("ix_ticket_assignee_id"), "ticket", ["assignee_id"], unique=False)
    op.create_index(op.f("ix_ticket_device_id"), "ticket", ["device_id"], unique=False)
    op.create_index(op.f("ix_ticket_fault_key"), "ticket", ["fault_key"], unique=False)
    op.create_index(op.f("ix_ticket_line_id"), "ticket", ["line_id"], unique=False)
    op.create_index(op.f("ix_ticket_number"), "ticket", ["number"], unique=True)
    op.create_index(op.f("ix_ticket_school_code"), "ticket", ["school_code"], unique=False)
    op.create_index(op.f("ix_ticket_state"), "ticket", ["state"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("line_id", sa.String(), nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("arguments", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["app_user.id"], name=op.f("fk_alert_acknowledged_by")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_alert_device_id")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_alert_line_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_alert_school_code")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_alert_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_cleared_at"), "alert", ["cleared_at"], unique=False)
    op.create_index(op.f("ix_alert_device_id"), "alert", ["device_id"], unique=False)
    op.create_index(op.f("ix_alert_line_id"), "alert", ["line_id"], unique=False)
    op.create_index(op.f("ix_alert_school_code"), "alert", ["school_code"], unique=False)
    op.create_index(op.f("ix_alert_subject"), "alert", ["subject"], unique=False)
    op.create_index(op.f("ix_alert_ticket_id"), "alert", ["ticket_id"], unique=False)
    op.create_index(
        "uq_alert_open",
        "alert",
        ["subject", "rule", "part"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "ticket_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["app_user.id"], name=op.f("fk_ticket_event_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_event_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    )
    op.create_index(op.f("ix_ticket_event_ticket_id"), "ticket_event", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_ticket_event_ticket_id"), table_name="ticket_event")
    op.drop_table("ticket_event")
    op.drop_index(
        "uq_alert_open",
        table_name="alert",
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.drop_index(op.f("ix_alert_ticket_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_subject"), table_name="alert")
    op.drop_index(op.f("ix_alert_school_code"), table_name="alert")
    op.drop_index(op.f("ix_alert_line_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_device_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_cleared_at"), table_name="alert")
    op.drop_table("alert")
    op.drop_index(op.f("ix_ticket_state"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_school_code"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_number"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_line_id"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_fault_key"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_device_id"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_assignee_id"), table_name="ticket")
    op.drop_table("ticket")
    op.drop_table("ticket_number")
