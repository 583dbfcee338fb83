"""Index what pages ask, and fill in what is searched of devices.

Every step may be done twice: this script is no single transaction.

Revision: 0013, after 0012.
"""

from alembic import op

from inventory.migrations.online import create_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = ("name", "address", "serial", "asset_number", "model", "id")
INDICES = (
    ("ix_device_status_rank_name_id", "device", ("status_rank", "name", "id"), None),
    ("ix_device_kind_name_id", "device", ("kind", "name", "id"), None),
    ("ix_device_address_name_id", "device", ("address", "name", "id"), None),
    (
        "ix_device_school_code_lifecycle_status_rank",
        "device",
        ("school_code", "lifecycle", "status_rank"),
        None,
    ),
    ("ix_device_state_failing", "device_state", ("device_id",), "failures > 0"),
    (
        "ix_alert_open_school_code_severity",
        "alert",
        ("school_code", "severity"),
        "cleared_at IS NULL",
    ),
    ("ix_alert_opened_at_id", "alert", ("opened_at", "id"), None),
    (
        "ix_ticket_severity_opened_at_number",
        "ticket",
        ("severity", "opened_at", "number"),
        None,
    ),
    (
        "ix_proposal_state_first_found_at",
        "proposal",
        ("state", "first_found_at", "address"),
        None,
    ),
)


def upgrade() -> None:
    line_end = "chr(10)" if op.get_bind().dialect.name == "postgresql" else "char(10)"
    words = f" || {line_end} || ".join(f"coalesce({column}, '')" for column in COLUMNS)
    copy = (
        "INSERT INTO device_search (device_id, words)",
        f"SELECT id, lower({words})",
        "FROM device WHERE true ON CONFLICT (device_id) DO NOTHING",
    )
    op.execute(" ".join(copy))
    for name, table, columns, where in INDICES:
        create_index(name, table, columns, where=where)


def downgrade() -> None:
    for name, table, _, _ in INDICES:
        op.drop_index(name, table_name=table)
