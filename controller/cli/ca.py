"""``fleet ca``: a small certificate authority, for https where no public one helps."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from controller.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from controller.certificates.folder import CaFolder

_Folder = Annotated[Path, typer.Option("--folder", help=_("Where the authority is kept."))]
_Years = Annotated[int, typer.Option(help=_("How long it is good."), min=1, max=30)]
_Title = Annotated[str, typer.Option(help=_("What the authority is called."))]
_FOLDER = Path("var/ca")
_TITLE = "Campus Fleet"
_YEARS = 10
_DAYS = 397


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="ca", no_args_is_help=True, help=_("The bureau's own certificate authority.")
    )
    group.command("init", help=_INIT)(init)
    group.command("issue", help=_ISSUE)(issue)
    group.command("show", help=_SHOW)(show)
    group.command("renew", help=_RENEW)(renew)
    group.command("rollover", help=_ROLLOVER)(rollover)
    app.add_typer(group)


_INIT = _(
    "Make an authority for these names, domains, addresses or networks, and for no others."
    "\n\nExample: fleet ca init fleet.example.edu.cn 10.20.0.5"
)
_ISSUE = _(
    "Make the controller's key and certificate for these names and addresses."
    "\n\nExample: fleet ca issue fleet.example.edu.cn 10.20.0.5"
)
_SHOW = _("Say what there is and how long it is good.\n\nExample: fleet ca show")
_RENEW = _(
    "Issue the controller's certificate anew when it ends soon. Made to run every day."
    "\n\nExample: fleet ca renew --days 30"
)
_ROLLOVER = _(
    "Announce the next authority to the boxes; weeks later, with --switch, let it take over."
    "\n\nExample: fleet ca rollover"
)


def init(
    zones: Annotated[list[str], typer.Argument(help=_("What it may certify."))],
    folder: _Folder = _FOLDER,
    title: _Title = _TITLE,
    years: _Years = _YEARS,
) -> None:
    from controller.certificates.authority import Unfit, pin_of, zone  # noqa: PLC0415 - keeps --help quick

    try:
        made = _at(folder).create(title, [zone(one) for one in zones], years=years)
    except (Unfit, OSError) as error:
        _sorry(error)
    typer.echo(pin_of(made))
    line = _("Now: fleet ca issue NAME, and set FLEET_AUTHORITIES_FILE={file}")
    typer.echo(line.format(file=(folder / "authorities.pem").resolve()), err=True)


def issue(
    names: Annotated[list[str], typer.Argument(help=_("Names and addresses of the controller."))],
    folder: _Folder = _FOLDER,
    days: Annotated[int, typer.Option(help=_("How long it is good."), min=1, max=_DAYS)] = _DAYS,
) -> None:
    from controller.certificates.authority import Unfit, host  # noqa: PLC0415 - keeps --help quick

    try:
        made = _at(folder).issue([host(one) for one in names], days=days)
    except (Unfit, OSError) as error:
        _sorry(error)
    _tell_issued(folder, made)


def show(folder: _Folder = _FOLDER, shape: FormatOption = Format.table) -> None:
    from controller.certificates.authority import Unfit  # noqa: PLC0415 - keeps --help quick

    at = _at(folder)
    try:
        rows = [_row(_("authority"), one) for one in at.authorities]
    except Unfit as error:
        fail(str(error), ANSWER_IS_NO)
    if at.server is not None:
        rows.append(_row(_("server"), at.server))
    columns = {
        "kind": _("Kind"),
        "name": _("Name"),
        "certifies": _("Certifies"),
        "until": _("Until"),
        "days": _("Days left"),
        "pin": _("Fingerprint"),
    }
    print_rows(rows, columns, shape)


def renew(
    folder: _Folder = _FOLDER,
    days: Annotated[int, typer.Option(help=_("Renew when fewer days are left."), min=0)] = 60,
) -> None:
    from datetime import timedelta  # noqa: PLC0415 - keeps --help quick

    from controller.certificates.authority import Unfit  # noqa: PLC0415

    try:
        made = _at(folder).renew(within=timedelta(days=days))
    except (Unfit, OSError) as error:
        _sorry(error)
    if made is None:
        typer.echo(_("The certificate is good for longer; nothing was done."), err=True)
    else:
        _tell_issued(folder, made)


def rollover(
    *,
    folder: _Folder = _FOLDER,
    switch: Annotated[
        bool, typer.Option("--switch", help=_("Let the announced authority take over."))
    ] = False,
    title: _Title = _TITLE,
    years: _Years = _YEARS,
) -> None:
    from controller.certificates.authority import Unfit, pin_of  # noqa: PLC0415 - keeps --help quick

    at = _at(folder)
    try:
        made = at.switch() if switch else at.announce(title, years=years)
    except (Unfit, OSError) as error:
        _sorry(error)
    typer.echo(pin_of(made))
    if not switch:
        line = _("Announced. When every box has fetched its plan: fleet ca rollover --switch")
        typer.echo(line, err=True)


def _at(folder: Path) -> "CaFolder":
    from datetime import UTC, datetime  # noqa: PLC0415 - keeps --help quick

    from controller.certificates.folder import CaFolder  # noqa: PLC0415

    return CaFolder(folder, now=datetime.now(UTC))


def _tell_issued(folder: Path, made: "Certificate") -> None:
    place = folder.resolve()
    line = _(
        "Good until {until}. FLEET_TLS_CERTIFICATE={certificate} FLEET_TLS_KEY={key}; a running"
        " controller takes it up within a minute."
    )
    typer.echo(
        line.format(
            until=made.not_valid_after_utc.date(),
            certificate=place / "server.pem",
            key=place / "server.key",
        ),
        err=True,
    )


def _row(kind: str, one: "Certificate") -> dict[str, Any]:
    from datetime import UTC, datetime  # noqa: PLC0415 - keeps --help quick

    from controller.certificates.authority import hosts_of, pin_of, zones_of  # noqa: PLC0415

    return {
        "kind": kind,
        "name": one.subject.rfc4514_string().removeprefix("CN="),
        "certifies": [str(name) for name in zones_of(one) or hosts_of(one)],
        "until": one.not_valid_after_utc.isoformat(),
        "days": (one.not_valid_after_utc - datetime.now(UTC)).days,
        "pin": pin_of(one),
    }


def _sorry(error: Exception) -> NoReturn:
    fail(str(error), OTHER_SIDE_FAILED if isinstance(error, OSError) else WRONG_USE)
