"""Changes of tables that others read and write meanwhile: what scripts use instead of ``op``.

The rule is in ``docs/decisions/0031-migrations-beside-old-controllers.md``.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def create_index(
    name: str, table: str, columns: Sequence[str], *, unique: bool = False, where: str | None = None
) -> None:
    """Make an index without keeping writers waiting.

    On PostgreSQL ``CREATE INDEX CONCURRENTLY``, in a transaction of its own: what a script did
    before is committed first, so every step of such a script may be done twice. An index that an
    attempt before left half made is made anew.
    """
    partial = sa.text(where) if where is not None else None
    connection = op.get_bind()
    # Somebody else's transaction cannot be ended here; a test's own database has no others.
    if connection.dialect.name != "postgresql" or op.get_context()._in_external_transaction:
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            sqlite_where=partial,
            postgresql_where=partial,
        )
        return
    with op.get_context().autocommit_block():
        # It waits for whoever began before; nobody waits for it.
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            postgresql_where=partial,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")
