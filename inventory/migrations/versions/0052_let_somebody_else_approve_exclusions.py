"""Let somebody else approve exclusions, and bind standards to public or private schools.

Revision: 0052, after 0051.
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_NOBODY = sa.text("''")
_TABLES = ("measurement_exclusion", "school_exemption")


def upgrade() -> None:
    # A controller of the release before names nobody who has asked: it only knows approved ones.
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            table.add_column(
                sa.Column(
                    "requested_by", sa.String(length=100), nullable=False, server_default=_NOBODY
                )
            )
            table.add_column(sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True))
            table.alter_column(
                "approved_at", existing_type=sa.DateTime(timezone=True), nullable=True
            )
    with op.batch_alter_table("school_exemption") as table:
        table.add_column(
            sa.Column("declined_by", sa.String(length=100), nullable=False, server_default=_NOBODY)
        )
        table.add_column(sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("standard_binding", sa.Column("is_public", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("standard_binding") as table:
        table.drop_column("is_public")
    for name in reversed(_TABLES):
        # What nobody has approved would count for the release before.
        op.execute(f"DELETE FROM {name} WHERE approved_by = ''")  # noqa: S608 - one of two names
        op.execute(
            f"UPDATE {name} SET approved_at = COALESCE(approved_at, requested_at)"  # noqa: S608
        )
        with op.batch_alter_table(name) as table:
            table.alter_column(
                "approved_at", existing_type=sa.DateTime(timezone=True), nullable=False
            )
            table.drop_column("requested_at")
            table.drop_column("requested_by")
    with op.batch_alter_table("school_exemption") as table:
        table.drop_column("declined_at")
        table.drop_column("declined_by")
