"""Keep the story of parts in the stock, and every version of what bureaus promise.

Revision: 0067, after 0066.
"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("low_mark", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shelf", sa.String(length=100), server_default="", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
    ):
        op.add_column("spare_part", column)
    op.create_table(
        "stock_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=20), nullable=True),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(length=20), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["part_id"], ["spare_part.id"], name=op.f("fk_stock_entry_part_id")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["app_user.id"], name=op.f("fk_stock_entry_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_stock_entry_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_entry")),
    )
    op.create_index("ix_stock_entry_part_id", "stock_entry", ["part_id"])
    op.create_table(
        "service_agreement_version",
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_service_agreement_version_organisation_code"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_code", "number", name=op.f("pk_service_agreement_version")
        ),
    )
    # What holds already is the first version.
    op.execute(
        "INSERT INTO service_agreement_version"
        " (organisation_code, number, terms, entered_by, entered_at)"
        " SELECT organisation_code, 1, terms, entered_by, entered_at FROM service_agreement"
    )


def downgrade() -> None:
    op.drop_table("service_agreement_version")
    op.drop_table("stock_entry")
    for column in ("revision", "withdrawn_at", "shelf", "low_mark"):
        op.drop_column("spare_part", column)
