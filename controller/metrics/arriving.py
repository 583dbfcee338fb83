"""Batches become arrays, and arrays rows of the arrival file."""

from collections.abc import Collection, Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.blocks import BlockNumbers
from controller.metrics.catalogue import Catalogue
from controller.metrics.store import Append, BatchKey

#: ``series``, ``taken_at`` and ``value`` of samples, equally long.
Columns = dict[str, NDArray[Any]]


def columns_of(batches: Collection[Append], catalogue: Catalogue, blocks: BlockNumbers) -> Columns:
    """The samples of some batches; gaps, and numbers that are not finite, are left out.

    Raises:
        ValueError: a column of a block is not as long as its parts.
    """
    subjects: list[int] = []
    shapes: list[int] = []
    sizes: list[int] = []
    times: list[int] = []
    values: list[float | None] = []
    for batch in batches:
        for rows in batch.rows:
            subject = catalogue.subject(rows.subject)
            for block in rows.blocks:
                length = len(block.parts)
                for column in block.columns.values():
                    if len(column) != length:
                        raise ValueError("a column of a block is not as long as its parts")
                    values += column
                subjects.append(subject)
                shapes.append(blocks.shape(block))
                sizes.append(length * len(block.columns))
                times.append(rows.at)
    lengths = np.array(sizes, dtype=np.int64)
    columns: Columns = {
        "series": blocks.numbers(subjects, shapes, lengths),
        "taken_at": np.repeat(np.array(times, dtype=np.int64), lengths),
        "value": np.array(values, dtype=np.float64),
    }
    finite = np.isfinite(columns["value"])
    return columns if finite.all() else {k: v[finite] for k, v in columns.items()}


def write_arrival(
    cursor: duckdb.DuckDBPyConnection,
    file: str,
    series: Sequence[tuple[int, str, str, str]],
    samples: Columns,
    *,
    keys: Sequence[BatchKey],
    now: int,
) -> None:
    """Put new series, samples and ledger entries into an arrival file, in one transaction.

    Args:
        cursor: of the connection that has the file.
        file: its name in a query.
        series: (number, subject, metric, part) not stored yet.
        samples: to be stored.
        keys: of the batches that these are all of.
        now: milliseconds, for the ledger.
    """
    cursor.execute("BEGIN")
    if series:
        _insert(cursor, f"{file}.series", _series_columns(series))
    if len(samples["series"]):
        _insert(cursor, f"{file}.sample", samples)
    if keys:
        cursor.execute(
            f"INSERT INTO {file}.ledger SELECT unnest($1::VARCHAR[]),"
            " unnest($2::VARCHAR[]), unnest($3::BIGINT[]), $4::BIGINT",
            [
                [key.agent for key in keys],
                [key.epoch for key in keys],
                [key.sequence for key in keys],
                now,
            ],
        )
    cursor.execute("COMMIT")


def _series_columns(rows: Sequence[tuple[int, str, str, str]]) -> dict[str, NDArray[Any]]:
    numbers, subjects, metrics, parts = zip(*rows, strict=True)
    return {
        "id": np.array(numbers, dtype=np.int32),
        "subject": np.array(subjects, dtype=object),
        "metric": np.array(metrics, dtype=object),
        "part": np.array(parts, dtype=object),
    }


def _insert(
    cursor: duckdb.DuckDBPyConnection, table: str, columns: dict[str, NDArray[Any]]
) -> None:
    """Put arrays into a table; they are named and ordered as its columns."""
    cursor.register("incoming", columns)
    cursor.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM incoming")  # noqa: S608
    cursor.unregister("incoming")
