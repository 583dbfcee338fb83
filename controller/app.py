"""Composition root of the controller: everything it is made of meets here and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from alerts.notify.dispatch import Dispatcher
from alerts.notify.outbox import note_what_happens
from alerts.reporting.desk import forget_reporters
from alerts.reporting.limits import forget_attempts
from alerts.sla.keeping import follow_changes
from controller import agent_time, pages, speedtest
from controller.api.attachments import file_folder
from controller.auth.agents import AgentGate, Nonces
from controller.auth.throttle import Throttle, forget_failures
from controller.certificates.ending import ending_terms
from controller.command_desk import CommandDesk
from controller.counting import COUNT_SECONDS, count_ahead
from controller.coverage_counting import COUNT_SECONDS as COVERAGE_SECONDS
from controller.coverage_counting import count_coverage
from controller.deliveries.notices import NOTICE_SECONDS, tell_schools
from controller.deliveries.sending import DELIVERY_SECONDS, deliver_reports
from controller.deps import Identify, by_credentials
from controller.editions.background import EditionWork
from controller.equipment import KeptEquipment
from controller.errors import FleetError
from controller.exchange.exports import Exports
from controller.exchange.runs import Runs
from controller.finding import EVERY_SOURCE
from controller.gauges import FleetGauges, watch_store
from controller.ingest.intake import Intake
from controller.ingest.quarantine import Quarantine
from controller.jobs import (
    Job,
    Jobs,
    LongJob,
    carry_out_school_changes,
    forget_expired_sessions,
    judge_alerts,
    judge_measured,
    review_alerts,
    tidy_metrics,
)
from controller.leadership import leadership_of
from controller.line_planning import PLANNING_SECONDS, plan_tests
from controller.live import LivePages
from controller.lookout import Lookout
from controller.mail.sending import sender_of
from controller.metrics.store import MetricStore
from controller.month_verdicts import COMPUTE_SECONDS, keep_month_verdicts
from controller.notifying import dispatcher_of, forget_old_notices
from controller.packing import PACK_SECONDS, pack_schools
from controller.pages import public_reports
from controller.plan_desk import PlanDesk
from controller.problems import DATABASE_AWAY, render, render_unexpected
from controller.prometheus.remembered import Remembered
from controller.prometheus.requests import CountsRequests
from controller.prometheus.workers import join_workers
from controller.reconciling import reconcile
from controller.reminding import remind
from controller.renewal import Renewals
from controller.routes import API, every_route
from controller.rule_trials import RuleTrials
from controller.search_upkeep import SEARCH_SECONDS, write_search_documents
from controller.security import BodyLimit, SameOriginOnly, SecurityHeaders
from controller.settings import Settings, open_secret_box
from controller.stores import open_store
from controller.telemetry import Telemetry
from controller.ticket_clocks import (
    CLOCK_SECONDS,
    RENEWAL_SECONDS,
    keep_clocks,
    renew_all_clocks,
)
from controller.ticket_jobs import (
    ESCALATION_SECONDS,
    GIVING_SECONDS,
    escalate_tickets,
    give_out_tickets,
)
from controller.usage_counting import COUNT_SECONDS as USAGE_SECONDS
from controller.usage_counting import count_usage
from drivers.signatures import AGENT_API
from inventory.agent_plans.changes import forget_changes, note_plan_changes
from inventory.assets.attachments import MAX_BYTES, sweep
from inventory.assets.pictures import MAX_PHOTO
from inventory.assets.steps import keep_steps
from inventory.audit import audited
from inventory.commands import give_up
from inventory.database import make_engine, session_factory
from inventory.editions.signing import MAX_SCAN
from inventory.errors import InventoryError
from inventory.exchange.kept import forget_uploads
from inventory.intake.quarantine import forget_discarded
from inventory.page_changes import forget_page_changes, note_page_changes
from inventory.search.upkeep import keep_documents

#: Pages of the fleet kept: every county of a city for one Prometheus, and some for others.
_FLEET_PAGES = 48


def create_app(
    settings: Settings, *, store: MetricStore | None = None, identify: Identify = by_credentials
) -> FastAPI:
    """The controller as one ASGI application.

    A ``store`` that is open already is taken over; without one, start-up opens that of
    ``settings.metrics_url``. Either way it is closed at shutdown. ``identify`` says who sends a
    request: where nobody but its operator reaches the service, no credentials are needed.

    ``app.state`` holds what routes share: ``settings``, ``engine``, ``sessions`` (a
    ``SessionFactory``), ``store`` (the ``MetricStore``, open from start-up to shutdown),
    ``secret_box``, ``lookout`` (where agents wait), ``cadence`` (reachability), ``telemetry``,
    ``throttle``, ``error_page``.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = app.state
        state.store = store or open_store(settings.metrics_url, settings)
        state.intake = Intake(
            state.sessions,
            state.store,
            Quarantine(
                state.sessions,
                most=settings.quarantine_batches,
                most_bytes=settings.quarantine_bytes,
            ),
            state.telemetry,
            in_flight=settings.ingest_in_flight,
            in_flight_bytes=settings.ingest_in_flight_bytes,
            one_writer=state.engine.dialect.name == "sqlite",
            cadence=app.state.cadence,
        )
        jobs = Jobs(
            _jobs(settings, state.store, state.secret_box.key_for("planned tests")),
            state.sessions,
            state.telemetry,
            leadership_of(state.engine),
        )
        if settings.jobs:
            _start_jobs(jobs, state.notices)
        state.lookout.start()
        watch_store(state.telemetry.fleet, state.store)
        state.figures = join_workers(settings.workers_dir, state.telemetry.registry)
        try:
            yield
        finally:
            await state.live.stop()
            await state.lookout.stop()
            if settings.jobs:
                await run_in_threadpool(_stop_jobs, jobs, state.notices, state.store)
            for work in (state.imports, state.exports, state.rule_trials, state.editions):
                await run_in_threadpool(work.close)
            await run_in_threadpool(state.intake.close)
            state.store.close()
            state.engine.dispose()
            await run_in_threadpool(state.figures.close)

    app = FastAPI(
        title="Campus Fleet",
        # Swagger UI would load scripts from a CDN; the description itself is served.
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        lifespan=lifespan,
        routes=every_route(),
    )
    engine = make_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        wait_seconds=settings.database_wait_seconds,
        statement_seconds=settings.database_statement_seconds,
    )
    app.state.settings = settings
    app.state.identify = identify
    app.state.engine = engine
    app.state.cadence = timedelta(seconds=settings.poll_seconds)
    app.state.sessions = keep_steps(audited(session_factory(engine)))
    shared = engine.dialect.name != "sqlite"
    app.state.imports = Runs(app.state.sessions, shared=shared)
    app.state.exports = Exports(app.state.sessions, shared=shared)
    app.state.rule_trials = RuleTrials(app.state.sessions, lambda: app.state.store, shared=shared)
    app.state.editions = EditionWork(app.state.sessions, lambda: app.state.store, shared=shared)
    app.state.telemetry = Telemetry()
    _watch(app, settings)
    app.state.school_rows = pages.KeptRows()
    app.state.throttle = Throttle(
        app.state.sessions, settings.login_attempts, settings.login_window_seconds
    )
    app.state.secret_box = open_secret_box(settings)
    app.state.agent_gate = AgentGate(
        app.state.sessions, Nonces(app.state.secret_box.key_for("nonces of agents"))
    )
    _let_agents_wait(app, settings)
    app.state.speedtest = speedtest.SpeedTest(settings)

    ours = (FleetError, InventoryError, HTTPException, RequestValidationError)
    for error in (*ours, *DATABASE_AWAY):
        app.add_exception_handler(error, render)
    app.add_exception_handler(Exception, render_unexpected)
    _put_in_front(app, settings)

    app.state.error_page = pages.error_page
    return app


def _put_in_front(app: FastAPI, settings: Settings) -> None:
    """What every request passes before it reaches a route."""
    # The last one added is the first one passed.
    app.add_middleware(
        BodyLimit,
        render=render,
        default=settings.max_body_bytes,
        limits={
            f"{AGENT_API}/batches": settings.max_batch_bytes,
            f"{API}/attachments": MAX_BYTES,
            "/attachments/": MAX_BYTES + 65_536,
            # Reports by label: some photos in one form.
            "/r/": public_reports.MOST_PHOTOS * MAX_PHOTO + 131_072,
            "/r/reports/": 131_072,
            f"{API}/tickets/": MAX_PHOTO,
            "/tickets/": MAX_PHOTO + 65_536,
            f"{API}/procurement/quotes/": MAX_BYTES,
            # A form wraps the file it brings.
            "/procurement/quotes/": MAX_BYTES + 65_536,
            f"{API}/report-appeals/": MAX_BYTES,
            f"{API}/report-editions/": MAX_SCAN,
            # Forms wrap scans, and what is handed in with appeals.
            "/reports/": MAX_SCAN + 65_536,
            "/speedtest/": settings.speedtest_bytes,
            f"{API}/imports/": settings.max_import_bytes,
            "/imports/": settings.max_import_bytes,
        },
    )
    app.add_middleware(
        SameOriginOnly,
        render=render,
        exempt=(f"{AGENT_API}/", "/speedtest/"),
        public_url=settings.public_url,
    )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(agent_time.TellsTime, prefix=f"{AGENT_API}/")
    app.add_middleware(CountsRequests, telemetry=app.state.telemetry)


def _watch(app: FastAPI, settings: Settings) -> None:
    """Figures: of this process, of the fleet, and pages of the fleet for other systems."""
    state = app.state
    state.telemetry.watch_pool(state.engine.pool)
    gauges = FleetGauges(state.sessions, state.cadence, settings.metrics_cache_seconds)
    state.telemetry.fleet.register(gauges)
    state.equipment = KeptEquipment()
    state.renewals = Renewals()
    state.fleet_pages = Remembered(settings.metrics_cache_seconds, room=_FLEET_PAGES)


def _let_agents_wait(app: FastAPI, settings: Settings) -> None:
    state = app.state
    state.lookout = lookout = Lookout(state.sessions, room=settings.long_polls)
    state.telemetry.long_polls.set_function(lambda: float(len(lookout)))
    signers = state.agent_gate.signers
    lookout.listen(lambda news: signers.heard(of_agents=news.everyone or bool(news.agents)))

    def changed() -> None:
        signers.forget()
        lookout.kick()

    note_plan_changes(state.sessions, changed)
    note_page_changes(state.sessions)
    follow_changes(state.sessions)
    note_what_happens(state.sessions)
    keep_documents(state.sessions, EVERY_SOURCE)
    state.notices = dispatcher_of(settings, state.sessions, state.secret_box)
    state.live = LivePages(state.sessions, room=settings.live_pages)
    lookout.at_close(state.live.close)
    longest = settings.long_poll_seconds
    state.plan_desk = PlanDesk(state.sessions, state.secret_box, settings, lookout, longest=longest)
    state.command_desk = CommandDesk(state.sessions, lookout, longest=longest)


def _start_jobs(jobs: Jobs, notices: Dispatcher) -> None:
    jobs.start()
    notices.start()


def _stop_jobs(jobs: Jobs, notices: Dispatcher, store: MetricStore) -> None:
    store.stop_tidying()  # which may be at it for minutes
    notices.stop()
    jobs.stop()


def _jobs(settings: Settings, store: MetricStore, key: bytes) -> tuple[Job | LongJob, ...]:
    quiet = timedelta(hours=settings.quiet_hours)
    cadence = timedelta(seconds=settings.poll_seconds)
    files = file_folder(settings)
    looks = settings.evaluate_seconds
    planned = LongJob("plan_tests", PLANNING_SECONDS, plan_tests(store, settings, key))
    sender = sender_of(settings)
    url = settings.public_url
    own_terms = partial(ending_terms, settings.tls_certificate, settings.authorities_file, url)
    post = (
        ()
        if sender is None
        else (
            LongJob("deliver_reports", DELIVERY_SECONDS, deliver_reports(store, sender, url)),
            LongJob("tell_schools", NOTICE_SECONDS, tell_schools(sender, url)),
        )
    )
    return (
        *post,
        *([planned] if settings.speedtest_planned else []),
        LongJob("judge_alerts", looks, judge_alerts(store, quiet, looks)),
        # Values come once a minute at most.
        LongJob("judge_measured", 3 * looks, judge_measured(store, quiet, looks)),
        # Lists of days' standing, and clocks that must be wrong for a quarter of an hour.
        LongJob("remind", 15 * looks, remind(store, quiet, own_terms)),
        LongJob("review_alerts", looks, review_alerts(store, quiet, looks)),
        LongJob("keep_clocks", CLOCK_SECONDS, keep_clocks),
        LongJob("give_out_tickets", GIVING_SECONDS, give_out_tickets),
        LongJob("escalate_tickets", ESCALATION_SECONDS, escalate_tickets),
        Job("renew_all_clocks", RENEWAL_SECONDS, renew_all_clocks),
        LongJob("count_ahead", COUNT_SECONDS, count_ahead(store, cadence)),
        LongJob("pack_schools", PACK_SECONDS, pack_schools),
        LongJob("count_usage", USAGE_SECONDS, count_usage(store, cadence=cadence)),
        LongJob("count_coverage", COVERAGE_SECONDS, count_coverage),
        LongJob("keep_month_verdicts", COMPUTE_SECONDS, keep_month_verdicts(store)),
        LongJob("write_search_documents", SEARCH_SECONDS, write_search_documents),
        Job("forget_expired_sessions", 3600.0, forget_expired_sessions),
        Job("forget_old_notices", 3600.0, forget_old_notices),
        Job("forget_login_failures", 3600.0, forget_failures),
        Job("forget_report_attempts", 3600.0, forget_attempts),
        Job("forget_reporters", 86_400.0, forget_reporters),
        LongJob("tidy_metrics", 300.0, tidy_metrics(store)),
        Job("give_up_commands", 60.0, give_up),
        Job("forget_plan_changes", 3600.0, forget_changes),
        Job("forget_discarded_batches", 3600.0, forget_discarded),
        Job("forget_page_changes", 600.0, forget_page_changes),
        Job("carry_out_school_changes", 3600.0, carry_out_school_changes),
        LongJob(
            "reconcile",
            settings.reconcile_seconds,
            reconcile(timedelta(days=settings.missing_after_days)),
        ),
        Job("forget_uploads", 3600.0, forget_uploads),
        Job("sweep_attachments", 3600.0, lambda session, now: sweep(session, files, now)),
    )
