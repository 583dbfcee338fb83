"""Keep beside tickets what figures count of their repairs, and parts in the stock of schools.

Revision: 0071, after 0070.
"""

import sqlalchemy as sa
from alembic import op

from inventory.migrations.online import create_index

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_FLAGS = ("repair_turned", "repair_counts", "fixed_at_once", "gone_by_itself")
_MOMENTS = ("settled_at", "repaired_at")
_SPANS = (
    "answer_seconds",
    "repair_seconds",
    "answer_worked_seconds",
    "repair_worked_seconds",
)


def upgrade() -> None:
    # Empty until a job has counted them: figures read logs of such tickets meanwhile.
    for name in _MOMENTS:
        op.add_column("ticket", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in _FLAGS:
        op.add_column(
            "ticket", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    for name in _SPANS:
        op.add_column("ticket", sa.Column(name, sa.Float(), nullable=True))
    op.execute(
        "ALTER TABLE spare_part ADD COLUMN school_code VARCHAR"
        " CONSTRAINT fk_spare_part_school_code REFERENCES school (code)"
    )
    create_index("ix_spare_part_school_code", "spare_part", ("school_code",))
    create_index("ix_ticket_unkept", "ticket", ("id",), where="settled_at IS NULL")
    create_index("ix_ticket_turned", "ticket", ("settled_at",), where="repair_turned")
    create_index(
        "ix_ticket_report_confirmed_at",
        "ticket_report",
        ("confirmed_at", "satisfaction", "ticket_id"),
        where="satisfaction IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_report_confirmed_at", table_name="ticket_report")
    op.drop_index("ix_ticket_turned", table_name="ticket")
    op.drop_index("ix_ticket_unkept", table_name="ticket")
    op.drop_index("ix_spare_part_school_code", table_name="spare_part")
    op.drop_column("spare_part", "school_code")
    for name in (*_SPANS, *_FLAGS, *_MOMENTS):
        op.drop_column("ticket", name)
