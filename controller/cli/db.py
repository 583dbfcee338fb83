"""``fleet db``: migrations."""

import typer

from controller.cli.language import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="db", no_args_is_help=True, help=_("The database's tables."))
    group.command("upgrade", help=_UPGRADE)(upgrade)
    group.command("check", help=_CHECK)(check)
    app.add_typer(group)


_UPGRADE = _(
    "Make the tables, or bring them to the newest form. Safe to run again."
    "\n\nExample: fleet db upgrade"
)
_CHECK = _(
    "Say whether the tables have the newest form; exit 1 when not.\n\nExample: fleet db check"
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
