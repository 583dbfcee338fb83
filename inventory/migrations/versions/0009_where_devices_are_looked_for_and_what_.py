"""Where devices are looked for and what was found.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discovery_range",
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("network", sa.String(length=49), nullable=False),
        sa.Column("hosts", sa.Boolean(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_discovery_range_school_code")
        ),
        sa.PrimaryKeyConstraint("school_code", "network", name=op.f("pk_discovery_range")),
    )
    op.create_table(
        "discovery_settings",
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("every_seconds", sa.Float(), nullable=False),
        sa.Column("packets_per_second", sa.Float(), nullable=False),
        sa.Column("crawl", sa.Boolean(), nullable=False),
        sa.Column("seeds", sa.String(), nullable=False),
        sa.Column("ports", sa.String(), nullable=False),
        sa.Column("accept_kinds", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_discovery_settings_school_code")
        ),
        sa.PrimaryKeyConstraint("school_code", name=op.f("pk_discovery_settings")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("match", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("first_found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.String(length=20), nullable=True),
        sa.Column("how", sa.String(length=32), nullable=False),
        sa.Column("protocol", sa.String(length=32), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=20), nullable=True),
        sa.Column("driver", sa.String(), nullable=True),
        sa.Column("mac", sa.String(length=12), nullable=True),
        sa.Column("seen_from", sa.String(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("vendor", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=20), nullable=True),
        sa.Column("undo", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_proposal_agent_id")),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_proposal_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_proposal_decided_by")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_proposal_device_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_proposal_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(
        "ix_proposal_school_code_state", "proposal", ["school_code", "state"], unique=False
    )
    op.create_index(op.f("ix_proposal_serial"), "proposal", ["serial"], unique=False)
    op.create_index(
        "uq_proposal_school_code_address", "proposal", ["school_code", "address"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_proposal_school_code_address", table_name="proposal")
    op.drop_index(op.f("ix_proposal_serial"), table_name="proposal")
    op.drop_index("ix_proposal_school_code_state", table_name="proposal")
    op.drop_table("proposal")
    op.drop_table("discovery_settings")
    op.drop_table("discovery_range")
