"""``fleet calendar``: when a school teaches, and what bureaus and schools have entered for it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_DAYS = 28


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="calendar", no_args_is_help=True, help=_("School calendars."))
    group.command("show", help=_SHOW)(show)
    group.command("rows", help=_ROWS)(rows)
    group.command("import", help=_IMPORT)(import_calendar)
    app.add_typer(group)


_SHOW = _(
    "Show when a school teaches, day by day, and why not on the others."
    "\n\nExample: fleet calendar show 3304000001 --from 2026-09-01 --to 2026-09-30"
)
_ROWS = _(
    "List what a bureau and those above it have entered: days, school hours, times without tests."
    "\n\nExample: fleet calendar rows 3304 --from 2026-09-01 --to 2027-07-31"
)
_IMPORT = _(
    "Bring a calendar (XLSX or CSV): days, with --hours school hours, with --blackouts exams and"
    " live lessons.\n\nExample: fleet calendar import terms.xlsx --dry-run"
)
_First = Annotated[str, typer.Option("--from", help=_("First day, such as 2026-09-01."))]
_Last = Annotated[str, typer.Option("--to", help=_("Last day."))]


def show(
    school: Annotated[str, typer.Argument(help=_("Code of the school."))],
    *,
    first: _First = "",
    last: _Last = "",
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    query = {"school": school, **_days(first, last)}
    found = ask("GET", "/calendar/windows", query=query)
    if shape is Format.json:
        print_rows([found], {}, shape)
        return
    lines = [
        *_taught(found["windows"]),
        *_taught(found["unknown"]),
        *(one | {"hours": ""} for one in found["excluded"]),
    ]
    if shape is Format.table:
        lines = [one | {"reason": _reason(one["reason"])} for one in lines]
    columns = {
        "day": _("Day"),
        "hours": _("School hours"),
        "reason": _("Reason"),
        "name": _("Name"),
        "owner": _("Entered by"),
    }
    print_rows(sorted(lines, key=lambda one: (one["day"], one["hours"])), columns, shape)
    hours = _("{hours:.1f} school hours; SHA-256 of the calendar {digest}")
    typer.echo(hours.format(hours=found["seconds"] / 3600, digest=found["sha256"]), err=True)


def rows(
    bureau: Annotated[str, typer.Argument(help=_("Code of the bureau."))],
    *,
    first: _First = "",
    last: _Last = "",
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    query = {"bureau": bureau, **_days(first, last)}
    found = ask("GET", "/calendar/rows/bureau", query=query)
    lines = [{"table": table, **one} for table, its in found.items() for one in its]
    columns = {
        "table": _("Table"),
        "organisation_code": _("Entered by"),
        "stage": _("Stage"),
        "kind": _("Kind"),
        "name": _("Name"),
        "first_day": _("First day"),
        "last_day": _("Last day"),
    }
    print_rows(lines, columns, shape)


def import_calendar(
    file: Annotated[Path, typer.Argument(help=_("XLSX or CSV."))],
    *,
    hours: Annotated[bool, typer.Option("--hours", help=_("It has school hours."))] = False,
    blackouts: Annotated[
        bool, typer.Option("--blackouts", help=_("It has exams and live lessons."))
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Only tell what would happen."))
    ] = False,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.exchange import import_table  # noqa: PLC0415

    layout = "hours" if hours else "blackouts" if blackouts else "calendar"
    import_table(layout, file, dry_run=dry_run, shape=shape)


def _days(first: str, last: str) -> dict[str, str]:
    """Four weeks from today on unless said otherwise."""
    from controller.cli.exits import WRONG_USE, fail  # noqa: PLC0415
    from inventory.days import day_of  # noqa: PLC0415

    try:
        begin = date.fromisoformat(first) if first else day_of(datetime.now(UTC))
        end = date.fromisoformat(last) if last else begin + timedelta(days=_DAYS - 1)
    except ValueError:
        fail(_("{text}: expected a day such as 2026-09-01").format(text=last or first), WRONG_USE)
    return {"first": begin.isoformat(), "last": end.isoformat()}


def _reason(code: str) -> str:
    """In words, as pages say it."""
    from controller.words.calendars import CALENDAR_REASONS  # noqa: PLC0415
    from inventory.calendars import Reason  # noqa: PLC0415

    return _(CALENDAR_REASONS[Reason(code)]) if code else ""


def _taught(windows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """One line a window: its day and its hours, by the clock of the schools."""
    from inventory.days import ZONE  # noqa: PLC0415

    found = []
    for one in windows:
        begin, end = (
            datetime.fromisoformat(one[name]).astimezone(ZONE) for name in ("begins_at", "ends_at")
        )
        line = {"day": begin.date().isoformat(), "hours": f"{begin:%H:%M}-{end:%H:%M}"}
        found.append(line | {"reason": "", "name": "", "owner": ""})
    return found
