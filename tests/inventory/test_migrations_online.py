"""``fleet db upgrade`` while controllers of the release before go on working."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text

from inventory import migrations
from inventory.database import make_engine

#: What a controller of 0011 does all the time: devices are registered, polled, listed.
WRITES = (
    "INSERT INTO device (id, school_code, name, kind, lifecycle, protocol, driver, ping, ssh_port,"
    " created_at) VALUES (:id, 'S001', 'Switch', 'switch', 'in_service', 'snmp', 'auto', false,"
    " 22, now())",
    "INSERT INTO device_state (device_id, school_code, outcome, detail, taken_at, since, failures,"
    " ports_down) VALUES (:id, 'S001', 'ok', '', now(), now(), 0, '[]')",
    "UPDATE device SET model = 'M' || :id WHERE id = :id",
    "UPDATE device_state SET taken_at = now() WHERE device_id = :id",
    "SELECT d.id, s.outcome FROM device d LEFT JOIN device_state s ON s.device_id = d.id"
    " WHERE d.school_code = 'S001' ORDER BY d.name, d.id LIMIT 50",
)
BEFORE = "0011"


@pytest.fixture
def old_database(postgres_url: str) -> Iterator[str]:
    """URL of a database as the release before left it, with a school."""
    server = postgres_url.replace("+psycopg", "")
    url = make_url(postgres_url).set(database="fleet_old").render_as_string(hide_password=False)
    with closing(psycopg.connect(server, autocommit=True)) as admin:
        admin.execute("CREATE DATABASE fleet_old TEMPLATE template0")
        try:
            migrations.upgrade(url, BEFORE)
            with closing(psycopg.connect(url.replace("+psycopg", ""), autocommit=True)) as one:
                one.execute(
                    "INSERT INTO organisation (code, name, name_en, level, path)"
                    " VALUES ('33', 'City', '', 'city', '/33/')"
                )
                one.execute(
                    "INSERT INTO school (code, name, name_en, organisation_code, path, stage,"
                    " setting, form, is_public, address, students, teachers, classes) VALUES"
                    " ('S001', 'School', '', '33', '/33/S001/', 'primary', 'urban', 'school',"
                    " true, '', 0, 0, 0)"
                )
            yield url
        finally:
            admin.execute("DROP DATABASE fleet_old WITH (FORCE)")


class OldController(threading.Thread):
    """Works as 0011 did until it is told to end; keeps what went wrong."""

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__(name=name)
        self.rounds = 0
        self.ends = threading.Event()
        self.error: Exception | None = None
        self._engine = engine

    def run(self) -> None:
        try:
            while not self.ends.is_set():
                with self._engine.begin() as connection:
                    for statement in WRITES:
                        connection.execute(text(statement), {"id": f"{self.name}-{self.rounds}"})
                self.rounds += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            self.error = error


def test_old_controllers_go_on_while_tables_change(old_database: str) -> None:
    engine = make_engine(old_database)
    controllers = [OldController(engine, name) for name in ("a", "b", "c")]
    for controller in controllers:
        controller.start()
    try:
        _wait_for_rounds(controllers, 5)
        assert not migrations.check(old_database)
        migrations.upgrade(old_database)
        assert migrations.check(old_database)
        # They still work on the new tables.
        _wait_for_rounds(controllers, max(one.rounds for one in controllers) + 5)
    finally:
        for controller in controllers:
            controller.ends.set()
        for controller in controllers:
            controller.join(60)
    assert [controller.error for controller in controllers] == [None] * 3
    with engine.connect() as connection:
        assert migrations.differences(connection) == []
        invalid = text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        assert connection.execute(invalid).scalar_one() == 0
        written = sum(controller.rounds for controller in controllers)
        searched = text("SELECT count(*) FROM device_search WHERE words LIKE 'switch%m%'")
        assert connection.execute(searched).scalar_one() == written
    engine.dispose()


def test_a_table_that_is_held_is_waited_for_and_nobody_behind_it_for_long(
    old_database: str,
) -> None:
    engine = make_engine(old_database)
    failed: list[Exception] = []

    def upgrade() -> None:
        try:
            migrations.upgrade(old_database)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    upgrading = threading.Thread(target=upgrade)
    with engine.begin() as holder:
        holder.execute(text("LOCK TABLE device IN ROW EXCLUSIVE MODE"))
        upgrading.start()
        # A reader that comes behind the waiting migration gets its turn when that gives up.
        deadline = time.monotonic() + 60
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with engine.connect() as other:
            while not other.execute(waiting).scalar_one() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert other.execute(text("SELECT count(*) FROM device")).scalar_one() == 0
    upgrading.join(120)
    assert failed == []
    assert migrations.check(old_database)
    engine.dispose()


def test_two_upgrades_at_once_take_turns(old_database: str) -> None:
    failed: list[Exception] = []

    def upgrade() -> None:
        try:
            migrations.upgrade(old_database)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    both = [threading.Thread(target=upgrade) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
    assert failed == []
    assert migrations.check(old_database)


def _wait_for_rounds(controllers: list[OldController], rounds: int) -> None:
    deadline = time.monotonic() + 60
    while any(one.rounds < rounds and one.is_alive() for one in controllers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
