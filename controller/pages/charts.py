"""Data of the console's charts: columns for the drawing, and the same samples as CSV."""

import csv
import io
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from controller.errors import NotFound
from controller.language import from_milliseconds
from controller.metrics.store import Series
from controller.pages.look import Look, Looking
from controller.pages.templates import iso
from controller.pages.views.chart_cards import CHART_KINDS, ChartKind
from controller.pages.views.ranges import DEFAULT_RANGE, Range, RangeName, range_named
from controller.words.terms import metric_word
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.lines import LineRepository

router = APIRouter()
PartName = Annotated[str, Query(max_length=255)]
#: More curves than this cannot be told apart.
_MOST_CURVES = 8
#: Fewer points than this, and every sample is drawn instead of one a step.
_FEW = 30
#: A pause of more than so many usual intervals is a gap, and shown as one.
_GAP = 3.5


@router.get("/charts/{subject}/{name}.csv")
def chart_csv(
    subject: str,
    name: str,
    look: Looking,
    span: RangeName = DEFAULT_RANGE,
    part: PartName = "",
) -> Response:
    """One line a sample: time (UTC), metric, part, value in base units."""
    _, found = _curves(look, subject, name, range_named(span), part)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("time", "metric", "part", "value"))
    for curve in found:
        for at, value in zip(curve.times, curve.values, strict=True):
            if value is not None:
                writer.writerow((iso(from_milliseconds(at)), curve.metric, curve.part, value))
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{subject}-{name}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


@router.get("/charts/{subject}/{name}")
def chart_data(
    subject: str,
    name: str,
    look: Looking,
    span: RangeName = DEFAULT_RANGE,
    part: PartName = "",
) -> JSONResponse:
    """Curves with their labels; times in seconds, ``null`` where a curve is to break.

    Raises:
        NotFound: no such chart, or no such device or line within the caller's scope.
    """
    chosen = range_named(span)
    kind, found = _curves(look, subject, name, chosen, part)
    start, end = _span(look, chosen)
    document: dict[str, Any] = {
        "unit": kind.unit,
        "start": _begin(found, start, end) // 1000,
        "end": end // 1000,
        "curves": [
            {"label": _label(look, curve, found, part)} | _broken(curve)
            for curve in found
            if any(value is not None for value in curve.values)
        ],
    }
    return JSONResponse(document, headers={"Cache-Control": "private, no-store"})


def _curves(
    look: Look, subject: str, name: str, chosen: Range, part: str
) -> tuple[ChartKind, Sequence[Series]]:
    kind = CHART_KINDS.get(name)
    if kind is None or not _visible(look, subject):
        raise NotFound
    start, end = _span(look, chosen)

    def read(step: int) -> Sequence[Series]:
        return look.store.series(
            subject,
            kind.metrics,
            start=start,
            end=end,
            step=step,
            parts=(part,) if part else None,
        )

    found = read(chosen.step)
    if chosen.step and max((_samples(curve) for curve in found), default=0) < _FEW:
        found = read(0)
    order = {metric: rank for rank, metric in enumerate(kind.metrics)}
    curves = sorted(found, key=lambda curve: (order[curve.metric], curve.part))
    return kind, curves[:_MOST_CURVES]


def _samples(curve: Series) -> int:
    return sum(value is not None for value in curve.values)


def _begin(found: Sequence[Series], start: int, end: int) -> int:
    """Where the axis begins: at the first sample when most of the range lies before it."""
    first = min(
        (
            at
            for curve in found
            for at, value in zip(curve.times, curve.values, strict=True)
            if value is not None
        ),
        default=start,
    )
    return start if 2 * (first - start) < end - start else first - (end - first) // 20 - 1000


def _visible(look: Look, subject: str) -> bool:
    devices = DeviceRepository(look.session, look.scope)
    if devices.get(subject) is not None:
        return True
    return LineRepository(look.session, look.scope).get(subject) is not None


def _span(look: Look, chosen: Range) -> tuple[int, int]:
    """Begin and end in milliseconds; whole steps, so that points stay where they are."""
    end = look.milliseconds()
    start = look.milliseconds(chosen.length)
    if chosen.step:
        start -= start % chosen.step
    return start, end


def _label(look: Look, curve: Series, found: Sequence[Series], part: str) -> str:
    name = look.lang.gettext(metric_word(curve.metric))
    alone = sum(other.metric == curve.metric for other in found) == 1
    if not curve.part or curve.part == part or alone:
        return name
    return f"{name} {curve.part}"


def _broken(curve: Series) -> dict[str, list[Any]]:
    """Samples with a ``null`` in every pause, so that a curve never bridges missing data."""
    samples = [
        (at, value)
        for at, value in zip(curve.times, curve.values, strict=True)
        if value is not None
    ]
    pauses = [after - before for (before, _), (after, _) in pairwise(samples)]
    longest = _GAP * median(pauses) if pauses else 0
    times: list[float] = []
    values: list[float | None] = []
    for rank, (at, value) in enumerate(samples):
        if rank and pauses[rank - 1] > longest:
            times.append((samples[rank - 1][0] + 1) / 1000)
            values.append(None)
        times.append(at / 1000)
        values.append(value)
    return {"times": times, "values": values}
