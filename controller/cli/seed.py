"""``fleet seed``: fills the database and the metric store with a synthetic city."""

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from controller.metrics.store import MetricStore
    from controller.seed.options import CitySpec
    from controller.seed.people import Login
    from controller.seed.run import Made
    from controller.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("seed", help=_HELP)(seed)


_HELP = _(
    "Fill the database and the metric store with a synthetic city: schools, devices, lines, a past"
    " of tests, alerts and tickets. The same arguments make the same city."
    "\n\nExample: fleet seed --schools 20 --devices 1500 --days 90"
)
_HISTORIES = "tests uplinks sample all"
_RECENT_DAYS = 31


def seed(
    *,
    schools: Annotated[int, typer.Option(help=_("How many schools."))],
    devices: Annotated[int, typer.Option(help=_("How many devices, of all schools together."))],
    days: Annotated[int, typer.Option(help=_("How far tests, alerts and tickets reach back."))],
    number: Annotated[
        int, typer.Option("--seed", help=_("Another number makes another city."))
    ] = 1,
    recent_days: Annotated[
        int | None,
        typer.Option(
            help=_("How far traffic and vitals reach back; 31 days unless told otherwise.")
        ),
    ] = None,
    every: Annotated[int, typer.Option(help=_("Seconds between two samples of traffic."))] = 300,
    history: Annotated[
        str,
        typer.Option(
            metavar=_HISTORIES.replace(" ", "|"),
            help=_(
                "Of what there are samples: line tests; also uplinks; also vitals of a few devices"
                " a school; of all devices."
            ),
        ),
    ] = "sample",
    until: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help=_("The moment the city is shown at, such as 2026-09-01T10:00+08:00; now."),
        ),
    ] = "",
    beside: Annotated[
        bool, typer.Option("--add", help=_("Put it beside the schools that are there."))
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help=_("Go on with samples where it was interrupted."))
    ] = False,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help=_("Read everybody's password from standard input, instead of making one."),
        ),
    ] = False,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.exits import WRONG_USE, fail  # noqa: PLC0415 - keeps --help quick

    spec = _spec(
        schools=schools,
        devices=devices,
        days=days,
        recent_days=min(days, _RECENT_DAYS) if recent_days is None else recent_days,
        every=every,
        history=history,
        seed=number,
        until=until,
    )
    password = _password(stdin=password_stdin)
    if shape is Format.csv:
        fail(_("--format csv: there is no list to print; use table or json"), WRONG_USE)
    made = _make(spec, password, beside=beside, resume=resume)
    if shape is Format.json:
        _print_json(made, password)
    else:
        _print_words(made, password)


def _spec(**given: Any) -> "CitySpec":
    from datetime import UTC, datetime  # noqa: PLC0415

    from controller.cli.exits import WRONG_USE, fail  # noqa: PLC0415
    from controller.seed.options import BadCity, CitySpec, History  # noqa: PLC0415

    if given["history"] not in set(History):
        line = _("--history {word}: one of {words}")
        fail(line.format(word=given["history"], words=_HISTORIES), WRONG_USE)
    given["history"] = History(given["history"])
    try:
        at = datetime.fromisoformat(given["until"]) if given["until"] else datetime.now(UTC)
    except ValueError:
        line = _("--until {word}: a time such as 2026-09-01T10:00+08:00")
        fail(line.format(word=given["until"]), WRONG_USE)
    if at.tzinfo is None:
        line = _("--until {word}: say the zone, too: 2026-09-01T10:00+08:00")
        fail(line.format(word=given["until"]), WRONG_USE)
    given["until"] = at.astimezone(UTC).replace(second=0, microsecond=0)
    try:
        return CitySpec(**given)
    except BadCity as error:
        fail(_("{error} (what is possible)").format(error=error), WRONG_USE)


def _password(*, stdin: bool) -> str:
    import secrets  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from controller.auth.passwords import MAX_LENGTH, MIN_LENGTH  # noqa: PLC0415
    from controller.cli.exits import WRONG_USE, fail  # noqa: PLC0415

    if not stdin:
        return secrets.token_urlsafe(12)
    password = sys.stdin.readline().rstrip("\r\n")
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        line = _("--password-stdin: {n} to {most} characters")
        fail(line.format(n=MIN_LENGTH, most=MAX_LENGTH), WRONG_USE)
    return password


def _make(spec: "CitySpec", password: str, *, beside: bool, resume: bool) -> "Made":
    import duckdb  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from controller.cli.exits import ANSWER_IS_NO, WRONG_USE, fail  # noqa: PLC0415
    from controller.cli.seed_progress import Progress  # noqa: PLC0415
    from controller.errors import FleetError  # noqa: PLC0415
    from controller.seed import run  # noqa: PLC0415
    from controller.seed.options import BadCity  # noqa: PLC0415
    from controller.settings import open_secret_box  # noqa: PLC0415
    from inventory.database import make_engine, session_factory  # noqa: PLC0415

    settings, store = _opened()
    engine = make_engine(settings.database_url)
    progress = Progress()
    try:
        with progress:
            return run.seed_city(
                spec,
                session_factory(engine),
                store,
                box=open_secret_box(settings),
                password=password,
                watcher=progress,
                beside=beside,
                resume=resume,
            )
    except BadCity as error:
        fail(_("{error} (what is possible)").format(error=error), WRONG_USE)
    except run.Occupied as error:
        line = _(
            "The database holds {n} schools; --add puts the city beside them. Nothing was changed."
        )
        fail(line.format(n=error.args[0]), ANSWER_IS_NO)
    except run.CityExists as error:
        line = _(
            "The database holds city {code} already: choose another --seed, or go on with it by"
            " --resume."
        )
        fail(line.format(code=error.args[0]), ANSWER_IS_NO)
    except run.NothingToResume:
        line = _("No city of these very arguments was begun here; without --resume it is.")
        fail(line, ANSWER_IS_NO)
    except run.Stopped:
        _print_logins(progress.logins, password)
        _say_what_is_left(spec, None, registered=resume or bool(progress.logins))
    except (OSError, ValueError, RuntimeError, SQLAlchemyError, FleetError, duckdb.Error) as error:
        _print_logins(progress.logins, password)
        why = str(getattr(error, "orig", None) or error)
        _say_what_is_left(spec, why, registered=resume or bool(progress.logins))
    finally:
        store.close()
        engine.dispose()


def _opened() -> "tuple[Settings, MetricStore]":
    """The settings, and the metric store they name, which no controller may hold."""
    import os  # noqa: PLC0415

    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from controller.cli.exits import OTHER_SIDE_FAILED, WRONG_USE, fail  # noqa: PLC0415
    from controller.cli.files import require_database  # noqa: PLC0415
    from controller.metrics.files import StoreInUse  # noqa: PLC0415
    from controller.stores import open_store  # noqa: PLC0415

    if os.environ.get("FLEET_URL"):
        line = _(
            "FLEET_URL is set, but seed writes to the files itself: stop the controller, then"
            " unset it"
        )
        fail(line, WRONG_USE)
    settings = require_database()
    try:
        return settings, open_store(settings.metrics_url, settings)
    except (OSError, StoreInUse, ValueError, SQLAlchemyError) as error:
        fail(str(error), OTHER_SIDE_FAILED)


def _say_what_is_left(spec: "CitySpec", why: str | None, *, registered: bool) -> NoReturn:
    """What is left of a city that was interrupted, or failed, and how to go on."""
    from controller.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, fail  # noqa: PLC0415

    if why is not None and registered:
        line = _(
            "Samples could not be stored ({why}); the register is complete. Go on with: {again}"
        )
        fail(line.format(why=why, again=_command(spec)), OTHER_SIDE_FAILED)
    if why is not None:
        fail(_("The city could not be stored: {why}").format(why=why), OTHER_SIDE_FAILED)
    if not registered:
        fail(_("Interrupted: nothing was kept. Run the same command again."), ANSWER_IS_NO)
    line = _("Interrupted: the register is complete, samples are missing. Go on with: {again}")
    fail(line.format(again=_command(spec)), ANSWER_IS_NO)


def _command(spec: "CitySpec") -> str:
    """What to type to go on, whatever the time is then."""
    return (
        f"fleet seed --schools {spec.schools} --devices {spec.devices} --days {spec.days}"
        f" --seed {spec.seed} --recent-days {spec.recent_days} --every {spec.every}"
        f" --history {spec.history} --until {spec.until.isoformat()} --resume"
    )


def _print_json(made: "Made", password: str) -> None:
    import json  # noqa: PLC0415

    spec = made.city.spec
    document = {
        "city": spec.city_code,
        "name": made.city.bureau.name,
        "schools": spec.schools,
        "devices": spec.devices,
        "until": spec.until.isoformat(),
        "rows": made.rows,
        "tickets": made.tickets,
        "samples": made.samples,
        "register_seconds": round(made.register_seconds, 2),
        "sample_seconds": round(made.sample_seconds, 2),
        "verdict_seconds": round(made.verdict_seconds, 2),
        "password": password if made.logins else None,
        "logins": [
            {"login": one.login, "name": one.name, "role": one.role.value, "at": one.path}
            for one in made.logins
        ],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _print_words(made: "Made", password: str) -> None:
    spec = made.city.spec
    line = _("{city} ({code}): {schools} schools, {devices} devices, {tickets} tickets,"
             " {samples} samples in {seconds} s")  # fmt: skip
    typer.echo(
        line.format(
            city=made.city.bureau.name,
            code=spec.city_code,
            schools=spec.schools,
            devices=spec.devices,
            tickets=made.tickets,
            samples=made.samples,
            seconds=round(made.register_seconds + made.sample_seconds + made.verdict_seconds),
        ),
        err=True,
    )
    _print_logins(made.logins, password)
    typer.echo(
        _("No agent polls this city, so after minutes all of it is silent. To see it as it is at"
          " that moment: FLEET_POLL_SECONDS=86400 fleet serve"),
        err=True,
    )  # fmt: skip


def _print_logins(logins: "Sequence[Login]", password: str) -> None:
    from controller.cli.output import print_rows  # noqa: PLC0415
    from controller.words.terms import word  # noqa: PLC0415

    if not logins:
        return
    rows = [
        {"login": one.login, "name": one.name, "role": _(word(one.role)), "place": one.place}
        for one in logins
    ]
    columns = {"login": _("Log-in"), "name": _("Name"), "role": _("Role"), "place": _("Place")}
    print_rows(rows, columns, Format.table)
    line = _("Password of all of them, shown this once: {password}")
    typer.echo(line.format(password=password))
