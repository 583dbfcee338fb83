"""Read how far a stock-taking is from an index: its rooms by school, and which are finished.

Revision: 0037, after 0036. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "ix_stock_room_campaign_id_school_code_done_at",
        "stock_room",
        ["campaign_id", "school_code", "done_at"],
    )
    # The new one begins with the same column.
    op.drop_index("ix_stock_room_campaign_id", table_name="stock_room", if_exists=True)


def downgrade() -> None:
    create_index("ix_stock_room_campaign_id", "stock_room", ["campaign_id"])
    op.drop_index("ix_stock_room_campaign_id_school_code_done_at", table_name="stock_room")
