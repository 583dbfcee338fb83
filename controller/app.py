"""Composition root of the controller: everything it is made of meets here and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from controller import health, pages
from controller.auth.throttle import Throttle
from controller.errors import FleetError
from controller.problems import render, render_unexpected
from controller.security import BodyLimit, SameOriginOnly, SecurityHeaders
from controller.settings import Settings
from controller.stores import open_store
from controller.telemetry import Telemetry
from inventory.database import make_engine, session_factory
from inventory.errors import InventoryError

AGENT_API = "/api/agent/v1"
API = "/api/v1"


def create_app(settings: Settings) -> FastAPI:
    """The controller as one ASGI application.

    ``app.state`` holds what routes share: ``settings``, ``engine``, ``sessions`` (a
    ``SessionFactory``), ``store`` (the ``MetricStore``, open from start-up to shutdown),
    ``secret_box``, ``telemetry``, ``throttle``, and ``error_page`` when the console is installed.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.store = open_store(settings.metrics_url)
        try:
            yield
        finally:
            app.state.store.close()
            app.state.engine.dispose()

    app = FastAPI(
        title="Campus Fleet",
        # Swagger UI would load scripts from a CDN; the description itself is served.
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        lifespan=lifespan,
    )
    engine = make_engine(settings.database_url)
    app.state.settings = settings
    app.state.engine = engine
    app.state.sessions = session_factory(engine)
    app.state.telemetry = Telemetry()
    app.state.throttle = Throttle(settings.login_attempts, settings.login_window_seconds)
    app.state.error_page = None

    for error in (FleetError, InventoryError, HTTPException, RequestValidationError):
        app.add_exception_handler(error, render)
    app.add_exception_handler(Exception, render_unexpected)
    # The last one added is the first one passed.
    app.add_middleware(
        BodyLimit,
        render=render,
        default=settings.max_body_bytes,
        limits={
            f"{AGENT_API}/batches": settings.max_batch_bytes,
            "/speedtest/": settings.speedtest_bytes,
        },
    )
    app.add_middleware(
        SameOriginOnly,
        render=render,
        exempt=(f"{AGENT_API}/", "/speedtest/"),
        public_url=settings.public_url,
    )
    app.add_middleware(SecurityHeaders)

    app.include_router(health.router)
    _add_console(app)
    return app


def _add_console(app: FastAPI) -> None:
    """Pages for people: ``controller.pages`` has ``router`` and ``error_page``."""
    router = getattr(pages, "router", None)
    if router is not None:
        app.include_router(router)
        app.state.error_page = getattr(pages, "error_page", None)
