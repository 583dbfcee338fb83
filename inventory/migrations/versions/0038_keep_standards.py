"""Keep standards, whom they bind, and what verdicts leave out.

Revision: 0038, after 0037.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_standard",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.Column("copied_from", sa.String(length=48), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_kept_standard_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_standard")),
        sa.UniqueConstraint("code", "version", name="uq_kept_standard_code"),
    )
    op.create_index(
        op.f("ix_kept_standard_organisation_code"),
        "kept_standard",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "tolerance_policy",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("document_number", sa.String(length=100), nullable=False),
        sa.Column("test_share", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("pass_share", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.Column("adopted_by", sa.String(length=100), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_tolerance_policy_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tolerance_policy")),
    )
    op.create_index(
        op.f("ix_tolerance_policy_organisation_code"),
        "tolerance_policy",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "measurement_exclusion",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("approved_by", sa.String(length=100), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=100), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_measurement_exclusion_one_owner"),
        ),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_measurement_exclusion_forwards")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_measurement_exclusion_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_measurement_exclusion_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement_exclusion")),
    )
    op.create_index(
        op.f("ix_measurement_exclusion_ends_at"), "measurement_exclusion", ["ends_at"], unique=False
    )
    op.create_index(
        op.f("ix_measurement_exclusion_organisation_code"),
        "measurement_exclusion",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_measurement_exclusion_school_code"),
        "measurement_exclusion",
        ["school_code"],
        unique=False,
    )
    op.create_table(
        "school_exemption",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("approved_by", sa.String(length=100), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_school_exemption_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_exemption")),
    )
    op.create_index(
        op.f("ix_school_exemption_school_code"), "school_exemption", ["school_code"], unique=False
    )
    op.create_table(
        "standard_answer",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("standard_id", sa.String(length=20), nullable=False),
        sa.Column("question", sa.String(length=48), nullable=False),
        sa.Column("answer", sa.String(length=48), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_standard_answer_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["kept_standard.id"], name=op.f("fk_standard_answer_standard_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_answer")),
    )
    op.create_index(
        op.f("ix_standard_answer_organisation_code"),
        "standard_answer",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_standard_answer_standard_id"), "standard_answer", ["standard_id"], unique=False
    )
    op.create_table(
        "standard_binding",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("standard_id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.Column("setting", sa.String(length=32), nullable=True),
        sa.Column("form", sa.String(length=32), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_standard_binding_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_standard_binding_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_standard_binding_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["kept_standard.id"], name=op.f("fk_standard_binding_standard_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_binding")),
    )
    op.create_index(
        op.f("ix_standard_binding_organisation_code"),
        "standard_binding",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_standard_binding_school_code"), "standard_binding", ["school_code"], unique=False
    )
    op.create_index(
        op.f("ix_standard_binding_standard_id"), "standard_binding", ["standard_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_standard_binding_standard_id"), table_name="standard_binding")
    op.drop_index(op.f("ix_standard_binding_school_code"), table_name="standard_binding")
    op.drop_index(op.f("ix_standard_binding_organisation_code"), table_name="standard_binding")
    op.drop_table("standard_binding")
    op.drop_index(op.f("ix_standard_answer_standard_id"), table_name="standard_answer")
    op.drop_index(op.f("ix_standard_answer_organisation_code"), table_name="standard_answer")
    op.drop_table("standard_answer")
    op.drop_index(op.f("ix_school_exemption_school_code"), table_name="school_exemption")
    op.drop_table("school_exemption")
    op.drop_index(op.f("ix_measurement_exclusion_school_code"), table_name="measurement_exclusion")
    op.drop_index(
        op.f("ix_measurement_exclusion_organisation_code"), table_name="measurement_exclusion"
    )
    op.drop_index(op.f("ix_measurement_exclusion_ends_at"), table_name="measurement_exclusion")
    op.drop_table("measurement_exclusion")
    op.drop_index(op.f("ix_tolerance_policy_organisation_code"), table_name="tolerance_policy")
    op.drop_table("tolerance_policy")
    op.drop_index(op.f("ix_kept_standard_organisation_code"), table_name="kept_standard")
    op.drop_table("kept_standard")
