"""Figures of chosen hours: fast from a server's own blocks, right whatever it sends."""

import logging
import time
from collections.abc import Iterator

import numpy as np
import pytest

from controller.metrics.victoria.bulk import bulk
from controller.metrics.victoria.client import Access, MetricServer
from controller.metrics.victoria.reads import Reads
from tests.victoria import VictoriaMetrics

HOUR = 3_600_000
START = 1_773_129_600_000
DAYS, STEP = 4, 300_000
MORNINGS = [(START + 24 * day * HOUR, START + (24 * day + 5) * HOUR) for day in range(DAYS)]
NAMES = [(f"d{n}", "m", part) for n in range(30) for part in ("", "ge/1")]
LABELS = {"fleet": "reads"}


class Garbled(MetricServer):
    """Sends blocks that nobody understands."""

    def export_native(self, selector: str, *, start: int, end: int) -> Iterator[bytes]:
        assert selector
        assert start < end
        yield bytes(64)


class Lying(MetricServer):
    """Sends blocks that are understood and not true."""

    def export_native(self, selector: str, *, start: int, end: int) -> Iterator[bytes]:
        yield b"".join(super().export_native(selector, start=start, end=end)).replace(
            b"subject\x01d1", b"subject\x01d2"
        )


@pytest.fixture(scope="module")
def url(metric_server: VictoriaMetrics) -> str:
    """A server with some days of samples, some of them written twice, some late."""
    server = MetricServer(metric_server.url, Access())
    a_day = 24 * HOUR // STEP
    index = np.tile(np.arange(len(NAMES), dtype=np.int32), a_day)
    for day in (0, 2, 1, 3, 3):
        draw = np.random.default_rng(day)
        jitter = draw.integers(0, 900, len(index))
        at = START + 24 * day * HOUR + np.repeat(np.arange(a_day) * STEP, len(NAMES)) + jitter
        values = np.where(index % 7, np.round(draw.gamma(2.0, 2e7, len(index))), 0.125 * index)
        for request in bulk(LABELS, NAMES, at, index, values):
            server.write(request)
        server.flush()
    time.sleep(1.1)
    server.flush()
    server.close()
    return metric_server.url


def figures(server: MetricServer, how: str = "p95") -> dict[tuple[str, str], float]:
    reads = Reads(server, LABELS, lambda: True)
    try:
        found = reads.aggregate(
            "m", how=how, start=START, end=START + 24 * DAYS * HOUR, subjects=None, only=None,
            windows=MORNINGS,
        )  # fmt: skip
        return dict(found)
    finally:
        reads.close()
        server.close()


def test_blocks_and_json_tell_the_same_to_the_last_digit(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    for how in ("count", "min", "mean", "max", "p05", "p95"):
        with caplog.at_level(logging.WARNING):
            fast = figures(MetricServer(url, Access()), how)
        assert not caplog.records, "it was fetched as JSON"
        slow = figures(Garbled(url, Access()), how)
        assert "fetched as JSON" in caplog.text
        caplog.clear()
        assert len(fast) == len(NAMES)
        assert fast == slow
    assert set(figures(MetricServer(url, Access()), "count").values()) == {DAYS * 60.0}


def test_an_answer_that_is_not_what_the_documented_way_tells_is_not_believed(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        told = figures(Lying(url, Access()))
    assert "another way" in caplog.text
    assert told == figures(MetricServer(url, Access()))
