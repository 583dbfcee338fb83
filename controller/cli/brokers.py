"""``fleet brokers``: what agents listen to for MQTT devices."""

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli.asking import asked
from controller.cli.exits import WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_BROKER = Annotated[str, typer.Argument(help=_("Id of the broker."))]
_Username = Annotated[
    str | None, typer.Option(help=_("User name at the broker; its password is asked for."))
]
_Ca = Annotated[
    str | None, typer.Option(help=_("File in PEM: whom to trust instead of the usual authorities."))
]
_Certificate = Annotated[
    str | None, typer.Option(help=_("File in PEM: what the agent shows of itself."))
]
_Key = Annotated[
    str | None, typer.Option(help=_("File in PEM: the key of that certificate, without password."))
]
_Prefix = Annotated[str | None, typer.Option(help=_("Where devices announce themselves."))]
_Announce = Annotated[
    bool | None,
    typer.Option(
        "--announce/--no-announce",
        help=_("Publish Home Assistant's birth message; only where there is no Home Assistant."),
    ),
]
_Stdin = Annotated[
    bool, typer.Option("--stdin", help=_("Read the password from standard input, one line."))
]


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="brokers", no_args_is_help=True, help=_("MQTT brokers that agents listen to.")
    )
    group.command("list", help=_LIST)(list_brokers)
    group.command("add", help=_ADD)(add)
    group.command("set", help=_SET)(change)
    group.command("remove", help=_REMOVE)(remove)
    app.add_typer(group)


_LIST = _("List brokers, without their secrets.\n\nExample: fleet brokers list --school 330483-01")
_ADD = _(
    "Have the agent of a school listen to a broker. The password is asked for, or comes from"
    " FLEET_SECRET or standard input."
    "\n\nExample: fleet brokers add --school 330483-01 --url mqtts://10.1.0.5 --username fleet"
)
_SET = _(
    "Have it listened to in another way; what is not named stays as it is, an empty text takes a"
    " value away."
    "\n\nExample: fleet brokers set b01jd3k6m2w8x4zq7 --password"
)
_REMOVE = _(
    "Listen to a broker no more, and forget its secrets."
    "\n\nExample: fleet brokers remove b01jd3k6m2w8x4zq7"
)


def list_brokers(
    school: Annotated[str | None, typer.Option(help=_("Only of this school, by its code."))] = None,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    rows = ask("GET", "/brokers", query={"school": school} if school else None)["items"]
    columns = {
        "id": "id",
        "school_code": _("School"),
        "url": "URL",
        "username": _("User"),
        "has_password": _("Password"),
        "has_key": _("Key"),
        "discovery_prefix": _("Announcements"),
        "announce": _("Announces itself"),
    }
    print_rows(rows, columns, shape)


def add(
    *,
    school: Annotated[str, typer.Option(help=_("Code of its school."))],
    url: Annotated[str, typer.Option(help="mqtt://HOST[:PORT], mqtts://HOST[:PORT]")],
    username: _Username = None,
    ca: _Ca = None,
    certificate: _Certificate = None,
    key: _Key = None,
    prefix: _Prefix = None,
    announce: _Announce = None,
    stdin: _Stdin = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    body = {"school_code": school} | _said(
        url=url,
        username=username,
        ca=ca,
        certificate=certificate,
        key=key,
        prefix=prefix,
        announce=announce,
    )
    if username:
        body |= _password(stdin=stdin)
    typer.echo(ask("POST", "/brokers", body=body)["id"])


def change(
    broker: _BROKER,
    *,
    url: Annotated[str | None, typer.Option(help="mqtt://HOST[:PORT], mqtts://HOST[:PORT]")] = None,
    username: Annotated[str | None, typer.Option(help=_("User name at the broker."))] = None,
    password: Annotated[
        bool | None,
        typer.Option(
            "--password/--no-password", help=_("Ask for a new password, or forget the old one.")
        ),
    ] = None,
    ca: _Ca = None,
    certificate: _Certificate = None,
    key: _Key = None,
    prefix: _Prefix = None,
    announce: _Announce = None,
    stdin: _Stdin = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    body = _said(
        url=url,
        username=username,
        ca=ca,
        certificate=certificate,
        key=key,
        prefix=prefix,
        announce=announce,
    )
    if password or stdin:
        body |= _password(stdin=stdin)
    elif password is False:
        body["password"] = None
    changed = ask("PATCH", f"/brokers/{broker}", body=body)
    typer.echo(
        _("{url} is listened to like this from now on.").format(url=changed["url"]), err=True
    )


def remove(
    broker: _BROKER,
    *,
    yes: Annotated[bool, typer.Option("--yes", help=_("Do not ask again."))] = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    url = ask("GET", f"/brokers/{broker}")["url"]
    if not yes:
        question = _("Its devices are heard no more, its secrets are forgotten. Remove {url}?")
        typer.confirm(question.format(url=url), abort=True, err=True)
    ask("DELETE", f"/brokers/{broker}")
    typer.echo(_("{url} is listened to no more.").format(url=url), err=True)


def _said(
    *,
    url: str | None,
    username: str | None,
    ca: str | None,
    certificate: str | None,
    key: str | None,
    prefix: str | None,
    announce: bool | None,
) -> dict[str, Any]:
    """What was said on the command line, with the files' contents."""
    given = {
        "url": url,
        "username": username,
        "ca": _text(ca),
        "certificate": _text(certificate),
        "key": _text(key),
        "discovery_prefix": prefix,
        "announce": announce,
    }
    return {name: None if value == "" else value
            for name, value in given.items() if value is not None}  # fmt: skip


def _text(file: str | None) -> str | None:
    if not file:
        return file
    try:
        return Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {error}", WRONG_USE)


def _password(*, stdin: bool) -> dict[str, Any]:
    given = asked({"password": _("Password")}, stdin=stdin)["password"]
    return {"password": given or None}
