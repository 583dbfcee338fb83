"""Keep editions of reports, which never change once they are frozen.

Revision: 0046, after 0045.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_FROZEN = "a frozen edition never changes"
_WRITTEN = "what was written of an edition stays"
#: Parts of an edition: none comes, goes or changes once it is frozen.
_PARTS = ("edition_step", "edition_school", "edition_document", "edition_appeal")
#: Rows that stay as they were written, frozen or not.
_KEPT = ("edition_step", "edition_scan")


def upgrade() -> None:
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
    else:
        _refuse_on_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER edition_frozen ON report_edition")
        for table in _PARTS:
            op.execute(f"DROP TRIGGER {table}_frozen ON {table}")
        for table in _KEPT:
            op.execute(f"DROP TRIGGER {table}_kept ON {table}")
        for name in ("edition_frozen", "edition_part_frozen", "edition_row_kept"):
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_index(op.f("ix_edition_step_edition_id_at"), table_name="edition_step")
    op.drop_table("edition_step")
    op.drop_index(op.f("ix_edition_school_school_code"), table_name="edition_school")
    op.drop_table("edition_school")
    op.drop_index(op.f("ix_edition_scan_edition_id"), table_name="edition_scan")
    op.drop_table("edition_scan")
    op.drop_table("edition_run")
    op.drop_table("edition_document")
    op.drop_index(op.f("ix_edition_appeal_edition_id_round"), table_name="edition_appeal")
    op.drop_index(op.f("ix_edition_appeal_school_code"), table_name="edition_appeal")
    op.drop_table("edition_appeal")
    op.drop_index(op.f("ix_report_edition_opened_at"), table_name="report_edition")
    op.drop_index(op.f("ix_report_edition_organisation_code"), table_name="report_edition")
    op.drop_index(op.f("ix_report_edition_school_code"), table_name="report_edition")
    op.drop_index(op.f("ix_report_edition_state"), table_name="report_edition")
    op.drop_index(op.f("ix_report_edition_supersedes_id"), table_name="report_edition")
    op.drop_table("report_edition")


def _refuse_on_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER edition_frozen_{verb.lower()} BEFORE {verb} ON report_edition"
            f" WHEN OLD.state = 'frozen' BEGIN SELECT RAISE(ABORT, '{_FROZEN}'); END"
        )
        for table in _KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_kept_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{_WRITTEN}'); END"
            )
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    for table in _PARTS:
        for verb, sides in rows.items():
            either = ", ".join(f"{side}.edition_id" for side in sides)
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{verb.lower()} BEFORE {verb} ON {table}"  # noqa: S608 - names of ours
                f" WHEN EXISTS (SELECT 1 FROM report_edition WHERE id IN ({either})"
                f" AND state = 'frozen') BEGIN SELECT RAISE(ABORT, '{_FROZEN}'); END"
            )


def _refuse_on_postgresql() -> None:
    refuse = "RAISE EXCEPTION '{}' USING ERRCODE = 'integrity_constraint_violation'"
    function = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$"
    op.execute(function.format("edition_frozen", refuse.format(_FROZEN) + ";"))
    op.execute(function.format("edition_row_kept", refuse.format(_WRITTEN) + ";"))
    found = "EXISTS (SELECT 1 FROM report_edition WHERE id = {}.edition_id AND state = 'frozen')"
    old, new = found.format("OLD"), found.format("NEW")
    op.execute(
        function.format(
            "edition_part_frozen",
            f"IF TG_OP <> 'INSERT' THEN IF {old} THEN {refuse.format(_FROZEN)}; END IF; END IF;"
            f" IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;"
            f" IF {new} THEN {refuse.format(_FROZEN)}; END IF;"
            " RETURN NEW;",
        )
    )
    op.execute(
        "CREATE TRIGGER edition_frozen BEFORE UPDATE OR DELETE ON report_edition FOR EACH ROW"
        " WHEN (OLD.state = 'frozen') EXECUTE FUNCTION edition_frozen()"
    )
    for table in _PARTS:
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION edition_part_frozen()"
        )
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION edition_row_kept()"
        )


def _tables() -> None:
    op.create_table(
        "report_edition",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("opened_by", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeals_until", sa.Date(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=20), nullable=False),
        sa.Column("document_number", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("signed_by", sa.String(length=20), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.Column("states", sa.String(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(organisation_code IS NULL) <> (school_code IS NULL)",
            name=op.f("ck_report_edition_one_owner"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_report_edition_forwards")),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_report_edition_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_report_edition_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["report_edition.id"], name=op.f("fk_report_edition_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edition")),
        sa.UniqueConstraint("path", "kind", "first_day", "number", name="uq_report_edition_path"),
    )
    op.create_index("ix_report_edition_opened_at", "report_edition", ["opened_at"], unique=False)
    op.create_index(
        op.f("ix_report_edition_organisation_code"),
        "report_edition",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_report_edition_school_code"), "report_edition", ["school_code"], unique=False
    )
    op.create_index(op.f("ix_report_edition_state"), "report_edition", ["state"], unique=False)
    op.create_index(
        op.f("ix_report_edition_supersedes_id"), "report_edition", ["supersedes_id"], unique=False
    )
    op.create_table(
        "edition_appeal",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.String(length=20), nullable=False),
        sa.Column("filed_name", sa.String(length=100), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("remedy", sa.String(length=32), nullable=True),
        sa.Column("exclusion_id", sa.String(length=20), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=20), nullable=False),
        sa.Column("answered_name", sa.String(length=100), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_appeal_edition_id")
        ),
        sa.ForeignKeyConstraint(
            ["exclusion_id"],
            ["measurement_exclusion.id"],
            name=op.f("fk_edition_appeal_exclusion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_edition_appeal_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_appeal")),
    )
    op.create_index(
        "ix_edition_appeal_edition_id_round",
        "edition_appeal",
        ["edition_id", "round"],
        unique=False,
    )
    op.create_index(
        op.f("ix_edition_appeal_school_code"), "edition_appeal", ["school_code"], unique=False
    )
    op.create_table(
        "edition_document",
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("is_packed", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_document_edition_id")
        ),
        sa.PrimaryKeyConstraint("edition_id", "round", "name", name=op.f("pk_edition_document")),
    )
    op.create_table(
        "edition_run",
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_run_edition_id")
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_edition_run")),
    )
    op.create_table(
        "edition_scan",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=20), nullable=False),
        sa.Column("uploaded_name", sa.String(length=100), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_scan_edition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_scan")),
    )
    op.create_index(
        op.f("ix_edition_scan_edition_id"), "edition_scan", ["edition_id"], unique=False
    )
    op.create_table(
        "edition_school",
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_school_edition_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_edition_school_school_code")
        ),
        sa.PrimaryKeyConstraint(
            "edition_id", "round", "school_code", name=op.f("pk_edition_school")
        ),
    )
    op.create_index(
        op.f("ix_edition_school_school_code"), "edition_school", ["school_code"], unique=False
    )
    op.create_table(
        "edition_step",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_edition.id"], name=op.f("fk_edition_step_edition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_step")),
    )
    op.create_index(
        "ix_edition_step_edition_id_at", "edition_step", ["edition_id", "at"], unique=False
    )
