"""Keep what repairs take: parts, time, suppliers, checks, and which tickets belong together.

Revision: 0061, after 0064.
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spare_part",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit_cost_cny", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_spare_part_quantity")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_spare_part_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spare_part")),
    )
    op.create_index("ix_spare_part_organisation_code", "spare_part", ["organisation_code"])
    op.create_table(
        "ticket_item",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=20), nullable=False),
        sa.Column("part_id", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cost_cny", sa.BigInteger(), nullable=True),
        sa.Column("claim_number", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_item_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["app_user.id"], name=op.f("fk_ticket_item_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["spare_part.id"], name=op.f("fk_ticket_item_part_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_item")),
    )
    op.create_index("ix_ticket_item_ticket_id", "ticket_item", ["ticket_id"])
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", sa.String(length=20), nullable=False),
        sa.Column("other_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_link_ticket_id")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["ticket.id"], name=op.f("fk_ticket_link_other_id")),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name=op.f("pk_ticket_link")),
    )
    op.create_index("ix_ticket_link_other_id", "ticket_link", ["other_id"])
    op.create_table(
        "ticket_check",
        sa.Column("ticket_id", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_check_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["app_user.id"], name=op.f("fk_ticket_check_actor_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "code", name=op.f("pk_ticket_check")),
    )


def downgrade() -> None:
    for name in ("ticket_check", "ticket_link", "ticket_item", "spare_part"):
        op.drop_table(name)
