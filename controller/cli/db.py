"""``fleet db``: migrations."""

import typer

from controller.cli.language import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="db", no_args_is_help=True, help=_("The database's tables."))
    group.command("upgrade", help=_UPGRADE)(upgrade)
    group.command("check", help=_CHECK)(check)
    group.command("search-index", help=_SEARCH_INDEX)(search_index)
    app.add_typer(group)


_UPGRADE = _(
    "Make the tables, or bring them to the newest form. Safe to run again."
    "\n\nExample: fleet db upgrade"
)
_CHECK = _(
    "Say whether the tables have the newest form; exit 1 when not.\n\nExample: fleet db check"
)
_SEARCH_INDEX = _(
    "Write everything that is searched anew. Others go on working meanwhile."
    "\n\nExample: fleet db search-index"
)


def upgrade() -> None:
    from pathlib import Path  # noqa: PLC0415 - keeps --help quick

    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError  # noqa: PLC0415

    from controller.cli.exits import OTHER_SIDE_FAILED, WRONG_USE, fail  # noqa: PLC0415
    from controller.cli.files import read_settings  # noqa: PLC0415
    from inventory import migrations  # noqa: PLC0415

    settings = read_settings()
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        migrations.upgrade(settings.database_url)
    except (ValueError, ArgumentError) as error:
        fail(f"FLEET_DATABASE_URL: {error}", WRONG_USE)
    except (SQLAlchemyError, OSError) as error:
        why = str(getattr(error, "orig", None) or error)
        fail(_("The migration failed: {why}").format(why=why), OTHER_SIDE_FAILED)
    typer.echo(_("The database is at the newest migration."), err=True)


def check() -> None:
    from controller.cli.files import require_database  # noqa: PLC0415

    require_database()
    typer.echo(_("The database is at the newest migration."), err=True)


def search_index() -> None:
    from controller.cli.files import require_database  # noqa: PLC0415 - keeps --help quick
    from controller.finding import EVERY_SOURCE  # noqa: PLC0415
    from inventory.database import make_engine, session_factory, unit_of_work  # noqa: PLC0415
    from inventory.search.upkeep import mark_everything, write_stale  # noqa: PLC0415

    engine = make_engine(require_database().database_url)
    sessions = session_factory(engine)
    try:
        with unit_of_work(sessions) as session:
            marked = mark_everything(session, EVERY_SOURCE)
        written = marked
        while written:
            with unit_of_work(sessions) as session:
                written = write_stale(session, EVERY_SOURCE)
    finally:
        engine.dispose()
    typer.echo(
        _("{count} entries of the search index were written.").format(count=marked), err=True
    )
