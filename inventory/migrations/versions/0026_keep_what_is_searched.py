"""Keep what is searched of everything, and note what has changed.

Revision: 0026, after 0025.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

#: Kind of the thing that is noted; its table, the column with its key, the columns that count.
WATCHED = (
    (
        "device",
        "device",
        "id",
        [
            "name",
            "vendor",
            "model",
            "serial",
            "asset_number",
            "address",
            "custodian",
            "school_code",
        ],
    ),
    ("device", "device_mac", "device_id", ["device_id", "mac"]),
    ("school", "school", "code", ["name", "name_en", "address"]),
    ("room", "room", "id", ["name", "building", "school_code"]),
    ("line", "line", "id", ["circuit", "provider", "school_code"]),
    ("ticket", "ticket", "id", ["number", "title", "school_code"]),
    ("person", "app_user", "id", ["login", "name"]),
    ("person", "role_grant", "user_id", ["user_id", "scope_path"]),
)


def note(kind: str, key: str) -> str:
    return f"INSERT INTO search_stale (kind, ref) VALUES ('{kind}', {key});"  # noqa: S608


def note_school(row: str) -> str:
    """Everything of a school: it lies elsewhere now."""
    return (
        "INSERT INTO search_stale (kind, ref) SELECT kind, ref FROM search_document"  # noqa: S608
        f" WHERE school_code = {row}.code;"
    )


def postgresql() -> Iterator[str]:
    for kind, table, key, columns in WATCHED:
        yield f"""
        CREATE FUNCTION note_search_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                {note(kind, f"OLD.{key}")}
            ELSE
                {note(kind, f"NEW.{key}")}
            END IF;
            RETURN NULL;
        END $$
        """
        yield (
            f"CREATE TRIGGER note_search AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)}"
            f" ON {table} FOR EACH ROW EXECUTE FUNCTION note_search_of_{table}()"
        )
    yield f"""
        CREATE FUNCTION note_search_of_moved_school() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {note_school("NEW")}
            RETURN NULL;
        END $$
        """
    yield (
        "CREATE TRIGGER note_search_of_moved AFTER UPDATE OF path ON school FOR EACH ROW"
        " WHEN (OLD.path IS DISTINCT FROM NEW.path)"
        " EXECUTE FUNCTION note_search_of_moved_school()"
    )
    # By the letter: the terms are no language, and the order of one costs time.
    yield (
        "CREATE INDEX ix_search_document_terms ON search_document"
        " USING gin (string_to_array(terms, ' '))"
    )


def sqlite() -> Iterator[str]:
    for kind, table, key, columns in WATCHED:
        yield (
            f"CREATE TRIGGER note_search_of_new_{table} AFTER INSERT ON {table}"
            f" BEGIN {note(kind, f'NEW.{key}')} END"
        )
        yield (
            f"CREATE TRIGGER note_search_of_{table} AFTER UPDATE OF {', '.join(columns)}"
            f" ON {table} BEGIN {note(kind, f'NEW.{key}')} END"
        )
        yield (
            f"CREATE TRIGGER note_search_of_gone_{table} AFTER DELETE ON {table}"
            f" BEGIN {note(kind, f'OLD.{key}')} END"
        )
    yield (
        "CREATE TRIGGER note_search_of_moved_school AFTER UPDATE OF path ON school"
        f" WHEN OLD.path <> NEW.path BEGIN {note_school('NEW')} END"
    )
    # Every character beyond ASCII is part of a term, and so are these.
    yield (
        "CREATE VIRTUAL TABLE search_fts USING fts5(terms, content='search_document',"
        " content_rowid='id', detail=none, columnsize=0,"
        " tokenize=\"ascii tokenchars '^<=@/#-'\")"
    )
    new = "INSERT INTO search_fts (rowid, terms) VALUES (NEW.id, NEW.terms);"
    old = "INSERT INTO search_fts (search_fts, rowid, terms) VALUES ('delete', OLD.id, OLD.terms);"
    on = "ON search_document BEGIN"
    yield f"CREATE TRIGGER keep_search_fts_of_new AFTER INSERT {on} {new} END"
    yield f"CREATE TRIGGER keep_search_fts_of_gone AFTER DELETE {on} {old} END"
    yield f"CREATE TRIGGER keep_search_fts AFTER UPDATE OF terms {on} {old} {new} END"


def upgrade() -> None:
    terms = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("terms", terms, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
    )
    op.create_index("uq_search_document_kind_ref", "search_document", ["kind", "ref"], unique=True)
    op.create_index("ix_search_document_school_code", "search_document", ["school_code"])
    op.create_table(
        "search_stale",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_stale")),
    )
    for statement in postgresql() if _on_postgresql() else sqlite():
        op.execute(statement)


def downgrade() -> None:
    if _on_postgresql():
        op.execute("DROP TRIGGER note_search_of_moved ON school")
        op.execute("DROP FUNCTION note_search_of_moved_school()")
        for _, table, _, _ in WATCHED:
            op.execute(f"DROP TRIGGER note_search ON {table}")
            op.execute(f"DROP FUNCTION note_search_of_{table}()")
    else:
        op.execute("DROP TRIGGER note_search_of_moved_school")
        for _, table, _, _ in WATCHED:
            for which in ("new_", "", "gone_"):
                op.execute(f"DROP TRIGGER note_search_of_{which}{table}")
        op.execute("DROP TABLE search_fts")
    op.drop_table("search_stale")
    op.drop_table("search_document")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
