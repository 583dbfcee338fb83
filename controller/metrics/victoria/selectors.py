"""PromQL selectors and windows, with names as data."""

import json
import re
from collections.abc import Collection, Iterable, Iterator

from controller.metrics.store import Aggregation
from controller.metrics.victoria.encode import NAME

#: Names in one expression; longer lists become several queries.
NAMES_A_QUERY = 100
#: Functions of PromQL over ``(t - window, t]``.
_FUNCTION: dict[Aggregation, str] = {
    "count": "count_over_time({})",
    "min": "min_over_time({})",
    "mean": "avg_over_time({})",
    "max": "max_over_time({})",
    "p05": "quantile_over_time(0.05, {})",
    "p95": "quantile_over_time(0.95, {})",
}


def selector(**labels: Collection[str] | None) -> str:
    """Series that have one of the values in each label; ``None`` is any.

    ``name`` stands for the metric's name, which is a label like the others.
    """
    matchers = [
        _matcher(NAME if label == "name" else label, values)
        for label, values in labels.items()
        if values is not None
    ]
    return "{" + ", ".join(matchers) + "}"


def over(how: Aggregation, series: str, window: int) -> str:
    """One figure of all samples in the window, in milliseconds, that ends at the time asked for."""
    return _FUNCTION[how].format(f"{series}[{window}ms]")


def newest(series: str, window: int) -> tuple[str, str]:
    """Time in seconds, and value, of the newest sample in the window; the first is MetricsQL."""
    return (
        f"tlast_over_time({series}[{window}ms]) keep_metric_names",
        f"last_over_time({series}[{window}ms]) keep_metric_names",
    )


def portions(names: Iterable[str], size: int = NAMES_A_QUERY) -> Iterator[list[str]]:
    """Names in lists of at most ``size``, each name once, in a fixed order."""
    ordered = sorted(set(names))
    for first in range(0, len(ordered), size):
        yield ordered[first : first + size]


def _matcher(label: str, values: Collection[str]) -> str:
    if len(values) == 1:
        [value] = values
        return f"{label}={_quoted(value)}"
    return f"{label}=~{_quoted('|'.join(re.escape(value) for value in sorted(values)))}"


def _quoted(text: str) -> str:
    # A JSON string is a Go string literal, which PromQL takes.
    return json.dumps(text, ensure_ascii=False)
