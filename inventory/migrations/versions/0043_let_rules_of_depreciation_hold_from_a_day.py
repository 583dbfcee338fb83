"""Let rules of depreciation hold from a day.

Revision: 0043, after 0044.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A controller of the release before writes no day: what it says holds from the first one.
    first = sa.text("'1980-01-01'")
    with op.batch_alter_table("depreciation_rule") as table:
        table.add_column(sa.Column("holds_from", sa.Date(), nullable=False, server_default=first))
        table.drop_constraint("pk_depreciation_rule", type_="primary")
        table.create_primary_key("pk_depreciation_rule", ["asset_class", "holds_from"])


def downgrade() -> None:
    # Of several rules of one class the newest is what the release before can hold.
    op.execute(
        "DELETE FROM depreciation_rule WHERE EXISTS (SELECT 1 FROM depreciation_rule AS later"
        " WHERE later.asset_class = depreciation_rule.asset_class"
        " AND later.holds_from > depreciation_rule.holds_from)"
    )
    with op.batch_alter_table("depreciation_rule") as table:
        table.drop_constraint("pk_depreciation_rule", type_="primary")
        table.create_primary_key("pk_depreciation_rule", ["asset_class"])
        table.drop_column("holds_from")
