import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from inventory import migrations
from inventory.database import make_engine
from inventory.models import Level, Organisation, School


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
