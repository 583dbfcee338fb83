"""Count ahead what pages over a whole city show.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = ("name", "address", "serial", "asset_number", "model", "id")


def words(row: str, line_end: str) -> str:
    """SQL for what is searched of a device."""
    texts = f" || {line_end} || ".join(f"coalesce({row}.{column}, '')" for column in COLUMNS)
    return f"lower({texts})"


POSTGRESQL = (
    f"""
    CREATE FUNCTION keep_device_search() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            DELETE FROM device_search WHERE device_id = OLD.id;
            RETURN OLD;
        END IF;
        INSERT INTO device_search (device_id, words) VALUES (NEW.id, {words("NEW", "chr(10)")})
            ON CONFLICT (device_id) DO UPDATE SET words = excluded.words;
        RETURN NEW;
    END $$
    """,  # noqa: S608 - names of ours
    f"""
    CREATE TRIGGER keep_device_search AFTER INSERT OR DELETE OR UPDATE OF {", ".join(COLUMNS)}
    ON device FOR EACH ROW EXECUTE FUNCTION keep_device_search()
    """,
)
SQLITE = (
    f"""
    CREATE TRIGGER keep_device_search_of_new AFTER INSERT ON device BEGIN
        INSERT OR REPLACE INTO device_search (device_id, words)
            VALUES (NEW.id, {words("NEW", "char(10)")});
    END
    """,  # noqa: S608 - names of ours
    f"""
    CREATE TRIGGER keep_device_search AFTER UPDATE OF {", ".join(COLUMNS)} ON device BEGIN
        INSERT OR REPLACE INTO device_search (device_id, words)
            VALUES (NEW.id, {words("NEW", "char(10)")});
    END
    """,  # noqa: S608 - names of ours
    """
    CREATE TRIGGER keep_device_search_of_gone AFTER DELETE ON device BEGIN
        DELETE FROM device_search WHERE device_id = OLD.id;
    END
    """,
)


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    _create_tables()
    op.add_column(
        "device", sa.Column("status_rank", sa.SmallInteger(), nullable=False, server_default="40")
    )
    for statement in POSTGRESQL if postgresql else SQLITE:
        op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "school_summary",
        sa.Column("school_code", sa.String(length=32), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("healthy", "off", "degraded", "down", "silent", "unknown")
        ),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("line_id", sa.String(length=20), nullable=True),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("download", sa.Float(), nullable=True),
        sa.Column("upload", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_school_summary_school_code")
        ),
        sa.PrimaryKeyConstraint("school_code", name=op.f("pk_school_summary")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "summary_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_time")),
    )
    op.create_table(
        "device_search",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_search")),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER keep_device_search ON device")
        op.execute("DROP FUNCTION keep_device_search()")
    else:
        for end in ("", "_of_new", "_of_gone"):
            op.execute(f"DROP TRIGGER keep_device_search{end}")
    op.drop_column("device", "status_rank")
    op.drop_table("device_search")
    op.drop_table("summary_time")
    op.drop_table("school_summary")
