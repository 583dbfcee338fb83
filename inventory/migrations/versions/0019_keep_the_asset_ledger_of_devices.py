"""Keep the asset ledger of devices, and a catalogue of their models.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("asset_class", sa.String(length=16), nullable=True),
        sa.Column("acquisition", sa.String(length=32), nullable=True),
        sa.Column("supplier", sa.String(length=120), nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("price_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("funding_source", sa.String(length=64), nullable=True),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("custodian", sa.String(length=64), nullable=True),
        sa.Column("is_personal", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("1")),
    )


def upgrade() -> None:
    op.create_table(
        "catalogue_model",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("vendor", sa.String(length=120), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("expected_life_months", sa.Integer(), nullable=True),
        sa.Column("end_of_sale", sa.Date(), nullable=True),
        sa.Column("end_of_support", sa.Date(), nullable=True),
        sa.Column("end_of_security_patches", sa.Date(), nullable=True),
        sa.Column("list_price_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("photo_attachment_id", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_model")),
    )
    op.create_index(
        "uq_catalogue_model_vendor_model", "catalogue_model", ["vendor", "model"], unique=True
    )
    for column in _columns():
        op.add_column("device", column)
    # In words, because SQLite adds a foreign key only together with its column.
    op.execute(
        "ALTER TABLE device ADD COLUMN catalogue_id VARCHAR"
        " CONSTRAINT fk_device_catalogue_id REFERENCES catalogue_model (id)"
    )


def downgrade() -> None:
    op.drop_column("device", "catalogue_id")
    for column in reversed(_columns()):
        op.drop_column("device", column.name)
    op.drop_index("uq_catalogue_model_vendor_model", table_name="catalogue_model")
    op.drop_table("catalogue_model")
