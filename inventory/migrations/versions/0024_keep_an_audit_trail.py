"""Keep an audit trail of what people change.

Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("device_id", sa.String(length=20), nullable=True),
        sa.Column("fields", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_change")),
    )
    op.create_index("ix_audit_change_school_code_at", "audit_change", ["school_code", "at", "id"])
    op.create_index(
        "ix_audit_change_table_name_key_at", "audit_change", ["table_name", "key", "at"]
    )
    op.create_index("ix_audit_change_device_id_at", "audit_change", ["device_id", "at", "id"])
    op.create_index("ix_audit_change_actor_id_at", "audit_change", ["actor_id", "at", "id"])
    op.create_index("ix_audit_change_at_id", "audit_change", ["at", "id"])


def downgrade() -> None:
    for name in ("at_id", "actor_id_at", "device_id_at", "table_name_key_at", "school_code_at"):
        op.drop_index(f"ix_audit_change_{name}", table_name="audit_change")
    op.drop_table("audit_change")
