"""What the store holds in memory, read from its files: series, ledger and newest values."""

from dataclasses import dataclass, field

import duckdb

from controller.metrics.catalogue import Catalogue
from controller.metrics.files import known_as
from controller.metrics.latest import LatestValues
from controller.metrics.ledger import Ledger
from controller.metrics.manifest import Manifest
from controller.metrics.reading import Source
from controller.metrics.register import runs_in, series_in

#: After a start the newest values of this long are held in memory; older ones are looked up.
WARM_MILLISECONDS = 24 * 3_600_000
_FOREVER = 1 << 62


@dataclass
class Memory:
    """All that appending needs to know at once."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    ledger: Ledger = field(default_factory=Ledger)
    latest: LatestValues = field(default_factory=LatestValues)


def recall(cursor: duckdb.DuckDBPyConnection, manifest: Manifest, now: int) -> Memory:
    """Fill the memory from the files."""
    memory = Memory()
    cursor.execute(series_in(manifest.register, manifest.arrivals))
    while rows := cursor.fetchmany(100_000):
        for row in rows:
            memory.catalogue.load(*row)
    for agent, epoch, first, last, _ in cursor.execute(
        runs_in(manifest.register, manifest.arrivals)
    ).fetchall():
        memory.ledger.add_run(agent, epoch, first, last)
    if not len(memory.catalogue):
        return memory
    memory.latest = LatestValues(now - WARM_MILLISECONDS)
    samples = Source(manifest, memory.latest.horizon, _FOREVER).samples("true")
    newest = cursor.execute(
        "SELECT series, max(taken_at) AS taken_at, arg_max(value, taken_at) AS value"  # noqa: S608
        f" FROM ({samples}) GROUP BY series"
    ).fetchnumpy()
    memory.latest.update(newest["series"], newest["taken_at"], newest["value"])
    return memory


def rows_in(cursor: duckdb.DuckDBPyConnection, arrival: str) -> int:
    """How many samples are in an arrival file."""
    found = cursor.execute(f"SELECT count(*) FROM {known_as(arrival)}.sample").fetchone()  # noqa: S608
    return found[0] if found else 0
