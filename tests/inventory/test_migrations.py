from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from inventory import migrations
from inventory.database import make_engine
from inventory.models import Level, Organisation, School
from inventory.scope import Scope
from inventory.standards.access import access_target
from inventory.standards.bound import Bindings, kind_of
from inventory.standards.documents import fingerprint, from_text
from inventory.standards.repository import StandardRepository

TODAY = date(2026, 9, 1)


def test_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        assert migrations.differences(connection) == []


def test_upgrade_of_an_empty_file_reaches_the_head_and_again_changes_nothing(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert migrations.current(url) is None
    assert not migrations.check(url)
    migrations.upgrade(url)
    migrations.upgrade(url)
    assert migrations.current(url) == migrations.head()
    assert migrations.check(url)


def test_upgrade_works_on_a_database_in_memory() -> None:
    engine = make_engine("sqlite://")
    migrations.upgrade_engine(engine)
    with engine.connect() as connection:
        assert migrations.differences(connection) == []
    engine.dispose()


def test_postgresql_leaves_room_for_states_and_vacuums_devices_often(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no such settings")
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL")
        )
        settings = {row.relname: set(row.reloptions) for row in rows}
    assert settings["device_state"] == {"fillfactor=50"}
    assert "autovacuum_vacuum_scale_factor=0.002" in settings["device"]


def test_downgrade_leaves_an_empty_database(engine: Engine) -> None:
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        migrations.command.downgrade(config, "base")
    with engine.connect() as connection:
        before = migrations.differences(connection)
        assert {change[0] for change in before} == {"add_table", "add_index"}


def test_a_school_code_cannot_be_changed_around_the_models(session: Session) -> None:
    session.add(Organisation(code="33", name="City", level=Level.city, path="/33/"))
    session.flush()
    session.add(School(code="S001", name="School", organisation_code="33", path="/33/S001/"))
    session.flush()
    session.execute(text("UPDATE school SET code = 'S001', students = 1 WHERE code = 'S001'"))
    with pytest.raises((IntegrityError, DBAPIError), match="keeps its code for ever"):
        session.execute(text("UPDATE school SET code = 'S002' WHERE code = 'S001'"))


def test_targets_of_old_plans_become_bound_standards(engine: Engine) -> None:
    config = migrations.configuration()

    def went(how: str, where: str) -> None:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            getattr(migrations.command, how)(config, where)

    went("downgrade", "0046")
    with engine.begin() as connection:
        for statement in _OLD_TARGETS:
            connection.execute(text(statement))
    went("upgrade", "head")
    with Session(engine) as session:
        school = session.get_one(School, "S001")
        bound = Bindings(session, Scope.everything(), TODAY, TODAY).of(kind_of(school), TODAY)
        found = access_target(bound)
        assert (found.mbps, found.plan, found.quote) == (100, "Ours (1)", "百兆")
        rows = StandardRepository(session, Scope.everything()).kept()
        assert [row.fingerprint for row in rows] == [
            fingerprint(from_text(row.document)) for row in rows
        ]
    went("downgrade", "0046")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept_standard")).scalar_one() == 0
        # Controllers of the release before find theirs as they were.
        assert connection.execute(text("SELECT count(*) FROM bandwidthtarget")).scalar_one() == 3
    went("upgrade", "head")


_PLACE = (
    "INSERT INTO organisation (code, name, name_en, level, parent_code, path) VALUES",
    "INSERT INTO bandwidthtarget (id, plan, quote, version, metric, mbps, medium, setting, form,"
    " organisation_code, effective_from, effective_until) VALUES",
)
_OLD_TARGETS = (
    f"{_PLACE[0]} ('33', 'City', '', 'city', NULL, '/33/')",
    "INSERT INTO school (code, name, name_en, organisation_code, path, stage, setting, form,"
    " is_public, address, students, teachers, classes)"
    " VALUES ('S001', 'S', '', '33', '/33/S001/', 'primary', 'rural', 'school', true, '', 0, 0, 0)",
    f"{_PLACE[1]} ('g1', 'Ours', '百兆', '1', 'access', 100, 'fibre', 'rural', NULL, '33',"
    " '2024-01-01', NULL)",
    f"{_PLACE[1]} ('g2', 'Ours', '4M', '1', 'access', 4, NULL, NULL, 'school', NULL,"
    " '2024-01-01', '2027-01-01')",
    f"{_PLACE[1]} ('g3', 'Ours', '千兆', '1', 'access', 1000, NULL, 'urban', NULL, '33',"
    " '2024-01-01', NULL)",
)


def test_notices_stay_when_their_events_may_be_told_again(engine: Engine) -> None:
    at, told = "'2026-01-01 00:00:00+00:00'", "'alert_opened'"
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        migrations.command.downgrade(config, "0069")
        connection.execute(
            text(f"INSERT INTO notice_event (id, kind, alert_id, at) VALUES (7, {told}, 'x', {at})")  # noqa: S608
        )
        connection.execute(
            text(
                "INSERT INTO notice (id, event_id, target, kind, fault, state, attempts, next_at,"  # noqa: S608
                f" claim, made_at, detail) VALUES ('n', 7, 't', {told}, 'f', 'sent', 1, {at}, '',"
                f" {at}, '')"
            )
        )
        migrations.command.upgrade(config, "0070")
        assert connection.execute(text("SELECT id, event_id FROM notice")).all() == [("n", 7)]
        migrations.command.upgrade(config, "head")
        assert migrations.differences(connection) == []
