"""Let a number of a school's repair log stand for one ticket.

Revision: 0033, after 0032. Every step may be done twice.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "uq_ticket_school_code_record_number",
        "ticket",
        ["school_code", "record_number"],
        unique=True,
        where="record_number IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("uq_ticket_school_code_record_number", table_name="ticket")
