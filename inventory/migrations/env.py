"""What Alembic runs; ``inventory.migrations`` passes the connection."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum
from sqlalchemy.types import TypeDecorator
from sqlmodel.sql.sqltypes import AutoString

from inventory.migrations import said_by_models
from inventory.models.base import metadata


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write types of our own as what they are in a database, so that scripts import nothing."""
    if kind != "type":
        return False
    if isinstance(item, AutoString | Enum):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_item=render_item,
    compare_type=True,
    include_name=said_by_models,
    # Each script is committed by itself where nobody has begun a transaction around them all.
    transaction_per_migration=True,
)
if connection.in_transaction():
    context.run_migrations()
else:
    with context.begin_transaction():
        context.run_migrations()
