"""What the store holds in memory, read from its files: series, ledger and newest values."""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.blocks import BlockNumbers
from controller.metrics.catalogue import Catalogue
from controller.metrics.files import known_as
from controller.metrics.latest import LatestValues
from controller.metrics.ledger import Ledger
from controller.metrics.manifest import Manifest
from controller.metrics.reading import Source
from controller.metrics.register import runs_in, series_in

#: After a start the newest values of one of these times are held in memory, older ones looked up:
#: of the longest that has no more than ``WARM_ROWS`` samples in sorted files.
WARM_MILLISECONDS = (24 * 3_600_000, 6 * 3_600_000, 3_600_000, 900_000)
WARM_ROWS = 40_000_000
_FOREVER = 1 << 62


class Memory:
    """All that appending needs to know at once."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.blocks = BlockNumbers(self.catalogue)
        self.ledger = Ledger()
        self.latest = LatestValues()

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]:
        """Newest (time, value) of the (subject, part) at which it is past a level, on one side.

        After a start only of what has come since, and of the hours that are kept here.
        """
        numbers, times, values = self.latest.beyond(
            self.catalogue.numbers_of(metric), level, above=above, since=since
        )
        names = self.catalogue.names(numbers)
        return {
            (subject, part): (at, value)
            for (subject, _, part), at, value in zip(
                names, times.tolist(), values.tolist(), strict=True
            )
        }


def recall(cursor: duckdb.DuckDBPyConnection, manifest: Manifest, now: int) -> Memory:
    """Fill the memory from the files."""
    memory = Memory()
    _recall_series(cursor, memory.catalogue, series_in(manifest.register, manifest.arrivals))
    for agent, epoch, first, last, _ in cursor.execute(
        runs_in(manifest.register, manifest.arrivals)
    ).fetchall():
        memory.ledger.add_run(agent, epoch, first, last)
    if not len(memory.catalogue):
        return memory
    source = _warm(manifest, now)
    memory.latest = LatestValues(source.start)
    samples = source.samples("true")
    newest = cursor.execute(
        "SELECT series, max(taken_at) AS taken_at, arg_max(value, taken_at) AS value"  # noqa: S608
        f" FROM ({samples}) GROUP BY series"
    ).fetchnumpy()
    memory.latest.update(newest["series"], newest["taken_at"], newest["value"])
    return memory


def _warm(manifest: Manifest, now: int) -> Source:
    """What is looked through for newest values."""
    for span in WARM_MILLISECONDS:
        source = Source(manifest, now - span, _FOREVER)
        if source.rows <= WARM_ROWS:
            break
    return source


def _recall_series(cursor: duckdb.DuckDBPyConnection, catalogue: Catalogue, series: str) -> None:
    """Fill the catalogue; DuckDB tells equal names apart, so that each becomes a text once."""
    subject = f"SELECT DISTINCT subject FROM ({series})"  # noqa: S608
    pair = f"SELECT DISTINCT metric, part FROM ({series})"  # noqa: S608
    place = "(row_number() OVER () - 1)::INTEGER AS place"
    for table, each in (("one_subject", subject), ("one_pair", pair)):
        cursor.execute(f"CREATE TEMP TABLE {table} AS SELECT *, {place} FROM ({each})")  # noqa: S608
    try:
        subjects = _columns(cursor, "SELECT subject FROM one_subject ORDER BY place")
        pairs = _columns(cursor, "SELECT metric, part FROM one_pair ORDER BY place")
        found = _columns(
            cursor,
            "SELECT id, one_subject.place AS subject, one_pair.place AS pair"  # noqa: S608
            f" FROM ({series}) JOIN one_subject USING (subject) JOIN one_pair USING (metric, part)",
        )
    finally:
        cursor.execute("DROP TABLE one_subject")
        cursor.execute("DROP TABLE one_pair")
    catalogue.restore(
        subjects["subject"].tolist(),
        list(zip(pairs["metric"].tolist(), pairs["part"].tolist(), strict=True)),
        (found["id"], found["subject"], found["pair"]),
    )


def _columns(cursor: duckdb.DuckDBPyConnection, query: str) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(column) for name, column in cursor.execute(query).fetchnumpy().items()}


def rows_in(cursor: duckdb.DuckDBPyConnection, arrival: str) -> int:
    """How many samples are in an arrival file."""
    found = cursor.execute(f"SELECT count(*) FROM {known_as(arrival)}.sample").fetchone()  # noqa: S608
    return found[0] if found else 0
