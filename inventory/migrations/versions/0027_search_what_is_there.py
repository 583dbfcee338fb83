"""Have a job write down what is searched of everything that is there already.

Revision: 0027, after 0026. Apart from it, so that no table is held meanwhile; may be done twice.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEYS = (
    *(("school", "school", "code"), ("device", "device", "id"), ("room", "room", "id")),
    *(("line", "line", "id"), ("ticket", "ticket", "id"), ("person", "app_user", "id")),
)


def upgrade() -> None:
    for kind, table, key in KEYS:
        op.execute(
            f"INSERT INTO search_stale (kind, ref) SELECT '{kind}', {key} FROM {table}"  # noqa: S608
        )


def downgrade() -> None:
    op.execute("DELETE FROM search_stale")
