"""Keep contradictions and stock-taking.

Revision: 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_campaign",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=20), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_by", sa.String(length=20), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(length=20), nullable=True),
        sa.Column("signed_name", sa.String(length=100), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["finished_by"], ["app_user.id"], name=op.f("fk_stock_campaign_finished_by")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["app_user.id"], name=op.f("fk_stock_campaign_signed_by")
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["app_user.id"], name=op.f("fk_stock_campaign_started_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_campaign")),
    )
    op.create_index(op.f("ix_stock_campaign_state"), "stock_campaign", ["state"], unique=False)
    op.create_table(
        "reconciliation_item",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("proposal_id", sa.String(length=20), nullable=True),
        sa.Column("registered", sa.String(length=255), nullable=False),
        sa.Column("shown", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("room_id", sa.String(length=20), nullable=True),
        sa.Column("other_school_code", sa.String(length=32), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("ignored_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("ticket_id", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_reconciliation_item_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_reconciliation_item_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_item")),
        sa.UniqueConstraint("key", name=op.f("uq_reconciliation_item_key")),
    )
    op.create_index(
        op.f("ix_reconciliation_item_device_id"), "reconciliation_item", ["device_id"], unique=False
    )
    op.create_index(
        "ix_reconciliation_item_school_code_state",
        "reconciliation_item",
        ["school_code", "state"],
        unique=False,
    )
    op.create_index(
        "ix_reconciliation_item_state_seen_at",
        "reconciliation_item",
        ["state", "seen_at"],
        unique=False,
    )
    op.create_table(
        "stock_result",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asset_number", sa.String(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("expected_stock_room_id", sa.String(length=20), nullable=True),
        sa.Column("expected_room", sa.String(), nullable=False),
        sa.Column("seen_stock_room_id", sa.String(length=20), nullable=True),
        sa.Column("seen_room", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", sa.String(length=20), nullable=True),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["stock_campaign.id"], name=op.f("fk_stock_result_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["counted_by"], ["app_user.id"], name=op.f("fk_stock_result_counted_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_stock_result_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_stock_result_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_result")),
    )
    op.create_index(
        "ix_stock_result_campaign_id_outcome",
        "stock_result",
        ["campaign_id", "outcome"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stock_result_school_code"), "stock_result", ["school_code"], unique=False
    )
    op.create_table(
        "stock_room",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(length=20), nullable=True),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["stock_campaign.id"], name=op.f("fk_stock_room_campaign_id")
        ),
        sa.ForeignKeyConstraint(["done_by"], ["app_user.id"], name=op.f("fk_stock_room_done_by")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_stock_room_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_room")),
    )
    op.create_index(op.f("ix_stock_room_campaign_id"), "stock_room", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_stock_room_school_code"), "stock_room", ["school_code"], unique=False)
    op.create_table(
        "stock_expected",
        sa.Column("campaign_id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("stock_room_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("asset_number", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["stock_campaign.id"], name=op.f("fk_stock_expected_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["stock_room_id"], ["stock_room.id"], name=op.f("fk_stock_expected_stock_room_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "device_id", name=op.f("pk_stock_expected")),
    )
    op.create_index(
        op.f("ix_stock_expected_stock_room_id"), "stock_expected", ["stock_room_id"], unique=False
    )
    op.create_table(
        "stock_observation",
        sa.Column("campaign_id", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("stock_room_id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.String(length=20), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["stock_campaign.id"], name=op.f("fk_stock_observation_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["counted_by"], ["app_user.id"], name=op.f("fk_stock_observation_counted_by")
        ),
        sa.ForeignKeyConstraint(
            ["stock_room_id"], ["stock_room.id"], name=op.f("fk_stock_observation_stock_room_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_stock_observation")),
    )
    op.create_index(
        "ix_stock_observation_campaign_id_device_id",
        "stock_observation",
        ["campaign_id", "device_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stock_observation_stock_room_id"),
        "stock_observation",
        ["stock_room_id"],
        unique=False,
    )
    op.create_table(
        "known_firmware",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_known_firmware")),
    )


def downgrade() -> None:
    op.drop_table("known_firmware")
    op.drop_index(op.f("ix_stock_observation_stock_room_id"), table_name="stock_observation")
    op.drop_index("ix_stock_observation_campaign_id_device_id", table_name="stock_observation")
    op.drop_table("stock_observation")
    op.drop_index(op.f("ix_stock_expected_stock_room_id"), table_name="stock_expected")
    op.drop_table("stock_expected")
    op.drop_index(op.f("ix_stock_room_school_code"), table_name="stock_room")
    op.drop_index(op.f("ix_stock_room_campaign_id"), table_name="stock_room")
    op.drop_table("stock_room")
    op.drop_index(op.f("ix_stock_result_school_code"), table_name="stock_result")
    op.drop_index("ix_stock_result_campaign_id_outcome", table_name="stock_result")
    op.drop_table("stock_result")
    op.drop_index("ix_reconciliation_item_state_seen_at", table_name="reconciliation_item")
    op.drop_index("ix_reconciliation_item_school_code_state", table_name="reconciliation_item")
    op.drop_index(op.f("ix_reconciliation_item_device_id"), table_name="reconciliation_item")
    op.drop_table("reconciliation_item")
    op.drop_index(op.f("ix_stock_campaign_state"), table_name="stock_campaign")
    op.drop_table("stock_campaign")
