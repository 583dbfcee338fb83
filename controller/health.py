"""Is the process alive; can it do its work; its figures for Prometheus."""

import hmac
import logging
from collections.abc import Callable, Iterable
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import chain

from alembic.runtime.migration import MigrationContext
from fastapi import APIRouter, Request
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from controller.deps import bearer
from controller.errors import InvalidToken, PermissionDenied
from controller.metrics.store import BatchKey
from controller.settings import Settings
from inventory import migrations

logger = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> JSONResponse:
    """The process answers; nothing else is asked."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """Database, its migrations and the metric store answer; 503 with what does not."""
    checks = await run_in_threadpool(_checks, request)
    ok = all(value == "ok" for value in checks.values())
    return JSONResponse({"ready": ok, "checks": checks}, status_code=200 if ok else 503)


@router.get("/metrics")
def figures(request: Request) -> Response:
    """Prometheus text, for the networks of ``FLEET_METRICS_NETWORKS`` or with the token."""
    settings: Settings = request.app.state.settings
    if not _is_neighbour(request, settings.metrics_networks):
        token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
        if not token:
            # An empty one would be that of everybody who sends none.
            raise PermissionDenied
        if not hmac.compare_digest(token.encode(), (bearer(request) or "").encode()):
            raise InvalidToken
    state = request.app.state
    page = _Page((state.figures, state.telemetry.fleet))
    write, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(write(page), headers={"Content-Type": content_type, "Vary": "Accept"})


class _Page(Collector):
    """One after the other what several collectors tell."""

    def __init__(self, parts: Iterable[Collector]) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        return chain.from_iterable(part.collect() for part in self._parts)


def _is_neighbour(request: Request, networks: str) -> bool:
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(address in ip_network(one.strip()) for one in networks.split(",") if one.strip())


def _checks(request: Request) -> dict[str, str]:
    state = request.app.state
    return {
        "database": _outcome(lambda: _is_migrated(state.engine)),
        "metrics": _outcome(lambda: not state.store.stored(BatchKey("", "", 0))),
    }


def _is_migrated(engine: Engine) -> bool:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _newest()


@cache
def _newest() -> str:
    """The newest migration of this release; it does not change while the process runs."""
    return migrations.head()


def _outcome(check: Callable[[], bool]) -> str:
    """``ok`` or ``failed``; the reason is for the log, not for strangers."""
    try:
        return "ok" if check() else "failed"
    except Exception:
        logger.exception("readiness check failed")
        return "failed"
