"""What DuckDB keeps in memory: much while it is asked something, little in between.

DuckDB keeps every block it wrote or read as long as its limit allows, and its allocator what was
freed. What arrives in a city would fill any limit, to be read by nobody. A lower limit makes both
let go; it is set for a moment when nothing runs that might need more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

import duckdb

#: What is kept when nobody asks: blocks that the next question is likely to be about.
AT_REST = "64MB"


class Room:
    """Lets queries have the whole limit, and gives back what they leave behind.

    Args:
        connection: its cursors ask.
        memory_limit: what queries may take together, such as ``1GB``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, memory_limit: str) -> None:
        self._connection = connection
        self._memory_limit = memory_limit
        self._lock = Lock()
        self._asking = 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While this is open the limit stays."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    def give_back(self) -> bool:
        """Let go what is kept; whether nobody was asking. Nobody may be writing."""
        with self._lock:
            if self._asking:
                return False
            with self._connection.cursor() as cursor:
                with suppress(duckdb.OutOfMemoryException):  # some of it is still held
                    cursor.execute(f"SET memory_limit = '{AT_REST}'")
                cursor.execute(f"SET memory_limit = '{self._memory_limit}'")
        return True
