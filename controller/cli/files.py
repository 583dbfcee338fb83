"""The settings, and the files they name, before a command works on them."""

from controller.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.settings import Settings


def read_settings(**given: object) -> Settings:
    """Settings from the environment; ``given`` outranks it.

    Raises:
        typer.Exit: they are wrong; one line a mistake has been printed.
    """
    import typer  # noqa: PLC0415
    from pydantic import ValidationError  # noqa: PLC0415 - keeps --help quick

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = "_".join(map(str, one["loc"])).upper()
            typer.echo(f"FLEET_{name}: {one['msg']}", err=True)
        raise typer.Exit(WRONG_USE) from None


def require_database(settings: Settings | None = None) -> Settings:
    """Settings whose database is there and at the newest migration.

    Raises:
        typer.Exit: it is not; what to do has been printed.
    """
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError  # noqa: PLC0415

    from inventory import migrations  # noqa: PLC0415

    settings = settings or read_settings()
    try:
        shown = make_url(settings.database_url).render_as_string()
        current = migrations.check(settings.database_url)
    except (ValueError, ArgumentError) as error:
        fail(f"FLEET_DATABASE_URL: {error}", WRONG_USE)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        line = _("{url}: the database does not answer ({why})")
        fail(line.format(url=shown, why=why), OTHER_SIDE_FAILED)
    if not current:
        line = _("{url}: not at the newest migration; run `fleet db upgrade`")
        fail(line.format(url=shown), ANSWER_IS_NO)
    return settings
