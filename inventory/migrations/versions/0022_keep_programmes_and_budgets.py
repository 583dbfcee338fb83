"""Keep programmes, budgets, what was spent, funds, claims and rules of money.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "depreciation_rule",
        sa.Column("asset_class", sa.String(length=16), nullable=False),
        sa.Column("life_months", sa.Integer(), nullable=False),
        sa.Column("residual_rate", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.PrimaryKeyConstraint("asset_class", name=op.f("pk_depreciation_rule")),
    )
    op.create_table(
        "fund",
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("balance_cny", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_cny >= 0", name=op.f("ck_fund_balance")),
        sa.ForeignKeyConstraint(
            ["organisation_code"], ["organisation.code"], name=op.f("fk_fund_organisation_code")
        ),
        sa.PrimaryKeyConstraint("organisation_code", name=op.f("pk_fund")),
    )
    op.create_table(
        "per_pupil_rule",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("quote", sa.String(length=500), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("calendar", sa.String(length=32), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.Column("yuan", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_per_pupil_rule_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_per_pupil_rule")),
    )
    op.create_index(
        op.f("ix_per_pupil_rule_organisation_code"),
        "per_pupil_rule",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("calendar", sa.String(length=32), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("to_be_confirmed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_programme_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_index(
        op.f("ix_programme_organisation_code"), "programme", ["organisation_code"], unique=False
    )
    op.create_table(
        "programme_category",
        sa.Column("programme_id", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_category_programme_id")
        ),
        sa.PrimaryKeyConstraint("programme_id", "code", name=op.f("pk_programme_category")),
    )
    op.create_table(
        "programme_party",
        sa.Column("programme_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("reimburses", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_party_programme_id")
        ),
        sa.PrimaryKeyConstraint("programme_id", "position", name=op.f("pk_programme_party")),
    )
    op.create_table(
        "budget_line",
        sa.Column("programme_id", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("from_cny", sa.BigInteger(), nullable=False),
        sa.Column("to_cny", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id", "category"],
            ["programme_category.programme_id", "programme_category.code"],
            name=op.f("fk_budget_line_programme_id_category"),
        ),
        sa.PrimaryKeyConstraint("programme_id", "year", "category", name=op.f("pk_budget_line")),
    )
    op.create_table(
        "reimbursement_claim",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("programme_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount_cny", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["app_user.id"], name=op.f("fk_reimbursement_claim_made_by")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id", "position"],
            ["programme_party.programme_id", "programme_party.position"],
            name=op.f("fk_reimbursement_claim_programme_id_position"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reimbursement_claim")),
    )
    op.create_index(
        op.f("ix_reimbursement_claim_programme_id"),
        "reimbursement_claim",
        ["programme_id"],
        unique=False,
    )
    op.create_table(
        "budget_entry",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("programme_id", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_cny", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("school_code", sa.String(), nullable=True),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("fund_code", sa.String(), nullable=True),
        sa.Column("counters_id", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["counters_id"], ["budget_entry.id"], name=op.f("fk_budget_entry_counters_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_budget_entry_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["fund_code"], ["fund.organisation_code"], name=op.f("fk_budget_entry_fund_code")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["app_user.id"], name=op.f("fk_budget_entry_made_by")),
        sa.ForeignKeyConstraint(
            ["programme_id", "category"],
            ["programme_category.programme_id", "programme_category.code"],
            name=op.f("fk_budget_entry_programme_id_category"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_budget_entry_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_entry")),
    )
    op.create_index(op.f("ix_budget_entry_device_id"), "budget_entry", ["device_id"], unique=False)
    op.create_index(op.f("ix_budget_entry_fund_code"), "budget_entry", ["fund_code"], unique=False)
    op.create_index(
        "ix_budget_entry_programme_id_year_category",
        "budget_entry",
        ["programme_id", "year", "category"],
        unique=False,
    )
    op.create_index(
        op.f("ix_budget_entry_school_code"), "budget_entry", ["school_code"], unique=False
    )
    op.create_index("uq_budget_entry_counters_id", "budget_entry", ["counters_id"], unique=True)
    op.create_table(
        "fund_entry",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_cny", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("budget_entry_id", sa.String(), nullable=True),
        sa.Column("counters_id", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["budget_entry_id"], ["budget_entry.id"], name=op.f("fk_fund_entry_budget_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["counters_id"], ["fund_entry.id"], name=op.f("fk_fund_entry_counters_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["app_user.id"], name=op.f("fk_fund_entry_made_by")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["fund.organisation_code"],
            name=op.f("fk_fund_entry_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_entry")),
    )
    op.create_index(
        op.f("ix_fund_entry_budget_entry_id"), "fund_entry", ["budget_entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_fund_entry_organisation_code"), "fund_entry", ["organisation_code"], unique=False
    )
    op.create_index("uq_fund_entry_counters_id", "fund_entry", ["counters_id"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_fund_entry_budget_entry_id"), table_name="fund_entry")
    op.drop_index(op.f("ix_fund_entry_organisation_code"), table_name="fund_entry")
    op.drop_index("uq_fund_entry_counters_id", table_name="fund_entry")
    op.drop_table("fund_entry")
    op.drop_index(op.f("ix_budget_entry_device_id"), table_name="budget_entry")
    op.drop_index(op.f("ix_budget_entry_fund_code"), table_name="budget_entry")
    op.drop_index("ix_budget_entry_programme_id_year_category", table_name="budget_entry")
    op.drop_index(op.f("ix_budget_entry_school_code"), table_name="budget_entry")
    op.drop_index("uq_budget_entry_counters_id", table_name="budget_entry")
    op.drop_table("budget_entry")
    op.drop_index(op.f("ix_reimbursement_claim_programme_id"), table_name="reimbursement_claim")
    op.drop_table("reimbursement_claim")
    op.drop_table("budget_line")
    op.drop_table("programme_party")
    op.drop_table("programme_category")
    op.drop_index(op.f("ix_programme_organisation_code"), table_name="programme")
    op.drop_table("programme")
    op.drop_index(op.f("ix_per_pupil_rule_organisation_code"), table_name="per_pupil_rule")
    op.drop_table("per_pupil_rule")
    op.drop_table("fund")
    op.drop_table("depreciation_rule")
