"""Somebody of another county finds nothing of ours behind any address, and changes nothing there.

Every route whose path names a row is walked. ``OURS`` says which row of county A stands for which
part of which path; a route that has none there, and is not among ``EVERYBODYS``, fails: name its
row when you add the route. The stranger may do everything in county B.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session, SQLModel
from starlette.testclient import TestClient

from controller.api.attachments import file_folder
from controller.app import create_app
from controller.routes import every_route
from inventory.database import make_engine, read_only, session_factory, unit_of_work
from tests.controller.county import make_settings
from tests.controller.foreign import ENTRY, add_counties, request_for
from tests.inventory.city import A

#: Path or beginning of paths, part: the row of ours. The longest beginning counts.
OURS: Mapping[tuple[str, str], str] = {
    ("", "agent_id"): A.row("a"),
    ("", "appeal_id"): "ea-A",
    ("", "edition_id"): "ed-A",
    ("", "scan_id"): "es-A",
    ("/api/v1/report-appeals", "file_id"): "ef-A",
    ("/reports", "file_id"): "ef-A",
    ("/reports", "code"): A.school,
    ("", "alert_id"): "al-A",
    ("", "alert_rule_id"): "ar-A",
    ("", "trial_id"): "rt-A",
    ("", "attachment_id"): "at-A",
    ("", "broker_id"): A.row("b"),
    ("", "building_id"): A.row("bd"),
    ("", "campus_id"): A.row("cp"),
    ("", "change_id"): A.row("sc"),
    ("", "claim_id"): "cl-A",
    ("", "command_id"): "ac-A",
    ("", "campaign_id"): "ca-A",
    ("", "channel_id"): "nc-A",
    ("", "credential_id"): A.row("c"),
    ("", "delivery_id"): "de-A",
    ("", "device_id"): A.row("d"),
    ("", "exclusion_id"): "mx-A",
    ("", "window_id"): "mw-A",
    ("", "silence_id"): "si-A",
    ("", "disposal_id"): "di-A",
    ("", "figures_id"): A.row("sf"),
    ("", "line_id"): A.row("l"),
    ("", "photo_id"): "tp-A",
    ("", "order_id"): "po-A",
    ("", "outlet_id"): "ou-A",
    ("", "server_id"): "ss-A",
    ("", "programme_id"): "pg-A",
    ("", "project_id"): "pj-A",
    ("", "proposal_id"): A.row("p"),
    ("", "recognition_id"): A.row("rg"),
    ("", "request_id"): "er-A",
    ("", "result_id"): "re-A",
    ("", "room_id"): A.row("r"),
    ("", "school_code"): A.school,
    ("", "staff_id"): A.row("sm"),
    ("", "standard_code"): "own-a",
    ("", "binding_id"): "sb-A",
    ("", "exemption_id"): "mz-A",
    ("", "ticket_id"): "t-A",
    ("", "transfer_id"): "tr-A",
    ("", "run_id"): "x-A",
    ("", "upload_id"): "up-A",
    ("", "version_id"): "dc-A",
    ("/api/v1/quarantine", "batch_id"): "qb-A",
    ("/api/v1/equipment-standards", "rule_id"): A.row("er"),
    ("/api/v1/calendar/blackouts", "row_id"): A.row("cb"),
    ("/api/v1/calendar/entries", "row_id"): A.row("ce"),
    ("/api/v1/calendar/hours", "row_id"): A.row("ch"),
    ("/api/v1/calendar/{table}", "row_id"): A.row("ce"),
    ("/calendar/{table}", "row_id"): A.row("ce"),
    ("/calendar", "code"): A.code,
    ("/api/v1/per-pupil-rules", "rule_id"): "pp-A",
    ("/budgets/rules/per-pupil", "rule_id"): "pp-A",
    ("/equipment-standards", "rule_id"): A.row("er"),
    ("/api/v1/funds", "code"): A.code,
    ("/budgets/funds", "code"): A.code,
    ("/api/v1/funds", "entry_id"): "fe-A",
    ("/api/v1/organisations", "code"): A.code,
    ("/notifications/duty", "code"): A.code,
    ("/api/v1/schools", "code"): A.school,
    ("/schools", "code"): A.school,
    ("/compliance/schools", "code"): A.school,
    ("/standards", "code"): "own-a",
    ("/api/v1/stocktaking", "code"): A.school,
    ("/stocktaking", "code"): A.school,
    ("/api/v1/stocktaking", "room_id"): "sr-A",
    ("/api/v1/programmes", "entry_id"): "be-A",
    ("/budgets", "entry_id"): "be-A",
    ("/api/v1/procurement", "entry_id"): str(ENTRY),
    ("/procurement", "entry_id"): str(ENTRY),
    ("/api/v1/procurement/items", "item_id"): "it-A",
    ("/api/v1/reconciliation", "item_id"): "ri-A",
    ("/api/v1/report-deliveries", "delivery_id"): "rd-A",
    ("/compliance/deliveries", "delivery_id"): "rd-A",
    ("/reconciliation", "item_id"): "ri-A",
    ("/procurement/disposals", "key"): "di-A",
    ("/procurement/orders", "key"): "po-A",
    ("/procurement/projects", "key"): "pj-A",
    ("/procurement/quotes", "key"): "er-A",
    ("/procurement/requests", "key"): "er-A",
    ("/procurement/transfers", "key"): "tr-A",
    ("/procurement/{subject}", "key"): "er-A",
    ("/api/v1/users", "login"): "user-A",
    ("/api/v1/technicians", "user_id"): A.row("u"),
    ("/api/v1/spare-parts", "part_id"): "sp-A",
    ("/spare-parts", "part_id"): "sp-A",
    ("/technicians", "user_id"): A.row("u"),
    ("/service-agreements", "code"): A.code,
    ("/api/v1/tickets", "number"): "1",
    ("", "ticket_entry_id"): "ti-A",
    ("/charts", "subject"): A.row("d"),
}
#: Parts that choose among words, not rows: every one of these is tried.
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("/api/v1/programmes", "year"): ("2026",),
    ("/api/v1/programmes", "category"): ("kit",),
    ("/api/v1/procurement/projects", "stage"): ("technical_standard",),
    ("/api/v1/calendar/{table}", "table"): ("entries",),
    ("/calendar", "table"): ("entries",),
    ("/budgets", "step"): ("paid", "withdraw"),
    ("/compliance/deliveries", "act"): ("pause", "resume"),
    ("/standards", "question"): ("years",),
    ("/notifications", "act"): ("pause", "resume", "test"),
    ("/spare-parts", "act"): ("receive", "count", "withdraw", "restore"),
    ("/charts", "name"): ("traffic",),
    ("/procurement/disposals", "step"): ("appraise", "approve", "reject"),
    ("/procurement/orders", "step"): ("deliver", "accept", "cancel", "close"),
    ("/procurement/projects", "step"): ("order", "technical_standard"),
    ("/procurement/requests", "step"): ("submit", "withdraw", "decide"),
    ("/procurement/transfers", "step"): ("consent", "refuse", "complete"),
    ("/procurement/{subject}", "subject"): ("requests",),
    ("/proposals", "step"): ("accept", "reject"),
    ("/quarantine", "step"): ("discard", "undo"),
    ("/stocktaking", "step"): ("confirm", "dismiss"),
    ("/labels", "step"): ("renew", "revoke"),
    ("/tickets", "step"): ("start", "comment"),
    ("/api/v1/tickets", "check"): ("power",),
    ("/tickets", "act"): ("labour", "split"),
    ("/api/v1/report-editions", "name"): ("content.json",),
    ("/reports", "name"): ("content.json",),
    ("/reports", "step"): (
        "computation",
        "draft",
        "review",
        "issue",
        "freeze",
        "withdrawal",
        "stop",
    ),
    ("", "measure"): ("wired_coverage",),
}
#: Rows of a school by the kind of record.
RECORDS = {
    "staff": A.row("sm"),
    "figures": A.row("sf"),
    "recognitions": A.row("rg"),
    "lines": A.row("l"),
    "changes": A.row("sc"),
    "campuses": A.row("cp"),
    "buildings": A.row("bd"),
    "rooms": A.row("r"),
}
#: What no place has, with the reason.
EVERYBODYS: Mapping[str, str] = {
    "/calendar/{table}/new": "a table, no row",
    "/api/v1/catalogue/{model_id}": "models are the same everywhere",
    "/api/v1/custom-fields/{kind}/{key}": "fields are the same everywhere",
    "/api/v1/depreciation-rules/{asset_class}": "asset classes are the same everywhere",
    "/api/v1/exports/{layout}": "a layout, no row",
    "/api/v1/exports/{layout}/runs": "a layout, no row",
    "/api/v1/imports/{layout}": "a layout, no row",
    "/api/v1/imports/{layout}/blank": "a layout, no row",
    "/imports/blank/{layout}": "a layout, no row",
    "/api/v1/imports/{layout}/progress": "a layout, no row",
    "/api/v1/renewal/proposal.{shape}": "a format, no row",
    "/renewal/proposal.{shape}": "a format, no row",
    "/devices/chosen/{act}": "a step, no row; the devices are in the form",
    "/api/v1/coverage/{measure}": "a figure, no row: of the caller's own schools",
    "/api/v1/coverage/{measure}/schools.csv": "the same",
    "/coverage/{measure}": "the same",
    "/api/v1/compliance/tables/{table}.csv": "a table, no row: of the caller's own schools",
    "/catalogue/{model_id}": "models are the same everywhere",
    "/catalogue/{model_id}/remove": "models are the same everywhere",
    "/custom-fields/{kind}/{key}": "fields are the same everywhere",
    "/procurement/routes/{number}": "routes are the same everywhere",
    "/procurement/routes/{number}/remove": "routes are the same everywhere",
    "/procurement/routes/{number}/up": "routes are the same everywhere",
    "/static/{path:path}": "files of the program",
    "/r/devices/{device_id}": "whoever holds the signed link; test_public_reports.py",
    "/r/rooms/{room_id}": "the same",
    "/r/reports/{report_id}": "the same",
}
#: What a body has to hold beside what its schema asks for.
BODIES: Mapping[str, dict[str, Any]] = {
    "/api/v1/devices/{device_id}/configurations/difference": {"older": "dc-A", "newer": "dc-A"},
    # Their rows are named in the form.
    "/proposals/{step}": {"chosen": A.row("p")},
    "/quarantine/{step}": {"chosen": "qb-A"},
    "/stocktaking/{campaign_id}/{step}": {"chosen": "re-A"},
}
#: Only whoever brought a file, or asked for one, sees it: not even others of the same place.
_OWN_ONLY = frozenset(
    {
        "/alert-rules/trials/{trial_id}",
        "/api/v1/alert-rules/trials/{trial_id}",
        "/imports/{upload_id}",
        "/exports/{run_id}",
        "/exports/{run_id}/cancel",
        "/exports/{run_id}/file",
        "/api/v1/export-runs/{run_id}",
        "/api/v1/export-runs/{run_id}/file",
    }
)
_PART = re.compile(r"{(\w+)(?::\w+)?}")
_READS = frozenset({"GET", "HEAD"})


class Asked(NamedTuple):
    """One request about a row of ours."""

    method: str
    path: str
    template: str
    route: Any

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[tuple[str, str, Any]]:
    """Method, path and route of everything the controller answers to."""
    for part in every_route():
        for route in part.effective_route_contexts():  # type: ignore[attr-defined]
            for method in sorted(set(route.methods or ()) - {"HEAD"}):
                yield method, route.path, route


def row_of(template: str, part: str) -> str | None:
    fits = [key for key in OURS if key[1] == part and template.startswith(key[0])]
    return OURS[max(fits, key=lambda key: len(key[0]))] if fits else None


def words_of(template: str, part: str) -> tuple[str, ...] | None:
    fits = [key for key in WORDS if key[1] == part and template.startswith(key[0])]
    return WORDS[max(fits, key=lambda key: len(key[0]))] if fits else None


def paths_of(template: str) -> list[str] | None:
    """The template with our rows in it; ``None`` where a part of it is not known."""
    if template.startswith("/schools/{code}/records/{kind}"):
        return [
            template.replace("{code}", A.school).replace("{kind}", kind).replace("{row_id}", row)
            for kind, row in RECORDS.items()
        ]
    found = [template]
    for part in _PART.findall(template):
        row = row_of(template, part)
        words = (row,) if row is not None else words_of(template, part)
        if words is None:
            return None
        found = [
            path.replace(f"{{{part}}}", word).replace(f"{{{part}:path}}", word)
            for path in found
            for word in words
        ]
    return found


def asked() -> list[Asked]:
    return [
        Asked(method, path, template, route)
        for method, template, route in routes()
        if _PART.search(template) and template not in EVERYBODYS
        for path in paths_of(template) or ()
    ]


ASKED = asked()


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = make_settings(tmp_path_factory.mktemp("counties"))
    shutil.copy(sqlite_template, settings.database_url.removeprefix("sqlite:///"))
    return create_app(settings)


@pytest.fixture(scope="module")
def tokens(app: FastAPI) -> dict[str, str]:
    engine = make_engine(app.state.settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        found = add_counties(session, file_folder(app.state.settings))
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def client(app: FastAPI, tokens: dict[str, str]) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but what a request itself leaves behind."""
    return {
        name: sorted(map(repr, session.execute(text(f'SELECT * FROM "{name}"'))))  # type: ignore[misc] # noqa: S608
        for name in SQLModel.metadata.tables
        if name not in ("api_token", "web_session", "summary_time")
    }


def test_every_row_in_a_path_is_known_here() -> None:
    unknown = {
        template
        for _, template, _ in routes()
        if _PART.search(template) and template not in EVERYBODYS and paths_of(template) is None
    }
    assert unknown == set(), "say in OURS or WORDS which row of ours stands there"
    known = {template for _, template, _ in routes()}
    assert set(EVERYBODYS) <= known


def test_our_own_people_find_these_rows(client: TestClient, tokens: dict[str, str]) -> None:
    """Else a stranger's 404 would say nothing."""
    missed = {}
    for one in ASKED:
        if one.method not in _READS or one.template in _OWN_ONLY:
            continue
        answer = ask(client, one, tokens["A"])
        if answer.status_code in (401, 403, 404, 422) or answer.status_code >= 500:
            missed[one.name] = (answer.status_code, answer.text[:200])
    assert not missed, as_lines(missed)


def test_a_stranger_finds_nothing_and_changes_nothing(
    app: FastAPI, client: TestClient, tokens: dict[str, str]
) -> None:
    with read_only(app.state.sessions) as session:
        before = everything(session)
    let_in = {}
    for one in ASKED:
        answer = ask(client, one, tokens["B"])
        if answer.status_code not in (403, 404) or "cross_origin" in answer.text:
            let_in[one.name] = (answer.status_code, answer.text[:200])
    assert not let_in, as_lines(let_in)
    with read_only(app.state.sessions) as session:
        after = everything(session)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def as_lines(found: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {what}" for name, what in found.items())


def ask(client: TestClient, one: Asked, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    request = request_for(one.route, BODIES.get(one.template, {}))
    return client.request(
        one.method,
        one.path,
        headers=headers,
        # Where a page leads on, what counts is what is shown there.
        follow_redirects=one.method in _READS,
        **request,
    )
