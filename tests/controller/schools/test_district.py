"""A bureau's figures over the API: counted, in scope, as tables, computed by job and at once."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.compliance.district.tables import DistrictTable
from controller.month_verdicts import is_due, keep_month, keep_month_verdicts
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import School, Setting
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.standards.keeping import apply_standard, known_standard
from inventory.verdicts.keeping import MonthVerdictRepository
from inventory.verdicts.rows import Computed
from tests.controller.test_packing import Turns
from tests.inventory.verdicts.kept_rows import MONTH, freeze, target_row, verdict_row

AsUser = Callable[..., Response]
ALL = Scope.everything()
AUGUST = date(2026, 8, 1)


@pytest.fixture
def counted(app: FastAPI, client: TestClient) -> FastAPI:
    """Two months of two schools of a county, and of one that belongs to the city directly."""
    del client
    with unit_of_work(app.state.sessions) as session:
        session.add(
            School(
                code="SCH-C", name="市直学校", organisation_code="33", path="/33/SCH-C/",
                setting=Setting.rural,
            )
        )  # fmt: skip
        session.flush()
        apply_standard(
            session, ALL, known_standard(session, ALL, "national"), at="33",
            valid_from=date(2020, 1, 1), by="u-admin",
        )  # fmt: skip
        repository = MonthVerdictRepository(session, ALL)
        for month, standing in ((AUGUST, "compliant"), (MONTH, "non_compliant")):
            repository.keep(
                [
                    verdict_row("SCH-A", standing, month=month, median=200e6, reached=50e6,
                                asked=100e6, provider="电信", standard="national",
                                target="access_all", notes="contract_below"),
                    verdict_row("SCH-B", "insufficient_data", month=month),
                    verdict_row("SCH-C", "compliant", month=month, median=50e6),
                ],
                [target_row("SCH-A", standing, month=month), target_row("SCH-C", month=month)],
                month,
            )  # fmt: skip
    return app


def _rows(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_citys_month_is_counted_with_the_unknown_in_the_denominator(
    as_user: AsUser, counted: FastAPI
) -> None:
    del counted
    found = as_user("admin", "/compliance/summary").json()
    counts = found["counts"]
    assert (counts["compliant"], counts["judged"], counts["unknown"]) == (1, 3, 1)
    assert counts["share"] == pytest.approx(1 / 3)
    assert (found["month"], found["months"]) == ("2026-09-01", ["2026-09-01", "2026-08-01"])
    assert [(one["target"], one["counts"]["judged"]) for one in found["targets"]] == [
        ("access_all", 2)
    ]
    assert found["targets"][0]["quote"]
    august = as_user("admin", "/compliance/summary?month=2026-08&at=3304").json()
    assert (august["bureau"], august["counts"]["compliant"]) == ("3304", 1)
    groups = as_user("admin", "/compliance/groups?by=county").json()["items"]
    assert [(one["key"], one["counts"]["judged"]) for one in groups] == [("3304", 2), ("33", 1)]


def test_trend_equity_and_the_weakest_tell_what_changed(as_user: AsUser, counted: FastAPI) -> None:
    del counted
    trend = as_user("admin", "/compliance/trend?months=3").json()["items"]
    assert [one["counts"]["compliant"] for one in trend] == [0, 2, 1]
    equity = as_user("admin", "/compliance/equity?months=1").json()["items"][0]
    assert (equity["settings"][0]["ratio"], equity["unmeasured"]) == (4.0, 1)
    weak = as_user("admin", "/compliance/weakest").json()["items"]
    assert [(one["code"], one["share"], one["notes"]) for one in weak] == [
        ("SCH-A", 0.5, ["contract_below"])
    ]
    year = as_user("admin", "/compliance/year?months=3").json()
    assert year["by_worst"]["non_compliant"] == 1
    assert [one["compliant"] for one in year["schools"]] == [1, 0, 2]
    listed = as_user("admin", "/compliance/schools?limit=1").json()
    assert (listed["total"], listed["items"][0]["code"]) == (3, "SCH-A")
    only = as_user("admin", "/compliance/schools?state=insufficient_data").json()
    assert [one["code"] for one in only["items"]] == ["SCH-B"]


def test_a_trend_that_was_told_before_tells_what_has_changed_since(
    as_user: AsUser, counted: FastAPI
) -> None:
    def ratio() -> float | None:
        equity = as_user("admin", "/compliance/equity?months=1").json()["items"][0]
        found: float | None = equity["settings"][0]["ratio"]
        return found

    assert ratio() == ratio() == 4.0
    with unit_of_work(counted.state.sessions) as session:
        session.get_one(School, "SCH-B").setting = Setting.rural
        MonthVerdictRepository(session, ALL).keep(
            [verdict_row("SCH-B", median=150e6, computed_at=datetime(2026, 9, 21, tzinfo=UTC))],
            [],
            MONTH,
        )
    assert ratio() == 2.0
    with unit_of_work(counted.state.sessions) as session:
        session.get_one(School, "SCH-B").setting = Setting.town
    assert ratio() == 4.0


def test_every_table_comes_as_csv(as_user: AsUser, counted: FastAPI) -> None:
    del counted
    posted = as_user(
        "admin", "/outlets", "POST",
        json={"organisation_code": "33", "provider": "移动", "down_mbps": 2000, "up_mbps": 2000},
    )  # fmt: skip
    assert posted.status_code == 201
    tables = {
        table.value: _rows(as_user("admin", f"/compliance/tables/{table}.csv?months=2"))
        for table in DistrictTable
    }
    assert [row["month"] for row in tables["trend"]] == ["2026-08", "2026-09"]
    assert tables["weakest"][0]["name"] == "学校SCH-A"
    assert tables["year"][0]["2026-08"] == "compliant"
    assert [row["key"] for row in tables["groups"] if row["by"] == "provider"] == ["电信", ""]
    assert tables["outlets"][0]["down"] == "2000000000.0"
    assert len(tables["equity"]) == 16


def test_a_school_sees_itself_alone_and_may_compute_nothing(
    as_user: AsUser, counted: FastAPI
) -> None:
    del counted
    assert as_user("mei", "/compliance/summary").json()["counts"]["schools"] == 1
    assert as_user("mei", "/compliance/summary?at=33").status_code == 404
    listed = as_user("mei", "/compliance/schools").json()["items"]
    assert [one["code"] for one in listed] == ["SCH-A"]
    for path in ("groups", "trend", "equity", "weakest", "year", "outlets"):
        assert "SCH-C" not in as_user("mei", f"/compliance/{path}").text, path
    for table in DistrictTable:
        text = as_user("mei", f"/compliance/tables/{table}.csv").text
        assert "SCH-B" not in text, table
        assert "SCH-C" not in text, table
    body = {"at": "SCH-A", "month": "2026-09"}
    assert as_user("mei", "/compliance/recompute", "POST", json=body).status_code == 403


def test_outlets_are_held_against_what_is_asked_of_the_city(
    as_user: AsUser, counted: FastAPI
) -> None:
    with unit_of_work(counted.state.sessions) as session:
        for code in ("tongxiang", "zibo"):
            known = known_standard(session, ALL, code)
            apply_standard(session, ALL, known, at="33", valid_from=date(2020, 1, 1), by="u-admin")

    def add(bureau: str, **said: Any) -> dict[str, Any]:
        body = {"organisation_code": bureau, "provider": "电信", "down_mbps": 2000, "up_mbps": 1000}
        answer = as_user("admin", "/outlets", "POST", json=body | said)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    city = add("33")
    add("3304", up_mbps=1500)
    add("33", kind="backbone", down_mbps=10000, up_mbps=10000)
    found = as_user("admin", "/compliance/outlets?month=2026-09").json()
    stands = {one["target"]: (one["found"], one["met"], one["pending"]) for one in found["targets"]}
    # 2,000 and 2,000 down, but 1,000 and 1,500 up: the plan is silent on the direction.
    assert stands["outlet_total"] == (2500, False, [])
    assert stands["outlets"] == (2, None, ["years"])
    assert stands["backbone"] == (10000, None, ["years"])
    assert "3G" in found["targets"][0]["quote"]
    path = f"/outlets/{city['id']}"
    headers = {"If-Match": city["etag"]}
    better = as_user("admin", path, "PATCH", headers=headers, json={"up_mbps": 1500})
    assert better.status_code == 200
    again = as_user("admin", "/compliance/outlets?month=2026-09").json()
    assert next(one for one in again["targets"] if one["target"] == "outlet_total")["met"]
    assert as_user("admin", path, "DELETE").status_code == 204
    county = as_user("admin", "/compliance/outlets?at=3304").json()
    assert (len(county["outlets"]), county["targets"]) == (1, [])


def test_a_month_is_computed_at_once_and_a_frozen_one_stays(
    as_user: AsUser, counted: FastAPI
) -> None:
    month = day_of(utc_now()).replace(day=1)
    with unit_of_work(counted.state.sessions) as session:
        repository = MonthVerdictRepository(session, ALL)
        repository.keep([verdict_row("SCH-A", "non_compliant", month=month)], [], month)
        freeze(session, "SCH-A", datetime.now(UTC))
    body = {"at": "33", "month": f"{month:%Y-%m}"}
    answer = as_user("admin", "/compliance/recompute", "POST", json=body)
    assert answer.json() == {"month": f"{month}", "written": 2, "frozen": 1}
    counts = as_user("admin", "/compliance/summary").json()["counts"]
    # Nothing was measured there: what was made up is gone, but for the frozen school.
    assert (counts["non_compliant"], counts["insufficient_data"]) == (1, 2)
    later = {"at": "33", "month": "2099-01"}
    assert as_user("admin", "/compliance/recompute", "POST", json=later).status_code == 422
    unknown = {"at": "99", "month": f"{month:%Y-%m}"}
    assert as_user("admin", "/compliance/recompute", "POST", json=unknown).status_code == 404


def test_a_month_whose_measurements_have_gone_is_not_written_over(
    as_user: AsUser, app: FastAPI, client: TestClient
) -> None:
    del client
    old = date(2020, 3, 1)
    body = {"at": "33", "month": "2020-03"}
    assert as_user("admin", "/compliance/recompute", "POST", json=body).status_code == 200
    with unit_of_work(app.state.sessions) as session:
        MonthVerdictRepository(session, ALL).keep([verdict_row("SCH-A", month=old)], [], old)
    assert as_user("admin", "/compliance/recompute", "POST", json=body).status_code == 422
    counts = as_user("admin", "/compliance/summary?month=2020-03").json()["counts"]
    assert counts["compliant"] == 1


def test_the_job_keeps_the_month_that_runs_and_finishes_the_one_before(
    app: FastAPI, client: TestClient
) -> None:
    del client
    turns, store = Turns(app), app.state.store
    run = keep_month_verdicts(store)

    def standing(month: date) -> Computed:
        with turns.reading() as session:
            return MonthVerdictRepository(session, ALL).computed(month)

    run(turns, datetime(2026, 9, 20, 4, 0, tzinfo=UTC))
    assert standing(MONTH).schools == 2
    assert standing(AUGUST).schools == 0
    run(turns, datetime(2026, 10, 2, 4, 0, tzinfo=UTC))
    assert (standing(MONTH).schools, standing(MONTH).final) == (2, 0)
    run(turns, datetime(2026, 10, 4, 4, 0, tzinfo=UTC))
    done = standing(MONTH)
    assert (done.schools, done.final) == (2, 2)
    run(turns, datetime(2026, 10, 5, 4, 0, tzinfo=UTC))
    assert standing(MONTH) == done
    assert keep_month(turns, store, ALL, "SCH-A", MONTH, now=datetime.now(UTC)) == 1


@pytest.mark.parametrize(
    ("at", "computed", "large", "due"),
    [
        # The month that runs: always, or once a day where that takes seconds.
        (datetime(2026, 9, 20, 9, tzinfo=UTC), Computed(0, 0, 0, None, None), True, True),
        (datetime(2026, 9, 20, 9, tzinfo=UTC), Computed(2, 0, 0, None, "today"), True, False),
        (datetime(2026, 9, 20, 9, tzinfo=UTC), Computed(2, 0, 0, None, "today"), False, True),
        (datetime(2026, 9, 21, 9, tzinfo=UTC), Computed(2, 0, 0, None, "today"), True, True),
        # The one before: until it is final, and never where nobody watched.
        (datetime(2026, 10, 5, 9, tzinfo=UTC), Computed(2, 0, 0, None, "today"), True, True),
        (datetime(2026, 10, 5, 9, tzinfo=UTC), Computed(2, 2, 0, None, "today"), True, False),
        (datetime(2026, 10, 5, 9, tzinfo=UTC), Computed(2, 1, 1, None, "today"), True, True),
        (datetime(2026, 10, 5, 9, tzinfo=UTC), Computed(0, 0, 0, None, None), True, False),
    ],
)
def test_a_month_is_due_while_it_can_change(
    at: datetime, computed: Any, large: bool, due: bool
) -> None:
    if computed.last is not None:
        computed = computed._replace(last=datetime(2026, 9, 20, 3, tzinfo=UTC))
    assert is_due(MONTH, computed, at, large=large) is due


def test_the_command_prints_tables_and_computes_months_again(run: Any, counted: FastAPI) -> None:
    del counted
    found = run("report", "figures", "--month", "2026-09", "--table", "weakest")
    assert found.exit_code == 0, found.stderr
    assert "SCH-A" in found.stdout
    assert "1 of 3 schools comply; not known of 1. insufficient_data: 1" in found.stderr
    table = run("report", "figures", "--table", "trend", "--months", "2", "--format", "csv")
    assert [row["compliant"] for row in csv.DictReader(io.StringIO(table.stdout))] == ["2", "1"]
    whole = run("report", "figures", "--org", "3304", "--table", "targets", "--format", "json")
    assert json.loads(whole.stdout)["bureau"] == "3304"
    assert run("report", "figures", "--recompute", "--org", "33").exit_code == 2
    assert run("report", "figures", "--recompute", "--org", "33", "--month", "x").exit_code == 2


def test_the_command_computes_month_after_month(run: Any, county: object) -> None:
    del county
    months = ("--from", "2026-08", "--month", "2026-09")
    done = run("report", "figures", "--recompute", "--org", "33", *months)
    assert done.exit_code == 0, done.stderr
    assert "2026-08: 2 verdicts written" in done.stderr
    assert "2026-09: 0 of 2 schools comply; not known of 2." in done.stderr
