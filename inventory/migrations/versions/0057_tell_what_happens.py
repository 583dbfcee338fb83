"""Keep what happens, whom it is told, and through which channels.

Revision: 0057, after 0062.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_duty_shift_organisation_code"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_duty_shift_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shift")),
        sa.UniqueConstraint(
            "organisation_code", "weekday", "starts", "user_id", name="uq_duty_shift_place"
        ),
    )
    op.create_index(
        op.f("ix_duty_shift_organisation_code"), "duty_shift", ["organisation_code"], unique=False
    )
    op.create_index(op.f("ix_duty_shift_user_id"), "duty_shift", ["user_id"], unique=False)
    op.create_table(
        "notify_preference",
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("follow", sa.String(length=32), nullable=False),
        sa.Column("least", sa.String(length=32), nullable=False),
        sa.Column("by_mail", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("loud_at_night", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("digest_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_notify_preference_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notify_preference")),
    )
    op.create_table(
        "notice_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("alert_id", sa.String(length=20), nullable=True),
        sa.Column("ticket_id", sa.String(length=20), nullable=True),
        sa.Column("ticket_event_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_notice_event_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_event")),
        sa.UniqueConstraint("alert_id", "kind", name="uq_notice_event_alert_id_kind"),
        sa.UniqueConstraint("ticket_event_id", name="uq_notice_event_ticket_event_id"),
    )
    op.create_index(op.f("ix_notice_event_ticket_id"), "notice_event", ["ticket_id"], unique=False)
    op.create_index(
        "ix_notice_event_unplanned",
        "notice_event",
        ["id"],
        unique=False,
        sqlite_where=sa.text("planned_at IS NULL"),
        postgresql_where=sa.text("planned_at IS NULL"),
    )
    op.create_table(
        "notify_channel",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("user_id", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.String(length=4000), nullable=False),
        sa.Column("sealed_secret", sa.String(length=400), nullable=False),
        sa.Column("hint", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("least", sa.String(length=32), nullable=False),
        sa.Column("tickets", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN organisation_code IS NULL THEN 0 ELSE 1 END) + (CASE WHEN school_code IS NULL THEN 0 ELSE 1 END) + (CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_notify_channel_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_notify_channel_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_notify_channel_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_notify_channel_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notify_channel")),
    )
    op.create_index(
        op.f("ix_notify_channel_organisation_code"),
        "notify_channel",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_notify_channel_school_code"), "notify_channel", ["school_code"], unique=False
    )
    op.create_index(op.f("ix_notify_channel_user_id"), "notify_channel", ["user_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.String(length=20), nullable=True),
        sa.Column("user_id", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("fault", sa.String(length=220), nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notify_channel.id"], name=op.f("fk_notice_channel_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["notice_event.id"], name=op.f("fk_notice_event_id")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("event_id", "target", name="uq_notice_event_id_target"),
    )
    op.create_index("ix_notice_made_at", "notice", ["made_at"], unique=False)
    op.create_index(
        "ix_notice_target_fault_kind", "notice", ["target", "fault", "kind"], unique=False
    )
    op.create_index(op.f("ix_notice_user_id"), "notice", ["user_id"], unique=False)
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["target", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_notice_waiting",
        table_name="notice",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(op.f("ix_notice_user_id"), table_name="notice")
    op.drop_index("ix_notice_target_fault_kind", table_name="notice")
    op.drop_index("ix_notice_made_at", table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_notify_channel_user_id"), table_name="notify_channel")
    op.drop_index(op.f("ix_notify_channel_school_code"), table_name="notify_channel")
    op.drop_index(op.f("ix_notify_channel_organisation_code"), table_name="notify_channel")
    op.drop_table("notify_channel")
    op.drop_index(
        "ix_notice_event_unplanned",
        table_name="notice_event",
        sqlite_where=sa.text("planned_at IS NULL"),
        postgresql_where=sa.text("planned_at IS NULL"),
    )
    op.drop_index(op.f("ix_notice_event_ticket_id"), table_name="notice_event")
    op.drop_table("notice_event")
    op.drop_table("notify_preference")
    op.drop_index(op.f("ix_duty_shift_user_id"), table_name="duty_shift")
    op.drop_index(op.f("ix_duty_shift_organisation_code"), table_name="duty_shift")
    op.drop_table("duty_shift")
