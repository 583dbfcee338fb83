"""The data dictionary: every metric, its unit, and what it means, in both languages.

The one source: definitions may name only metrics listed here, ``docs/data-dictionary.md`` is made
from it (``python -m drivers.dictionary``), and a test keeps the two together. Names follow the
Prometheus manner: base units, a ratio is 0 to 1.
"""

from drivers.dictionary import machines, networks, rooms, speedtests
from drivers.dictionary.metric import Metric

#: Name to metric, in the order people read them.
METRICS: dict[str, Metric] = {
    metric.name: metric
    for table in (machines, networks, speedtests, rooms)
    for metric in table.METRICS
}

__all__ = ["METRICS", "Metric"]
