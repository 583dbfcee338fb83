"""``fleet devices proposals|accept|reject|undo`` and ``fleet discovery``: devices found."""

from typing import Annotated, Any

import typer

from controller.cli.exits import WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_AT_ONCE = 500
_Ids = Annotated[list[str] | None, typer.Argument(help=_("Ids of proposals."))]
_School = Annotated[str | None, typer.Option(help=_("Only of this school, by its code."))]
_Kind = Annotated[str | None, typer.Option(help="switch, access_point, printer, ups, …")]
_Everyone = Annotated[
    bool, typer.Option("--all", help=_("All that wait for a decision and fit the other options."))
]


def register_devices(group: typer.Typer) -> None:
    """Add the commands to ``fleet devices``."""
    group.command("proposals", help=_PROPOSALS)(list_proposals)
    group.command("accept", help=_ACCEPT)(accept)
    group.command("reject", help=_REJECT)(reject)
    group.command("undo", help=_UNDO)(undo)


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="discovery", no_args_is_help=True, help=_("Where agents look for devices.")
    )
    group.command("show", help=_SHOW)(show)
    group.command("set", help=_SET)(change)
    app.add_typer(group)


_PROPOSALS = _(
    "List devices that agents found and that are not in the register."
    "\n\nExample: fleet devices proposals --school 330483-01"
)
_ACCEPT = _(
    "Put devices that were found in service."
    "\n\nExample: fleet devices accept --all --school 330483-01 --kind access_point"
)
_REJECT = _(
    "Leave devices that were found alone; they are not asked about again."
    "\n\nExample: fleet devices reject p01jd3k6m2w8x4zq7"
)
_UNDO = _(
    "Take back what was decided about devices that were found."
    "\n\nExample: fleet devices undo p01jd3k6m2w8x4zq7"
)
_SHOW = _(
    "Show where a school's devices are looked for.\n\nExample: fleet discovery show 330483-01"
)
_SET = _(
    "Say where a school's devices are looked for; what is not named stays as it is."
    "\n\nExample: fleet discovery set 330483-01 --range 10.1.0.0/22 --seed 10.1.0.1"
)


def list_proposals(
    *,
    school: _School = None,
    state: Annotated[str, typer.Option(help="open, accepted, rejected")] = "open",
    match: Annotated[str | None, typer.Option(help="new, moved, replaced, known")] = None,
    kind: _Kind = None,
    search: Annotated[str | None, typer.Option(help=_("Text the row contains."))] = None,
    shape: FormatOption = Format.table,
) -> None:
    query = {"school": school, "state": state, "match": match, "kind": kind, "search": search}
    columns = {
        "id": "id",
        "school_code": _("School"),
        "address": _("Address"),
        "name": _("Name"),
        "kind": _("Kind"),
        "model": _("Model"),
        "serial": _("Serial number"),
        "match": _("Register"),
        "how": _("Found by"),
        "found_at": _("Last found"),
    }
    print_rows(_all(query), columns, shape)


def accept(
    ids: _Ids = None,
    *,
    everyone: _Everyone = False,
    school: _School = None,
    kind: _Kind = None,
    name: Annotated[str, typer.Option(help=_("What to call it, where it is a single one."))] = "",
    room: Annotated[str | None, typer.Option(help=_("Id of the room they stand in."))] = None,
) -> None:
    chosen = _chosen(ids, {"school": school, "kind": kind}, everyone)
    if name and len(chosen) != 1:
        fail(_("--name is for a single device."), WRONG_USE)
    items = [{"id": one, "name": name, "room_id": room} for one in chosen]
    done = _decide("accept", [{"items": part} for part in _parts(items)])
    typer.echo(_("{count} devices are in service now.").format(count=done), err=True)


def reject(
    ids: _Ids = None,
    *,
    everyone: _Everyone = False,
    school: _School = None,
    kind: _Kind = None,
) -> None:
    chosen = _chosen(ids, {"school": school, "kind": kind}, everyone)
    done = _decide("reject", [{"ids": part} for part in _parts(chosen)])
    typer.echo(_("{count} devices are left alone.").format(count=done), err=True)


def undo(ids: Annotated[list[str], typer.Argument(help=_("Ids of proposals."))]) -> None:
    done = _decide("undo", [{"ids": part} for part in _parts(ids)])
    typer.echo(_("{count} devices wait for a decision again.").format(count=done), err=True)


def show(
    school: Annotated[str, typer.Argument(help=_("Code of the school."))],
    shape: FormatOption = Format.table,
) -> None:
    _print(school, _of(school), shape)


def change(
    school: Annotated[str, typer.Argument(help=_("Code of the school."))],
    *,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help=_("Whether devices are looked for at all."))
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", help=_("A network, such as 10.1.0.0/22; repeatable.")),
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option(help=_("A network whose hosts are told of even if they only answer pings.")),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help=_("A network to leave alone; repeatable."))
    ] = None,
    seed: Annotated[
        list[str] | None, typer.Option(help=_("A device whose neighbours are asked for."))
    ] = None,
    every: Annotated[float | None, typer.Option(help=_("Hours from one look to the next."))] = None,
    rate: Annotated[float | None, typer.Option(help=_("Packets a second."))] = None,
    crawl: Annotated[bool | None, typer.Option(help=_("Follow neighbours."))] = None,
    accept_kind: Annotated[
        list[str] | None,
        typer.Option(help=_("Accept this kind without asking where a credential worked.")),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help=_("Networks of the Internet are meant, too."))
    ] = False,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    wanted = _of(school)
    if ranges is not None or hosts is not None or exclude is not None:
        wanted["ranges"] = [
            *({"network": one} for one in ranges or ()),
            *({"network": one, "hosts": True} for one in hosts or ()),
            *({"network": one, "excluded": True} for one in exclude or ()),
        ]
        wanted["enabled"] = True
    changes = {
        "enabled": enabled,
        "seeds": seed,
        "every_seconds": None if every is None else every * 3600,
        "packets_per_second": rate,
        "crawl": crawl,
        "accept_kinds": accept_kind,
    }
    wanted |= {name: value for name, value in changes.items() if value is not None}
    wanted["public"] = public
    _print(school, ask("PUT", f"/schools/{school}/discovery", body=wanted), shape)


def _of(school: str) -> dict[str, Any]:
    from controller.cli.service import ask  # noqa: PLC0415

    found: dict[str, Any] = ask("GET", f"/schools/{school}/discovery")
    return found


def _print(school: str, wish: dict[str, Any], shape: Format) -> None:
    def networks(*, excluded: bool) -> list[str]:
        return [one["network"] for one in wish["ranges"] if one["excluded"] is excluded]

    row = {
        **wish,
        "school_code": school,
        "networks": networks(excluded=False),
        "left_alone": networks(excluded=True),
    }
    columns = {
        "school_code": _("School"),
        "enabled": _("Looks"),
        "networks": _("Networks"),
        "left_alone": _("Left alone"),
        "seeds": _("Seeds"),
        "every_seconds": _("Seconds between looks"),
        "packets_per_second": _("Packets a second"),
        "accept_kinds": _("Accepted without asking"),
    }
    print_rows([row], columns, shape)


def _chosen(ids: list[str] | None, query: dict[str, str | None], everyone: bool) -> list[str]:
    if bool(ids) is everyone:
        fail(_("Name proposals by id, or give --all."), WRONG_USE)
    return ids or [row["id"] for row in _all({**query, "state": "open"})]


def _parts(items: list[Any]) -> list[list[Any]]:
    return [items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE)]


def _decide(step: str, bodies: list[dict[str, Any]]) -> int:
    from controller.cli.service import ask  # noqa: PLC0415

    return sum(len(ask("POST", f"/proposals/{step}", body=body)["items"]) for body in bodies)


def _all(wanted: dict[str, str | None]) -> list[dict[str, Any]]:
    from controller.cli.service import ask  # noqa: PLC0415

    query = {name: value for name, value in wanted.items() if value}
    rows: list[dict[str, Any]] = []
    while True:
        page = ask("GET", "/proposals", query={**query, "offset": len(rows), "limit": _AT_ONCE})
        rows += page["items"]
        if not page["items"] or len(rows) >= page["total"]:
            return rows
