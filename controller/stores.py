"""Which metric store a URL means."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from controller.cli.language import gettext as _
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.periods import Retention
from controller.metrics.store import MetricStore
from controller.settings import Settings
from inventory.database import make_engine

#: Name of this installation on a metric server it has to itself.
_LABEL = "fleet"
#: Connections of one process: one appends, one delivers, others look into the ledger.
_CONNECTIONS = 4
_EXAMPLE = "victoriametrics+http://host:8428"


def open_store(url: str, settings: Settings | None = None) -> MetricStore:
    """The store of a URL.

    ``duckdb:///relative/directory`` or ``duckdb:////absolute/directory``, or
    ``victoriametrics+http://host:8428`` (``+https``; ``?fleet=name`` where several installations
    share a server), which keeps its ledger and journal in the database of the settings.

    Raises:
        ValueError: an engine nobody here knows, or one that the settings do not suffice for.
        StoreInUse: another process has the directory of DuckDB files open.
        SQLAlchemyError: the database of the journal does not answer.
    """
    parts = urlsplit(url)
    if parts.scheme in ("victoriametrics+http", "victoriametrics+https"):
        return _victoria(parts, settings or Settings())
    if parts.scheme != "duckdb" or parts.netloc or len(parts.path) < 2:  # noqa: PLR2004
        line = _("{url}: the metric store is duckdb:///directory or {other}")
        raise ValueError(line.format(url=_shown(parts), other=_EXAMPLE))
    return DuckDbStore(Path(parts.path[1:]), retention=_retention(settings or Settings()))


def _retention(settings: Settings) -> Retention:
    return Retention(
        settings.metrics_raw_days,
        settings.metrics_hourly_days,
        settings.metrics_daily_days,
        settings.metrics_ledger_days,
        settings.metrics_test_days,
    )


def _victoria(parts: SplitResult, settings: Settings) -> MetricStore:
    # Installations with DuckDB need neither an HTTP client nor snappy.
    from controller.metrics.victoria.client import Access, MetricServer  # noqa: PLC0415
    from controller.metrics.victoria.store import VictoriaStore  # noqa: PLC0415

    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    label = options.pop("fleet", _LABEL)
    if parts.username or parts.password:
        line = _(
            "{url}: addresses are shown, so user and password go into {user} and {password} instead"
        )
        user, password = "FLEET_METRICS_SERVER_USER", "FLEET_METRICS_SERVER_PASSWORD"
        raise ValueError(line.format(url=_shown(parts), user=user, password=password))
    if not parts.hostname or options or not label:
        line = _("{url}: the address of a metric server is {example}")
        raise ValueError(line.format(url=_shown(parts), example=f"{_EXAMPLE}?fleet=name"))
    if not settings.database_url.startswith("postgresql"):
        line = _(
            "VictoriaMetrics keeps the readings only together with PostgreSQL as the database"
            " (FLEET_DATABASE_URL), where they wait until they are safe; with SQLite, use DuckDB:"
            " duckdb:///directory"
        )
        raise ValueError(line)
    secrets = settings.metrics_server_password, settings.metrics_server_token
    password, token = (secret.get_secret_value() if secret else "" for secret in secrets)
    access = Access(settings.metrics_server_user, password, token)
    scheme = parts.scheme.partition("+")[2]
    server = MetricServer(f"{scheme}://{parts.netloc}{parts.path}", access)
    engine = make_engine(
        settings.database_url,
        pool_size=_CONNECTIONS,
        wait_seconds=settings.database_wait_seconds,
        statement_seconds=settings.database_statement_seconds,
    )
    try:
        return VictoriaStore(
            engine,
            server,
            label=label,
            keep=settings.metrics_journal_seconds,
            most_bytes=settings.metrics_journal_bytes,
        )
    except BaseException:
        server.close()
        engine.dispose()
        raise


def _shown(parts: SplitResult) -> str:
    """The address without what may be secret in it."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
