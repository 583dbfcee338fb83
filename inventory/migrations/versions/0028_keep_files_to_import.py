"""Keep files to import and how their columns are matched.

Revision: 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_mapping",
        sa.Column(
            "owner_path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("layout", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_path", "layout", "fingerprint", name=op.f("pk_import_mapping")
        ),
    )
    op.create_table(
        "import_upload",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("layout", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_upload")),
    )
    op.create_index(
        op.f("ix_import_upload_uploaded_at"), "import_upload", ["uploaded_at"], unique=False
    )
    op.create_index(op.f("ix_import_upload_user_id"), "import_upload", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_import_upload_user_id"), table_name="import_upload")
    op.drop_index(op.f("ix_import_upload_uploaded_at"), table_name="import_upload")
    op.drop_table("import_upload")
    op.drop_table("import_mapping")
