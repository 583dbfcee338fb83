"""Where reports come from, and how their rows are named so that a replay makes none twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from drivers.readings import Report


@dataclass(frozen=True, slots=True)
class Source:
    """The batch that reports came in.

    Args:
        schools: codes the agent is authorised for.
    """

    agent: str
    epoch: str
    sequence: int
    schools: frozenset[str]
    now: datetime

    def name(self, place: int) -> str:
        """The same 40 characters whenever the same batch comes."""
        text = f"{self.agent}/{self.epoch}/{self.sequence}/{place}"
        return sha256(text.encode()).hexdigest()[:40]


#: Stores the reports of one kind, with their places in the batch; returns how many it left out.
Recorder = Callable[[Session, Source, Sequence[tuple[int, Report]]], int]


def insert_once(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows whose keys are not there yet."""
    if not rows:
        return
    connection = session.connection()
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    connection.execute(insert.on_conflict_do_nothing(), rows)
