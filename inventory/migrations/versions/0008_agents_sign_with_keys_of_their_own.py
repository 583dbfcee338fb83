"""Agents sign with keys of their own: the shared secrets go, and boxes that had one enrol again.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_key",
        sa.Column("fingerprint", sa.String(length=43), nullable=False),
        sa.Column("agent_id", sa.String(length=20), nullable=False),
        sa.Column("public_key", sa.String(length=43), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_key_agent_id")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_agent_key")),
    )
    op.create_index(op.f("ix_agent_key_agent_id"), "agent_key", ["agent_id"], unique=False)
    op.drop_index(op.f("ix_agent_secret_hash"), table_name="agent")
    op.drop_column("agent", "secret_hash")
    # In words, because SQLite adds a foreign key only together with its column.
    op.execute(
        "ALTER TABLE enrolment_token ADD COLUMN agent_id VARCHAR(20)"
        " CONSTRAINT fk_enrolment_token_agent_id REFERENCES agent (id)"
    )


def downgrade() -> None:
    op.drop_column("enrolment_token", "agent_id")
    op.add_column(
        "agent",
        sa.Column("secret_hash", sa.String(length=64), nullable=False, server_default="none"),
    )
    # Whoever has a key enrols again with the older controller: nothing hashes to this.
    op.execute("UPDATE agent SET secret_hash = 'none:' || id")
    op.create_index(op.f("ix_agent_secret_hash"), "agent", ["secret_hash"], unique=True)
    op.drop_index(op.f("ix_agent_key_agent_id"), table_name="agent_key")
    op.drop_table("agent_key")
