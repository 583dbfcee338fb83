"""Index when tickets were resolved: figures of a month leave out what was over before it.

Revision: 0069, after 0067.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0069"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index("ix_ticket_resolved_at", "ticket", ("resolved_at",))


def downgrade() -> None:
    op.drop_index("ix_ticket_resolved_at", table_name="ticket")
