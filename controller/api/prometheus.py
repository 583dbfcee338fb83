"""``/prometheus``: the fleet for a Prometheus, and where it is to ask for it."""

import gzip
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from controller.api.schemas import PROBLEMS, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller
from controller.prometheus.census import Reach, divide, take_census
from controller.prometheus.exposition import OPENMETRICS, TEXT, wants_openmetrics
from controller.prometheus.fleet_page import Detail, Wish, fleet_page
from controller.prometheus.remembered import Remembered
from controller.settings import Settings
from inventory.database import read_only
from inventory.days import day_of
from inventory.models.base import utc_now

router = APIRouter(prefix="/prometheus", tags=["prometheus"], responses=PROBLEMS)
METRICS_PATH: Final = "/api/v1/prometheus/metrics"

County = Annotated[
    str, Query(max_length=32, pattern="^[A-Z0-9-]*$", description="Code of a bureau; empty: all.")
]
Pages = Remembered[tuple[Reach, str, Wish, bool], bytes]


class TargetGroup(Schema):
    """One entry of Prometheus's HTTP service discovery (``<http_sd_config>``)."""

    targets: list[str]
    labels: dict[str, str]


@router.get("/targets")
def targets(
    request: Request,
    caller: CurrentCaller,
    level: Annotated[Detail, Query(description="What the targets answer with.")] = Detail.school,
) -> list[TargetGroup]:
    """HTTP service discovery: one target for each county within the token's scope.

    Each is ``/api/v1/prometheus/metrics`` for that county alone, so that no scrape grows with the
    city and a new county is scraped as soon as it is registered. With ``level=county`` one target
    answers for all. ``FLEET_PUBLIC_URL`` is their address; without it, the one of this request.
    """
    scope = caller.require(Permission.read)
    settings: Settings = request.app.state.settings
    base = urlsplit(settings.public_url or str(request.base_url))
    common = {
        "__scheme__": base.scheme,
        "__metrics_path__": base.path.rstrip("/") + METRICS_PATH,
        "__param_level": level.value,
    }
    address = _address(base.netloc, base.scheme)
    if level is Detail.county:
        return [TargetGroup(targets=[address], labels=common)]
    with read_only(request.app.state.sessions) as session:
        counties = divide(session, scope, day_of(utc_now())).counties
    return [
        TargetGroup(
            targets=[address],
            # Without a name of its own each would be the same instance to Prometheus.
            labels={**common, "__param_county": code, "instance": f"{address}/{code}"},
        )
        for code in counties
    ]


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {TEXT.split(";")[0]: {}, OPENMETRICS.split(";")[0]: {}}}},
)
def fleet_metrics(
    request: Request,
    caller: CurrentCaller,
    level: Annotated[Detail, Query(description="Samples by county or by school.")] = Detail.county,
    county: County = "",
    kinds: Annotated[bool, Query(description="With level=school: devices by kind too.")] = False,
) -> Response:
    """The fleet within the token's scope as gauges: Prometheus text or OpenMetrics.

    Devices by status and kind, open alerts, open and overdue tickets, contract, target, traffic
    and last test of lines, contact, spool and clock of the boxes. Counted at most every
    ``FLEET_METRICS_CACHE_SECONDS``. ``fleet_export_truncated`` is 1 where schools were left out
    because of ``FLEET_METRICS_SERIES``: ask for one county at a time then, as ``/targets`` does.
    """
    caller.require(Permission.read)
    state = request.app.state
    settings: Settings = state.settings
    reach, wish = Reach.of(caller), Wish(level, kinds, settings.metrics_series)
    openmetrics = wants_openmetrics(request.headers.get("accept", ""))

    def make() -> bytes:
        with read_only(state.sessions) as session:
            census = take_census(
                session,
                state.store,
                reach,
                utc_now(),
                cadence=state.cadence,
                county=county,
                kinds=wish.by_kind,
            )
        # Kept compressed: a city by schools is 8 MB of text and a tenth of that packed.
        return gzip.compress(fleet_page(census, wish).text(openmetrics=openmetrics), 1, mtime=0)

    pages: Pages = state.fleet_pages
    body = pages.get((reach, county, wish, openmetrics), make)
    headers = {
        "Content-Type": OPENMETRICS if openmetrics else TEXT,
        "Vary": "Accept, Accept-Encoding, Authorization",
        "Cache-Control": "private, no-store",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(body, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(body), headers=headers)


def _address(netloc: str, scheme: str) -> str:
    host = netloc.rpartition("@")[2]
    has_port = host.rpartition(":")[2].isdigit() and not host.endswith("]")
    return host if has_port else f"{host}:{443 if scheme == 'https' else 80}"
