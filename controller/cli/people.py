"""``fleet user``: who may log in."""

import sys
from typing import Annotated, Any

import typer

from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="user", no_args_is_help=True, help=_("People and their programs."))
    group.command("add", help=_ADD)(add)
    group.command("list", help=_LIST)(list_users)
    group.command("token", help=_TOKEN)(token)
    group.command("email", help=_EMAIL)(email)
    app.add_typer(group)


_ADD = _(
    "Let somebody log in, in one role at one place. Asks for the password."
    "\n\nExample: fleet user add mei --role school_admin --at 330483-01"
)
_LIST = _("List who may log in.\n\nExample: fleet user list --format json")
_TOKEN = _(
    "Make a token for FLEET_TOKEN that acts as a user; it is shown this once."
    "\n\nExample: fleet user token mei --days 90"
)
_EMAIL = _(
    "Say where somebody's reports are sent to; an empty address: nowhere."
    "\n\nExample: fleet user email mei mei@example.edu.cn"
)
_ROLES = "admin city_it county_it school_admin technician procurement auditor viewer"


def add(
    *,
    login: Annotated[str, typer.Argument(help=_("The name to log in with."))],
    role: Annotated[str, typer.Option(help=_ROLES)],
    at: Annotated[
        str, typer.Option(help=_("Code of a bureau or a school; / is everything."))
    ] = "/",
    name: Annotated[str, typer.Option(help=_("The person's name."))] = "",
    language: Annotated[str, typer.Option(help="zh_CN, en")] = "zh_CN",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help=_("Read the password from standard input."))
    ] = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked()
    body: dict[str, Any] = {
        "login": login,
        "name": name,
        "password": password,
        "role": role,
        "at": at,
        "language": language,
    }
    made = ask("POST", "/users", body=body)
    typer.echo(_("{login} may log in now.").format(login=made["login"]), err=True)


def list_users(shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    rows: list[Any] = []
    while True:
        page = ask("GET", f"/users?offset={len(rows)}")
        rows += page["items"]
        if not page["items"] or len(rows) >= page["total"]:
            break
    columns = {
        "login": _("Log-in"),
        "name": _("Name"),
        "language": _("Language"),
        "email": _("E-mail"),
        "id": "id",
    }
    print_rows(rows, columns, shape)


def token(
    login: Annotated[str, typer.Argument(help=_("Whom the token acts as."))],
    name: Annotated[str, typer.Option(help=_("What it is for."))] = "fleet",
    days: Annotated[
        float | None, typer.Option(help=_("How long it is good; for ever when left out."))
    ] = None,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    made = ask("POST", f"/users/{login}/tokens", body={"name": name, "days": days})
    typer.echo(made["token"])


def email(
    login: Annotated[str, typer.Argument(help=_("The name to log in with."))],
    address: Annotated[str, typer.Argument(help=_("E-mail address."))],
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    made = ask("PUT", f"/users/{login}/email", body={"email": address})
    typer.echo(f"{made['login']}: {made['email']}", err=True)


def _asked() -> str:
    answer: str = typer.prompt(_("Password"), hide_input=True, confirmation_prompt=True)
    return answer
