"""Keep orders, devices that move on or go for good, and the append-only ledger of all steps.

Revision: 0029b, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029b"
down_revision = "0029"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("procurement_entry", "procurement_touch")


def _refuse_changes(table: str) -> None:
    """The database itself keeps the ledger as it was written."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION procurement_append_only() RETURNS trigger AS $$ BEGIN"
            " RAISE EXCEPTION 'the procurement ledger is append-only'; END $$ LANGUAGE plpgsql"
        )
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION procurement_append_only()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'the procurement ledger is append-only'); END"
        )


def upgrade() -> None:
    op.create_table(
        "procurement_number",
        sa.Column("series", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_procurement_number")),
    )
    op.create_table(
        "device_disposal",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appraisal", sa.String(length=4000), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["app_user.id"], name=op.f("fk_device_disposal_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_device_disposal_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_disposal")),
        sa.UniqueConstraint("number", name=op.f("uq_device_disposal_number")),
    )
    op.create_index(
        op.f("ix_device_disposal_created_at"), "device_disposal", ["created_at"], unique=False
    )
    op.create_index(
        op.f("ix_device_disposal_school_code"), "device_disposal", ["school_code"], unique=False
    )
    op.create_table(
        "device_transfer",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("from_school_code", sa.String(), nullable=False),
        sa.Column("to_school_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(length=20), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.String(length=20), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["app_user.id"], name=op.f("fk_device_transfer_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["from_school_code"], ["school.code"], name=op.f("fk_device_transfer_from_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["app_user.id"], name=op.f("fk_device_transfer_given_by")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["app_user.id"], name=op.f("fk_device_transfer_taken_by")
        ),
        sa.ForeignKeyConstraint(
            ["to_school_code"], ["school.code"], name=op.f("fk_device_transfer_to_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_transfer")),
        sa.UniqueConstraint("number", name=op.f("uq_device_transfer_number")),
    )
    op.create_index(
        op.f("ix_device_transfer_created_at"), "device_transfer", ["created_at"], unique=False
    )
    op.create_index(
        op.f("ix_device_transfer_from_school_code"),
        "device_transfer",
        ["from_school_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_device_transfer_to_school_code"),
        "device_transfer",
        ["to_school_code"],
        unique=False,
    )
    op.create_table(
        "procurement_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=20), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("changes", sa.String(), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("school_code", sa.String(), nullable=True),
        sa.Column("organisation_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["app_user.id"], name=op.f("fk_procurement_entry_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_procurement_entry_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_procurement_entry_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["procurement_entry.id"], name=op.f("fk_procurement_entry_undoes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_entry")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_procurement_entry_undoes_id")),
    )
    op.create_index(
        op.f("ix_procurement_entry_organisation_code"),
        "procurement_entry",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_entry_school_code"), "procurement_entry", ["school_code"], unique=False
    )
    op.create_index(
        "ix_procurement_entry_subject_subject_id",
        "procurement_entry",
        ["subject", "subject_id"],
        unique=False,
    )
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("project_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("total_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("placed_by", sa.String(length=20), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("inspectors", sa.String(length=200), nullable=False),
        sa.Column("conclusion", sa.String(length=2000), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["app_user.id"], name=op.f("fk_purchase_order_placed_by")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["procurement_project.id"], name=op.f("fk_purchase_order_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_purchase_order_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
    )
    op.create_index(
        op.f("ix_purchase_order_placed_at"), "purchase_order", ["placed_at"], unique=False
    )
    op.create_index(
        op.f("ix_purchase_order_project_id"), "purchase_order", ["project_id"], unique=False
    )
    op.create_index(
        op.f("ix_purchase_order_school_code"), "purchase_order", ["school_code"], unique=False
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.String(length=20), nullable=False),
        sa.Column("note_number", sa.String(length=64), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_delivery_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_delivery_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_order_id"), "delivery", ["order_id"], unique=False)
    op.create_table(
        "procurement_touch",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("row_table", sa.String(length=40), nullable=False),
        sa.Column("row_key", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["procurement_entry.id"], name=op.f("fk_procurement_touch_entry_id")
        ),
        sa.PrimaryKeyConstraint(
            "entry_id", "row_table", "row_key", name=op.f("pk_procurement_touch")
        ),
    )
    op.create_index(
        "ix_procurement_touch_row_table_row_key",
        "procurement_touch",
        ["row_table", "row_key"],
        unique=False,
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_line_id", sa.String(length=20), nullable=False),
        sa.Column("room_id", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_order_line_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_line_id"], ["project_line.id"], name=op.f("fk_order_line_project_line_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_order_line_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_order_line_project_line_id"), "order_line", ["project_line_id"], unique=False
    )
    op.create_index(op.f("ix_order_line_room_id"), "order_line", ["room_id"], unique=False)
    op.create_table(
        "delivery_line",
        sa.Column("delivery_id", sa.String(length=20), nullable=False),
        sa.Column("order_line_id", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_line_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_delivery_line_order_line_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "order_line_id", name=op.f("pk_delivery_line")),
    )
    op.create_table(
        "disposal_item",
        sa.Column("disposal_id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("wipe_method", sa.String(length=32), nullable=True),
        sa.Column("residual_value_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_disposal_item_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["disposal_id"], ["device_disposal.id"], name=op.f("fk_disposal_item_disposal_id")
        ),
        sa.PrimaryKeyConstraint("disposal_id", "device_id", name=op.f("pk_disposal_item")),
    )
    op.create_index(
        op.f("ix_disposal_item_device_id"), "disposal_item", ["device_id"], unique=False
    )
    op.create_table(
        "received_item",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", sa.String(length=20), nullable=False),
        sa.Column("order_line_id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("received_by", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_received_item_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_received_item_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_received_item_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["received_by"], ["app_user.id"], name=op.f("fk_received_item_received_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_item")),
        sa.UniqueConstraint("device_id", name=op.f("uq_received_item_device_id")),
    )
    op.create_index(
        op.f("ix_received_item_delivery_id"), "received_item", ["delivery_id"], unique=False
    )
    op.create_index(
        op.f("ix_received_item_order_line_id"), "received_item", ["order_line_id"], unique=False
    )
    op.create_table(
        "transfer_item",
        sa.Column("transfer_id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_transfer_item_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["device_transfer.id"], name=op.f("fk_transfer_item_transfer_id")
        ),
        sa.PrimaryKeyConstraint("transfer_id", "device_id", name=op.f("pk_transfer_item")),
    )
    op.create_index(
        op.f("ix_transfer_item_device_id"), "transfer_item", ["device_id"], unique=False
    )
    for table in _APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    op.drop_index(op.f("ix_transfer_item_device_id"), table_name="transfer_item")
    op.drop_table("transfer_item")
    op.drop_index(op.f("ix_received_item_order_line_id"), table_name="received_item")
    op.drop_index(op.f("ix_received_item_delivery_id"), table_name="received_item")
    op.drop_table("received_item")
    op.drop_index(op.f("ix_disposal_item_device_id"), table_name="disposal_item")
    op.drop_table("disposal_item")
    op.drop_table("delivery_line")
    op.drop_index(op.f("ix_order_line_room_id"), table_name="order_line")
    op.drop_index(op.f("ix_order_line_project_line_id"), table_name="order_line")
    op.drop_index(op.f("ix_order_line_order_id"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_index("ix_procurement_touch_row_table_row_key", table_name="procurement_touch")
    op.drop_table("procurement_touch")
    op.drop_index(op.f("ix_delivery_order_id"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_purchase_order_school_code"), table_name="purchase_order")
    op.drop_index(op.f("ix_purchase_order_project_id"), table_name="purchase_order")
    op.drop_index(op.f("ix_purchase_order_placed_at"), table_name="purchase_order")
    op.drop_table("purchase_order")
    op.drop_index("ix_procurement_entry_subject_subject_id", table_name="procurement_entry")
    op.drop_index(op.f("ix_procurement_entry_school_code"), table_name="procurement_entry")
    op.drop_index(op.f("ix_procurement_entry_organisation_code"), table_name="procurement_entry")
    op.drop_table("procurement_entry")
    op.drop_index(op.f("ix_device_transfer_to_school_code"), table_name="device_transfer")
    op.drop_index(op.f("ix_device_transfer_from_school_code"), table_name="device_transfer")
    op.drop_index(op.f("ix_device_transfer_created_at"), table_name="device_transfer")
    op.drop_table("device_transfer")
    op.drop_index(op.f("ix_device_disposal_school_code"), table_name="device_disposal")
    op.drop_index(op.f("ix_device_disposal_created_at"), table_name="device_disposal")
    op.drop_table("device_disposal")
    op.drop_table("procurement_number")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS procurement_append_only")
