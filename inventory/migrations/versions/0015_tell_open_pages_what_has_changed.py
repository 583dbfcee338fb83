"""Tell open pages what has changed.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_change")),
    )
    op.create_index(op.f("ix_page_change_at"), "page_change", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_page_change_at"), table_name="page_change")
    op.drop_table("page_change")
