"""Which metric store a URL means."""

from pathlib import Path
from urllib.parse import urlsplit

from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import MetricStore


def open_store(url: str) -> MetricStore:
    """A store for ``duckdb:///relative/directory`` or ``duckdb:////absolute/directory``.

    Raises:
        ValueError: an engine nobody here knows.
    """
    parts = urlsplit(url)
    if parts.scheme != "duckdb" or parts.netloc or len(parts.path) < 2:  # noqa: PLR2004
        raise ValueError(f"{url}: the metric store is duckdb:///directory")
    return DuckDbStore(Path(parts.path[1:]))
