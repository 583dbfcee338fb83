"""Keep what a plan rests on.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent", sa.Column("plan_made_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("agent", sa.Column("plan_until", sa.Date(), nullable=True))
    op.add_column("agent", sa.Column("plan_basis", sa.String(length=64), nullable=True))
    op.add_column("plan_change", sa.Column("agent_id", sa.String(length=20), nullable=True))
    op.create_index("ix_plan_change_school_code_at", "plan_change", ["school_code", "at"])


def downgrade() -> None:
    op.drop_index("ix_plan_change_school_code_at", table_name="plan_change")
    op.drop_column("plan_change", "agent_id")
    op.drop_column("agent", "plan_basis")
    op.drop_column("agent", "plan_until")
    op.drop_column("agent", "plan_made_at")
