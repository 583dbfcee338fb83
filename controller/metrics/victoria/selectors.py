"""PromQL selectors and windows, with names as data."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from controller.metrics.store import Aggregation
from controller.metrics.victoria.encode import NAME

T = TypeVar("T")

#: Names in one expression; longer lists become several queries.
NAMES_A_QUERY = 100
#: Their bytes; VictoriaMetrics refuses expressions longer than 16,384, and there may be two lists.
BYTES_A_QUERY = 6_000
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


def portions(names: Iterable[T], spelled: Callable[[T], str] = str) -> Iterator[list[T]]:
    """Names in lists that fit into one expression, each name once.

    Args:
        names: or whatever has a name; listed in the order of their names.
        spelled: what of each goes into the expression.
    """
    chosen: list[T] = []
    held = 0
    for one in sorted(set(names), key=spelled):
        length = len(_quoted(re.escape(spelled(one))).encode())
        if chosen and (len(chosen) == NAMES_A_QUERY or held + length > BYTES_A_QUERY):
            yield chosen
            chosen, held = [], 0
        chosen.append(one)
        held += length
    if chosen:
        yield chosen


def _matcher(label: str, values: Collection[str]) -> str:
    if len(values) == 1:
        [value] = values
        return f"{label}={_quoted(value)}"
    return f"{label}=~{_quoted('|'.join(map(re.escape, sorted(values))))}"


def _quoted(text: str) -> str:
    # A JSON string is a Go string literal, which PromQL takes.
    return json.dumps(text, ensure_ascii=False)
