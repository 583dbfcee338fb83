"""Databases every test may use: SQLite, and a real PostgreSQL started here on a free port."""

import gc
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psutil
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, make_url
from sqlmodel import Session

import alerts.models  # noqa: F401 - its tables are part of every database
import controller.metrics.victoria.tables  # noqa: F401 - and so are these
from controller.auth import passwords
from inventory.database import make_engine
from inventory.migrations import upgrade
from tests.migrated import as_file
from tests.ports import free_port

pytest_plugins = ["tests.spread"]
_databases = count(1)
_SERVER_WITH_STRATEGIES = 150_000
#: Memory that is a folder (Linux). Files there are written as on a disk, but nothing waits for one:
#: a database is a thousand files, and processes that are killed lose nothing they wrote.
_MEMORY = Path("/dev/shm")  # noqa: S108 - files get names of their own there
#: Bytes free at which they go there; a run of all tests has needed one GiB at most.
_ENOUGH = 3 << 30

#: Tests of whole processes, and files of one long test: begun first, so that no process is still at
#: one of them when the others have nothing left to do.
_FIRST = (
    "demo/test_demo.py",
    "system/test_city_workers.py",
    "system/test_trust.py",
    "procurement/test_any_order.py",
    "system/test_from_the_centre.py",
    "system/test_kill.py",
    "controller/test_several_controllers.py",
    "editions/test_any_order.py",
    "controller/test_foreign_scope.py",
)

# The same examples everywhere, however slow the machine is; `make campaign` looks for new ones,
# and for twice as many.
settings.register_profile(
    "steady",
    max_examples=50,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pytest_configure(config: pytest.Config) -> None:
    """Before test modules are read: what they leave open they take from the profile."""
    gc.disable()  # until all modules are read, which makes nothing but what stays
    _work_in_memory()
    _log_in_at_little_cost()
    campaign = config.option.markexpr.startswith("campaign")
    settings.load_profile("searching" if campaign else "steady")


def pytest_collection_finish() -> None:
    """What was imported stays: a collector that goes through it again and again finds nothing."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_unconfigure() -> None:
    """Modules that are never taken apart are called leaks by the libraries below them."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, and browser tests last, in whatever order: they share a district.

    Playwright keeps an event loop running in its process from then on. ``--processes`` keeps both
    orders, and does them side by side.
    """
    first = {name: place - len(_FIRST) for place, name in enumerate(_FIRST)}

    def turn(item: pytest.Item) -> int:
        if "browser" not in getattr(item, "fixturenames", ()):
            return first.get("/".join(item.path.parts[-2:]), 0)
        return 1

    items.sort(key=turn)


def _work_in_memory() -> None:
    """Temporary files into memory where there is plenty, unless who runs the tests says where."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    free = min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available)
    if free >= _ENOUGH:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # asked for again


def _log_in_at_little_cost() -> None:
    """Passwords at the least that Argon2id can take: tests log in more often than a city does.

    What one really takes is held by ``tests/controller/test_login.py``.
    """
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    passwords.HASHER = cheap
    passwords.NOBODY = cheap.hash("no user has this password")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    path.write_bytes(as_file())
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a migrated, empty SQLite database of the test's own."""
    shutil.copy(sqlite_template, tmp_path / "fleet.db")
    return f"sqlite:///{tmp_path / 'fleet.db'}"


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    with _engine(sqlite_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an empty database on a real server, which lives as long as the test session."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """Name of a migrated, empty database to copy."""
    _create_database(postgres_url, "template_fleet", "template0")
    upgrade(_beside(postgres_url, "template_fleet"))
    return "template_fleet"


@pytest.fixture
def postgres_database(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """URL of a migrated, empty PostgreSQL database of the test's own."""
    name = f"fleet_{next(_databases)}"
    _create_database(postgres_url, name, postgres_template)
    yield _beside(postgres_url, name)
    with closing(_administer(postgres_url)) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty database: the test runs once on each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_database"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with _engine(database_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def sqlite_shared(sqlite_template: Path) -> Iterator[Engine]:
    with _engine(f"sqlite:///{sqlite_template}") as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres_shared(postgres_url: str, postgres_template: str) -> Iterator[Engine]:
    _create_database(postgres_url, "fleet_shared", postgres_template)
    with _engine(_beside(postgres_url, "fleet_shared")) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session over a migrated, empty database: the test runs once on each kind.

    Its work, commits included, is undone at the end; tests of transactions take ``engine``.
    """
    name = "sqlite_shared" if request.param == "sqlite" else "postgres_shared"
    engine: Engine = request.getfixturevalue(name)
    with engine.connect() as connection:
        outermost = connection.begin()
        with Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        outermost.rollback()


@contextmanager
def postgres_server(**settings: str) -> Iterator[str]:
    """URL of an empty database on a server of the newest version that is installed.

    Args:
        settings: of the server, over those that suit a test.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not folders:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with _postgres(folders[-1], settings) as url:
        yield url


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _beside(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _administer(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _create_database(url: str, name: str, template: str) -> None:
    with closing(_administer(url)) as connection:
        # Files as they are, not page by page through the log: half the work, where there is both.
        both = connection.info.server_version >= _SERVER_WITH_STRATEGIES
        how = "STRATEGY file_copy" if both else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {how}")


@contextmanager
def _postgres(programs: Path, chosen: Mapping[str, str]) -> Iterator[str]:
    # pytest's own folders are closed to other users, and PostgreSQL refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="campus-fleet-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    try:
        _run_as(user, folder, programs / "initdb", "-D", "data", "-U", "fleet", "-A", "trust",
                "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "--lc-collate=C")  # fmt: skip
        for attempt in range(3):
            port = free_port()
            server = _start(user, folder, programs, port, chosen)
            url = f"postgresql+psycopg://fleet@127.0.0.1:{port}/postgres"
            if _answers(server, url):
                break
            _stop(server)
            if attempt == 2:
                pytest.fail((folder / "server.log").read_text(errors="replace")[-2_000:])
        try:
            yield url
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_as(user: str | None, folder: Path, *command: str | Path) -> None:
    done = subprocess.run(  # its words are worth more than its exit code
        command, check=False, cwd=folder, user=user, capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.fail(f"{command[0]}: {done.stderr[-2_000:]}")


def _start(
    user: str | None, folder: Path, programs: Path, port: int, chosen: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "max_wal_size": "256MB",
        "max_connections": 60,
        "shared_buffers": "32MB",
        **chosen,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", "data", *options],
            cwd=folder, user=user, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def _answers(server: subprocess.Popen[bytes], url: str) -> bool:
    for _ in range(1_200):
        if server.poll() is not None:
            return False
        try:
            _administer(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(how)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            continue
