"""Leave room for states beside those they replace, and let vacuum see to devices often.

A box's batch replaces all states of a school at once: pages without room for as many again have
every index written anew. Devices change little, but whoever counts many of them looks at every row
of a page in which one has changed, until vacuum has been there. Pages that are there take the new
settings on as their rows are replaced.

Revision: 0064, after 0063.
"""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Neither waits for writers, nor do they wait for it.
        op.execute("ALTER TABLE device_state SET (fillfactor = 50)")
        op.execute(
            "ALTER TABLE device SET"
            " (autovacuum_vacuum_scale_factor = 0.002, autovacuum_vacuum_threshold = 200)"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE device_state RESET (fillfactor)")
        op.execute(
            "ALTER TABLE device RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)"
        )
