"""``fleet standards``: what plans demand, whom they bind, what a person confirms."""

from datetime import date
from typing import Annotated, Any

import typer

from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_Code = Annotated[str, typer.Argument(help=_("Code of the standard."))]
_Version = Annotated[
    int | None, typer.Option(help=_("Version of the standard; the newest if left out."), min=1)
]
_BINDINGS = "/standard-bindings"


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="standards", no_args_is_help=True, help=_("Targets of plans, and whom they bind.")
    )
    group.command("list", help=_LIST)(list_standards)
    group.command("show", help=_SHOW)(show_standard)
    group.command("apply", help=_APPLY)(apply_standard)
    group.command("confirm", help=_CONFIRM)(confirm)
    group.command("copy", help=_COPY)(copy_standard)
    group.command("adopt", help=_ADOPT)(adopt)
    app.add_typer(group)


_LIST = _("List standards and where they hold.\n\nExample: fleet standards list --format json")
_SHOW = _("Show the targets of a standard.\n\nExample: fleet standards show zibo")
_APPLY = _(
    "Let a standard hold for a school, or for the schools below a bureau."
    "\n\nExample: fleet standards apply national --to 3304 --from 2026-09-01"
)
_CONFIRM = _(
    "Confirm how a plan is to be read; targets that need it are judged from then on."
    "\n\nExample: fleet standards confirm zibo town_setting rural --at 3703"
)
_COPY = _(
    "Make a standard of your own out of another one."
    "\n\nExample: fleet standards copy zibo --code our-zibo --title 'Our targets' --of 3703"
)
_ADOPT = _(
    "Adopt the tolerance that is printed on every report; 80/80 unless said otherwise."
    "\n\nExample: fleet standards adopt --at 3304 --name 'Acceptance rule' --by 'Mei Li'"
)


def list_standards(shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    rows = ask("GET", "/standards")["items"]
    bound = ask("GET", _BINDINGS)["items"]
    for row in rows:
        row["holds_for"] = [
            _place(one)
            for one in bound
            if (one["standard"], one["version"]) == (row["code"], row["version"])
        ]
    columns = {
        "code": _("Code"),
        "version": _("Version"),
        "plan": _("Plan"),
        "targets": _("Targets"),
        "questions": _("To confirm"),
        "holds_for": _("Holds for"),
    }
    print_rows(rows, columns, shape)


def show_standard(
    code: _Code, *, version: _Version = None, shape: FormatOption = Format.table
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    query = {} if version is None else {"version": version}
    found = ask("GET", f"/standards/{code}", query=query)
    if shape is Format.json:
        print_rows([found], {}, shape)
        return
    columns = {
        "id": _("Target"),
        "measure": _("Measure"),
        "value": _("Value"),
        "unit": _("Unit"),
        "quote": _("Quote"),
        "needs": _("To confirm"),
    }
    print_rows(found["demands"], columns, shape)
    for one in found["asked"]:
        typer.echo(f"{one['id']}: {one['text']} {one['translation']}", err=True)
    for caveat in (*found["caveats"], *found["caveats_translation"]):
        typer.echo(caveat, err=True)


def apply_standard(
    code: _Code,
    *,
    to: Annotated[str, typer.Option(help=_("Code of a bureau or a school."))],
    since: Annotated[str, typer.Option("--from", help=_("First day, such as 2026-09-01."))] = "",
    until: Annotated[str, typer.Option(help=_("Last day."))] = "",
    stage: Annotated[str, typer.Option(help="kindergarten, primary, junior_secondary, …")] = "",
    setting: Annotated[str, typer.Option(help="urban, town, rural")] = "",
    form: Annotated[str, typer.Option(help="school, central_school, teaching_point, …")] = "",
    version: _Version = None,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    said = {"valid_until": until, "stage": stage, "setting": setting, "form": form}
    body: dict[str, Any] = {"standard": code, "at": to, "valid_from": since or _today()}
    body |= {name: value for name, value in said.items() if value}
    made = ask("POST", _BINDINGS, body=body | ({"version": version} if version else {}))
    line = _("“{code}” version {version} holds for {place}.")
    typer.echo(line.format(code=code, version=made["version"], place=_place(made)), err=True)
    _tell_open_questions(code, made["version"])


def confirm(
    code: _Code,
    question: Annotated[str, typer.Argument(help=_("What is confirmed; `show` lists it."))],
    answer: Annotated[str, typer.Argument(help="yes, no, urban, rural, none, 2026-09-01")],
    *,
    at: Annotated[str, typer.Option(help=_("Code of the bureau for whose schools it holds."))],
    note: Annotated[str, typer.Option(help=_("Why, or by which document."))] = "",
    version: _Version = None,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    body = {"question": question, "answer": answer, "organisation_code": at, "note": note}
    query = {} if version is None else {"version": version}
    made = ask("POST", f"/standards/{code}/answers", query=query, body=body)
    line = _("{question} = {answer}, confirmed by {person}.")
    typer.echo(line.format(person=made["answered_by"], **body), err=True)


def copy_standard(
    code: _Code,
    *,
    new: Annotated[str, typer.Option("--code", help=_("Code of the copy."))],
    title: Annotated[str, typer.Option(help=_("What the copy is called."))],
    of: Annotated[str, typer.Option(help=_("Code of the bureau whose own it is."))] = "",
    version: _Version = None,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    body = {"code": new, "title": title, "organisation_code": of or None, "version": version}
    typer.echo(ask("POST", f"/standards/{code}/copies", body=body)["code"])


def adopt(
    *,
    at: Annotated[str, typer.Option(help=_("Code of the bureau."))],
    name: Annotated[str, typer.Option(help=_("What the policy is called."))],
    by: Annotated[str, typer.Option(help=_("Who adopted it."))],
    document: Annotated[str, typer.Option(help=_("Number of the document that adopts it."))] = "",
    test_share: Annotated[
        float, typer.Option(help=_("Share of a target a test must reach."))
    ] = 0.8,
    pass_share: Annotated[float, typer.Option(help=_("Share of tests that must reach it."))] = 0.8,
    since: Annotated[str, typer.Option("--from", help=_("First day, such as 2026-09-01."))] = "",
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    body = {
        "organisation_code": at,
        "name": name,
        "document_number": document,
        "adopted_by": by,
        "adopted_on": _today(),
        "valid_from": since or _today(),
        "test_share": str(test_share),
        "pass_share": str(pass_share),
    }
    typer.echo(ask("POST", "/tolerance-policies", body=body)["id"])


def _tell_open_questions(code: str, version: int) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    query = {"version": version}
    asked = ask("GET", f"/standards/{code}", query=query)["asked"]
    answers = ask("GET", f"/standards/{code}/answers", query=query)["items"]
    said = {one["question"] for one in answers}
    pending = [one["id"] for one in asked if one["id"] not in said]
    if pending:
        line = _("Targets that need {questions} are not judged before somebody confirms that.")
        typer.echo(line.format(questions=", ".join(pending)), err=True)


def _place(binding: dict[str, Any]) -> str:
    kinds = [binding[name] for name in ("stage", "setting", "form") if binding[name]]
    place = binding["school_code"] or binding["organisation_code"]
    times = f"{binding['valid_from']}…{binding['valid_until'] or ''}"
    return " ".join([place, *kinds, times])


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 - the operator's own day
