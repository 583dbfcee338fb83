"""Count and list the contradictions of a kind without reading all of them.

Revision: 0036, after 0035. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "ix_reconciliation_item_state_kind_seen_at",
        "reconciliation_item",
        ["state", "kind", "seen_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_reconciliation_item_state_kind_seen_at", table_name="reconciliation_item")
