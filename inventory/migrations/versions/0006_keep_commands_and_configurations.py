"""Keep commands, configurations and changes of plans.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configuration_text",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_configuration_text")),
    )
    op.create_table(
        "plan_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change")),
    )
    op.create_index(op.f("ix_plan_change_at"), "plan_change", ["at"], unique=False)
    op.create_table(
        "agent_command",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("agent_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=True),
        sa.Column("school_code", sa.String(), nullable=True),
        sa.Column("arguments", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("attachment_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_command_agent_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_agent_command_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_command")),
    )
    op.create_index(
        "ix_agent_command_agent_id_created_at",
        "agent_command",
        ["agent_id", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_agent_command_school_code"), "agent_command", ["school_code"], unique=False
    )
    op.create_index("ix_agent_command_state", "agent_command", ["state"], unique=False)
    op.create_index(
        "ix_agent_command_subject_created_at",
        "agent_command",
        ["subject", "created_at"],
        unique=False,
    )
    op.create_table(
        "command_attachment",
        sa.Column("command_id", sa.String(length=20), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["command_id"], ["agent_command.id"], name=op.f("fk_command_attachment_command_id")
        ),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_command_attachment")),
    )
    op.create_table(
        "device_configuration",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_configuration_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["digest"], ["configuration_text.digest"], name=op.f("fk_device_configuration_digest")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_device_configuration_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_configuration")),
    )
    op.create_index(
        "ix_device_configuration_device_id_taken_at",
        "device_configuration",
        ["device_id", "taken_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_device_configuration_digest"), "device_configuration", ["digest"], unique=False
    )
    op.create_index(
        op.f("ix_device_configuration_school_code"),
        "device_configuration",
        ["school_code"],
        unique=False,
    )
    op.add_column("agent", sa.Column("plan_revision", sa.String(length=64), nullable=True))
    op.add_column("agent", sa.Column("plan_taken_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("agent", "plan_taken_at")
    op.drop_column("agent", "plan_revision")
    op.drop_index(op.f("ix_device_configuration_school_code"), table_name="device_configuration")
    op.drop_index(op.f("ix_device_configuration_digest"), table_name="device_configuration")
    op.drop_index("ix_device_configuration_device_id_taken_at", table_name="device_configuration")
    op.drop_table("device_configuration")
    op.drop_table("command_attachment")
    op.drop_index("ix_agent_command_subject_created_at", table_name="agent_command")
    op.drop_index("ix_agent_command_state", table_name="agent_command")
    op.drop_index(op.f("ix_agent_command_school_code"), table_name="agent_command")
    op.drop_index("ix_agent_command_agent_id_created_at", table_name="agent_command")
    op.drop_table("agent_command")
    op.drop_index(op.f("ix_plan_change_at"), table_name="plan_change")
    op.drop_table("plan_change")
    op.drop_table("configuration_text")
