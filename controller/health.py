"""Is the process alive; can it do its work."""

import logging
from collections.abc import Callable

from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from controller.metrics.store import BatchKey
from inventory.database import SessionFactory, read_only

logger = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> JSONResponse:
    """The process answers; nothing else is asked."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """Database and metric store answer; 503 with what does not."""
    checks = await run_in_threadpool(_checks, request)
    ok = all(value == "ok" for value in checks.values())
    return JSONResponse({"ready": ok, "checks": checks}, status_code=200 if ok else 503)


def _checks(request: Request) -> dict[str, str]:
    state = request.app.state
    return {
        "database": _outcome(lambda: _database_answers(state.sessions)),
        "metrics": _outcome(lambda: state.store.stored(BatchKey("", "", 0))),
    }


def _database_answers(sessions: SessionFactory) -> None:
    with read_only(sessions) as session:
        session.connection().execute(text("SELECT 1"))


def _outcome(check: Callable[[], object]) -> str:
    """``ok`` or ``failed``; the reason is for the log, not for strangers."""
    try:
        check()
    except Exception:
        logger.exception("readiness check failed")
        return "failed"
    return "ok"
