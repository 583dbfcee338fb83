"""Keep since when clocks of boxes are wrong, and which configurations somebody accepted.

Revision: 0066, after 0065.
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent", sa.Column("skewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "device_configuration",
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "device_configuration",
        sa.Column("accepted_by", sa.String(length=64), server_default="", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("device_configuration", "accepted_by")
    op.drop_column("device_configuration", "accepted_at")
    op.drop_column("agent", "skewed_at")
