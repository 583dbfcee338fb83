"""Readings as curves, for a device or a line; the same query behind both addresses."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime

from controller.api.schemas import Chart, SeriesOut
from controller.errors import InvalidRequest
from controller.metrics.store import Aggregation, MetricStore
from inventory.models.base import utc_now

#: Points of a curve when nobody says a step: about the pixels of a chart.
_POINTS = 300
_MAX_POINTS = 5_000
_MAX_RANGE = timedelta(days=3_660)
_MAX_METRICS = 12


class ChartRange:
    """Query parameters of a chart.

    Args:
        metric: names, at most 12.
        part: only these parts; all when left out.
        start: beginning, with its zone; a day before ``end`` when left out.
        end: end, not included; now when left out.
        step: seconds a point; chosen so that there are about 300 when left out.
        how: what a point is of the samples in its step.
    """

    def __init__(
        self,
        *,
        metric: Annotated[list[str], Query(min_length=1, max_length=_MAX_METRICS)],
        part: Annotated[list[str] | None, Query(max_length=64)] = None,
        start: AwareDatetime | None = None,
        end: AwareDatetime | None = None,
        step: Annotated[float | None, Query(ge=1, le=86_400 * 31)] = None,
        how: Aggregation = "mean",
    ) -> None:
        self.metrics = metric
        self.parts = part
        self.end: datetime = end or utc_now()
        self.start: datetime = start or self.end - timedelta(days=1)
        span = self.end - self.start
        if not timedelta(0) < span <= _MAX_RANGE:
            raise InvalidRequest(reason="start must be before end, by ten years at most")
        seconds = span.total_seconds()
        self.step = step or max(1.0, float(round(seconds / _POINTS)))
        if seconds / self.step > _MAX_POINTS:
            raise InvalidRequest(reason=f"more than {_MAX_POINTS} points; ask for a larger step")
        self.how = how


ChartQuery = Annotated[ChartRange, Depends()]


def chart(store: MetricStore, subject: str, wanted: ChartRange) -> Chart:
    """The curves of one subject, which the caller was found to be allowed to see."""
    found = store.series(
        subject,
        wanted.metrics,
        start=int(wanted.start.timestamp() * 1000),
        end=int(wanted.end.timestamp() * 1000),
        step=int(wanted.step * 1000),
        parts=wanted.parts,
        how=wanted.how,
    )
    return Chart(
        subject=subject,
        start=wanted.start,
        end=wanted.end,
        step_seconds=wanted.step,
        series=[
            SeriesOut(
                metric=one.metric,
                part=one.part,
                times=[at / 1000 for at in one.times],
                values=list(one.values),
            )
            for one in found
        ],
    )
