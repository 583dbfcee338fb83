"""What is searched of everything, and what has changed since it was written down."""

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

#: Compared byte by byte: terms are looked up, never shown in an order.
_TERMS = Text().with_variant(Text(collation="C"), "postgresql")


class SearchDocument(SQLModel, table=True):
    """One thing that can be found; ``inventory.search`` writes it and nothing else does.

    Migrations add what no table of Python can say: on SQLite a full text table (FTS5) over
    ``terms`` that triggers keep, on PostgreSQL a GIN index over the same terms as an array.
    """

    __tablename__ = "search_document"
    __table_args__ = (Index("uq_search_document_kind_ref", "kind", "ref", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    #: Name of its source: ``device``, ``school``, ``ticket``.
    kind: str = Field(max_length=16)
    #: Its key there.
    ref: str = Field(max_length=32)
    #: ``None`` for what belongs to no school.
    school_code: str | None = Field(default=None, index=True, max_length=32)
    #: What is searched of it, folded (``inventory.search.terms``), a line each.
    words: str = Field(sa_type=Text)
    #: What the index holds of it, parted by blanks.
    terms: str = Field(sa_type=_TERMS)


class SearchStale(SQLModel, table=True):
    """Something that was made, changed or deleted, and whose document is not yet so.

    Triggers of the database write the rows, in the transaction of the change.
    """

    __tablename__ = "search_stale"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    ref: str = Field(max_length=32)
