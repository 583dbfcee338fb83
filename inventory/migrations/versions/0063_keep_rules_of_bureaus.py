"""Keep rules of bureaus with all their versions, what they were tried on, and which rule found what.

Revision: 0063, after 0057.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_rule",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"], ["organisation.code"], name="fk_alert_rule_organisation_code"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rule"),
        sa.UniqueConstraint("organisation_code", "name", name="uq_alert_rule_organisation_code"),
    )
    op.create_table(
        "alert_rule_version",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("rule_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("copied_from", sa.String(length=128), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["alert_rule.id"], name="fk_alert_rule_version_rule_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rule_version"),
        sa.UniqueConstraint("rule_id", "number", name="uq_alert_rule_version_rule_id"),
    )
    op.create_table(
        "rule_trial",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"], ["organisation.code"], name="fk_rule_trial_organisation_code"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rule_trial"),
    )
    for column in ("user_id", "organisation_code", "seen_at"):
        op.create_index(f"ix_rule_trial_{column}", "rule_trial", [column])
    op.add_column(
        "alert",
        sa.Column("definition", sa.String(length=128), server_default="", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("alert", "definition")
    for table in ("rule_trial", "alert_rule_version", "alert_rule"):
        op.drop_table(table)
