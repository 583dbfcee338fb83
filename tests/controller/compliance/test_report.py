"""``fleet standards`` and ``fleet report bandwidth``: a verdict, and its evidence judged again."""

import json
from pathlib import Path

import pytest

from controller.compliance.evidence import verify
from controller.settings import Settings
from tests.controller.conftest import Run
from tests.controller.county import County
from tests.controller.measured import FIRST, LAST, MINUTE, add_measured


@pytest.fixture
def measured(settings: Settings, county: County) -> None:
    add_measured(settings)


_PERIOD = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())


@pytest.mark.usefixtures("measured")
def test_a_bureau_applies_a_standard_and_has_its_schools_judged(run: Run, tmp_path: Path) -> None:
    applied = run("standards", "apply", "national", "--to", "33", "--from", "2026-01-01")
    assert applied.exit_code == 0, applied.output
    path = tmp_path / "evidence.json"
    told = run("report", "bandwidth", "--org", "33", *_PERIOD, "--format", "json",
               "--evidence", str(path))  # fmt: skip
    # Up the contract has 50 Mbit/s, and the plan asks for both directions.
    assert told.exit_code == 1, told.output
    report = json.loads(told.stdout)
    assert report["states"] == {"insufficient_data": 1, "non_compliant": 1}
    school = report["schools"][0]
    assert school["notes"] == ["policy_not_adopted"]
    down, up = school["targets"][0]["delivered"]
    assert (down["state"], down["tests"], down["passed"]) == ("compliant", 60, 60)
    assert (up["state"], up["raw"]) == ("non_compliant", False)
    assert school["targets"][0]["available"]["state"] == "compliant"
    table = run("report", "bandwidth", "--org", "SCH-A", *_PERIOD, "--format", "csv")
    assert len(table.stdout.splitlines()) == 3
    assert run("report", "bandwidth", "--verify", str(path)).exit_code == 0

    bundle = json.loads(path.read_text())
    assert verify(bundle) == []
    first = bundle["schools"][0]
    first["samples"]["down"][0] = 1.0
    first["windows"][0][0] += MINUTE
    bundle["standards"] = {name: f"{text} " for name, text in bundle["standards"].items()}
    path.write_text(json.dumps(bundle))
    again = run("report", "bandwidth", "--verify", str(path), "--format", "json")
    assert again.exit_code == 1
    where = {one["where"].split(".", 1)[-1] for one in json.loads(again.stdout)}
    assert {"sha256", "windows", "samples"} <= where
    assert "verdict.targets[0].delivered[0].passed" in where


@pytest.mark.usefixtures("measured")
def test_tolerance_and_readings_are_adopted_by_people(run: Run) -> None:
    assert run("standards", "apply", "zibo", "--to", "3304", "--from", "2026-01-01").exit_code == 0
    before = json.loads(
        run("report", "bandwidth", "--org", "SCH-A", *_PERIOD, "--format", "json").stdout
    )
    assert before["states"] == {"no_target": 1}
    assert {name for one in before["schools"][0]["pending"] for name in one["pending"]} == {
        "years",
        "per_class_reading",
    }
    done = [
        run("standards", "confirm", "zibo", "years", "2026-01-01", "--at", "3304"),
        run("standards", "confirm", "zibo", "per_class_reading", "no", "--at", "3304"),
        run(
            "standards",
            "adopt",
            "--at",
            "33",
            "--name",
            "80/80",
            "--by",
            "Mei",
            "--from",
            "2026-01-01",
        ),
    ]
    assert [one.exit_code for one in done] == [0, 0, 0]
    after = run("report", "bandwidth", "--org", "SCH-A", *_PERIOD, "--format", "json")
    [school] = json.loads(after.stdout)["schools"]
    assert (school["notes"], school["policy"]["adopted_by"]) == ([], "Mei")
    assert [one["demand"]["target"] for one in school["targets"]] == ["access_urban"]
    assert school["state"] == "non_compliant"


def test_standards_are_listed_and_shown(run: Run, county: County) -> None:
    rows = json.loads(run("standards", "list", "--format", "json").stdout)
    assert {row["code"] for row in rows} == {
        "linyi", "liwan", "national", "ningbo", "tongxiang", "zibo",
    }  # fmt: skip
    assert "10M" in run("standards", "show", "zibo").stdout
    assert run("standards", "show", "nowhere").exit_code == 1
    copied = run("standards", "copy", "zibo", "--code", "ours", "--title", "本市", "--of", "33")
    assert copied.stdout.strip() == "ours"


def test_what_is_no_evidence_is_wrong_use(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    assert run("report", "bandwidth", "--verify", str(path)).exit_code == 2
    assert run("report", "bandwidth", "--org", "33").exit_code == 2
