"""The register: series and ledger of everything that has left the arrival files, in one file."""

from collections.abc import Sequence

import duckdb

from controller.metrics.files import known_as

#: Runs of sequence numbers that touch or overlap become one; ``heard`` is the epoch's newest.
_RUNS = """
SELECT agent, epoch, min(first) AS first, max(last) AS last, max(heard_at) AS heard_at
FROM (
    SELECT *, sum(CASE WHEN first <= before + 1 THEN 0 ELSE 1 END)
        OVER (PARTITION BY agent, epoch ORDER BY first, last ROWS UNBOUNDED PRECEDING) AS run
    FROM (
        SELECT *, max(last) OVER (
            PARTITION BY agent, epoch ORDER BY first, last
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
        FROM ({heard})
    )
)
GROUP BY agent, epoch, run
"""


def write_register(
    cursor: duckdb.DuckDBPyConnection,
    out: str,
    old: str | None,
    arrivals: Sequence[str],
    forget_before: int,
) -> list[tuple[str, str]]:
    """Fill a new register from the old one and some arrivals.

    Args:
        cursor: to write with.
        out: the new file, attached and empty.
        old: name of the register so far.
        arrivals: names of the files whose series and ledger it takes over.
        forget_before: epochs of which nothing was stored since are left out.

    Returns:
        The (agent, epoch) left out.
    """
    cursor.execute(
        f"CREATE TABLE {out}.series (id INTEGER, subject VARCHAR, metric VARCHAR, part VARCHAR)"
    )
    last = 0
    for name in (*(() if old is None else (old,)), *arrivals):
        # Copied as it lies, without a sort of millions of names: numbers only grow, so what a file
        # brings new comes after what the ones before it brought.
        cursor.execute(f"INSERT INTO {out}.series {series_in(name, ())} WHERE id > {last}")
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {out}.series")  # noqa: S608
        last = int((cursor.fetchone() or (0,))[0])
    runs = runs_in(old, arrivals)
    newest = "max(heard_at) OVER (PARTITION BY agent, epoch)"
    cursor.execute(
        f"CREATE TABLE {out}.ledger AS SELECT * FROM ({runs})"  # noqa: S608
        f" QUALIFY {newest} >= {int(forget_before)}"
    )
    return cursor.execute(
        f"SELECT DISTINCT agent, epoch FROM ({runs}) QUALIFY {newest} < {int(forget_before)}"  # noqa: S608
    ).fetchall()


def series_in(register: str | None, arrivals: Sequence[str]) -> str:
    """The query of the series (id, subject, metric, part) in some files; some may repeat."""
    files = (*(() if register is None else (register,)), *arrivals)
    return " UNION ALL ".join(
        f"SELECT id, subject, metric, part FROM {known_as(name)}.series"  # noqa: S608
        for name in files
    )


def runs_in(register: str | None, arrivals: Sequence[str]) -> str:
    """The query of the runs (agent, epoch, first, last, heard_at) of stored batches in files."""
    heard = [
        f"SELECT agent, epoch, sequence AS first, sequence AS last, stored_at AS heard_at"  # noqa: S608
        f" FROM {known_as(name)}.ledger"
        for name in arrivals
    ]
    if register is not None:
        heard.append(f"SELECT * FROM {known_as(register)}.ledger")  # noqa: S608
    return _RUNS.format(heard=" UNION ALL ".join(heard))


def heard_in(arrivals: Sequence[str]) -> str:
    """The query of the (agent, epoch) in the ledgers of some arrivals."""
    return " UNION ".join(
        f"SELECT DISTINCT agent, epoch FROM {known_as(name)}.ledger"  # noqa: S608
        for name in arrivals
    )
