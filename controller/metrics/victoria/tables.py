"""What the VictoriaMetrics store keeps in PostgreSQL: its ledger and its journal."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, func, text
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime

_WAITS = text("delivered_to IS NULL AND refusal = ''")


class MetricRun(SQLModel, table=True):
    """Batches ``first`` to ``last`` of one agent's epoch are stored; gaps part two runs."""

    __tablename__ = "metric_run"

    agent: str = Field(primary_key=True, max_length=255)
    epoch: str = Field(primary_key=True, max_length=255)
    first: int = Field(sa_type=BigInteger, primary_key=True)
    last: int = Field(sa_type=BigInteger)


class MetricJournal(SQLModel, table=True):
    """One remote-write request, kept until the metric server has it on disk for certain."""

    __tablename__ = "metric_journal"
    __table_args__ = (
        Index("ix_metric_journal_waits", "id", postgresql_where=_WAITS, sqlite_where=_WAITS),
    )

    id: int = Field(default=None, sa_type=BigInteger, primary_key=True)
    written_at: datetime = Field(
        sa_type=UtcDateTime, sa_column_kwargs={"server_default": func.now()}
    )
    #: The request, protobuf, compressed with zstd.
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: Bytes of ``body``, so that the size of the journal is known without reading it.
    size: int
    samples: int
    #: When the server's process began that took it; empty while it waits.
    delivered_to: int | None = Field(default=None, sa_type=BigInteger)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Why the server will never take it; empty while there is hope.
    refusal: str = Field(default="", max_length=255, sa_column_kwargs={"server_default": ""})
