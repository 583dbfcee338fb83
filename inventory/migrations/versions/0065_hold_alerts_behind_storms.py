"""Give bureaus alerts and tickets of their own, and hold those of their schools behind them.

Revision: 0065, after 0061.
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0061"
branch_labels = None
depends_on = None

_NAMED = ("organisation_code", "storm_id")


def upgrade() -> None:
    # In words, because SQLite adds a foreign key only together with its column.
    for table in ("alert", "ticket"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN organisation_code VARCHAR(32)"
            f" CONSTRAINT fk_{table}_organisation_code REFERENCES organisation (code)"
        )
    op.execute(
        "ALTER TABLE alert ADD COLUMN storm_id VARCHAR(20)"
        " CONSTRAINT fk_alert_storm_id REFERENCES alert (id)"
    )
    op.add_column("alert", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    for name in _NAMED:
        named = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_alert_{name}", "alert", [name], sqlite_where=named, postgresql_where=named
        )


def downgrade() -> None:
    for name in _NAMED:
        op.drop_index(f"ix_alert_{name}", table_name="alert")
    for name in ("released_at", "storm_id", "organisation_code"):
        op.drop_column("alert", name)
    op.drop_column("ticket", "organisation_code")
