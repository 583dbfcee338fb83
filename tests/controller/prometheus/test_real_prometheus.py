"""What we hand to operators, in front of a real Prometheus: scraping, rules, every dashboard."""

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI

from tests.controller.county import County, make_settings
from tests.controller.prometheus.conftest import SCRAPE_TOKEN, measured, serving
from tests.prometheus import Prometheus
from tests.victoria import FLAGS, VictoriaMetrics

DEPLOY = Path(__file__).parents[3] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
#: What Grafana puts in.
_CHOSEN = {
    "$job": "campus-fleet",
    "$instance": ".*",
    "$county": ".*",
    "$school": ".*",
    "$__rate_interval": "1m",
}


@dataclass(frozen=True)
class Scraped:
    """A controller under a Prometheus that has read every page of it."""

    prometheus: Prometheus
    address: str
    county: County


@pytest.fixture(scope="module")
def scraped(
    tmp_path_factory: pytest.TempPathFactory, filled_template: tuple[Path, County]
) -> Iterator[Scraped]:
    if shutil.which("prometheus") is None:
        pytest.skip("Prometheus is not installed (apt-get install prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    settings = make_settings(
        folder, metrics_token=SCRAPE_TOKEN, metrics_networks="", metrics_cache_seconds=0
    )
    path, county = filled_template
    shutil.copy(path, settings.database_url.removeprefix("sqlite:///"))
    with serving(settings, measured()) as (address, app):
        _let_something_happen(app, address)
        prometheus = Prometheus(folder, _configuration(folder, address, county))
        try:
            prometheus.wait_for(lambda: _is_read(prometheus))
            yield Scraped(prometheus, address, county)
        finally:
            prometheus.stop()


def test_every_target_of_the_configuration_is_up(scraped: Scraped) -> None:
    def targets() -> list[Mapping[str, Any]]:
        active: list[Mapping[str, Any]] = scraped.prometheus.get("targets")["activeTargets"]
        return active

    found = {target["labels"]["job"]: target for target in targets()}
    assert set(found) == {"campus-fleet", "campus-fleet-counties", "campus-fleet-schools"}
    scraped.prometheus.wait_for(lambda: {target["health"] for target in targets()} == {"up"})
    assert found["campus-fleet-schools"]["labels"]["instance"] == f"{scraped.address}/3304"


def test_rules_run_without_a_fault(scraped: Scraped) -> None:
    def evaluated() -> bool:
        groups = scraped.prometheus.get("rules")["groups"]
        return all(rule["health"] != "unknown" for group in groups for rule in group["rules"])

    scraped.prometheus.wait_for(evaluated)
    # A rule that fails says so in its health.
    rules = [rule for g in scraped.prometheus.get("rules")["groups"] for rule in g["rules"]]
    assert len(rules) > 20
    assert [rule["name"] for rule in rules if rule["health"] != "ok"] == []


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_query_of_a_dashboard_answers_with_series(scraped: Scraped, path: Path) -> None:
    for expression in expressions(path):
        assert scraped.prometheus.series(expression)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_the_choices_of_a_dashboard_are_found(scraped: Scraped, path: Path) -> None:
    for variable in json.loads(path.read_text())["templating"]["list"]:
        if variable["type"] != "query":
            continue
        kind, text = re.fullmatch(r"(\w+)\((.*)\)", variable["definition"]).groups()  # type: ignore[union-attr]
        if kind == "query_result":
            pattern = variable["regex"].strip("/").replace("(?<", "(?P<")
            shown = [_as_grafana_writes(one) for one in scraped.prometheus.series(_chosen(text))]
            assert all(re.search(pattern, one) for one in shown), (pattern, shown)
        else:
            series, label = text.rsplit(",", 1)
            found = scraped.prometheus.series(_chosen(series))
            assert {one["metric"][label.strip()] for one in found}


def test_rules_and_dashboards_speak_of_metrics_that_exist(scraped: Scraped) -> None:
    known = set(scraped.prometheus.get("label/__name__/values"))
    asked = {name for path in DASHBOARDS for one in expressions(path) for name in _names(one)}
    for path in (DEPLOY / "prometheus" / "rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            asked |= {name for rule in group["rules"] for name in _names(rule["expr"])}
    only_with_workers = {"fleet_workers"}
    assert asked - known - only_with_workers == set()


def test_nothing_scraped_clashes_with_the_labels_of_prometheus(scraped: Scraped) -> None:
    labels = scraped.prometheus.get("labels")
    assert [name for name in labels if name.startswith("exported_")] == []


def test_the_same_queries_answer_in_victoriametrics(scraped: Scraped, tmp_path: Path) -> None:
    # It would hold the newest samples back for half a minute.
    server = VictoriaMetrics(tmp_path, (*FLAGS, "-search.latencyOffset=0s"))
    try:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
            _push(client, scraped)
            # One push is one sample, and nobody scrapes: neither rates nor ``up``.
            every = [one for path in DASHBOARDS for one in expressions(path)]
            asked = [one for one in every if "rate(" not in one and "sum(up{" not in one]
            until = time.monotonic() + 60
            while silent := [one for one in asked if not _answer(client, one)]:
                # What was written becomes searchable bit by bit.
                assert time.monotonic() < until, silent
                time.sleep(0.3)
            for one in set(every) - set(asked):
                _answer(client, one)
    finally:
        server.stop()


def _answer(client: httpx.Client, expression: str) -> list[Any]:
    """The series of an instant query to VictoriaMetrics.

    Times are whole seconds there, so what was pushed now would be the future.
    """
    parameters = {"query": expression, "time": str(int(time.time()) + 2), "nocache": "1"}
    answer = client.get("/api/v1/query", params=parameters)
    assert answer.status_code == 200, (expression, answer.text)
    found: list[Any] = answer.json()["data"]["result"]
    return found


def expressions(path: Path) -> list[str]:
    """Every query of a dashboard, as Grafana would send it."""
    panels = json.loads(path.read_text())["panels"]
    return [_chosen(target["expr"]) for panel in panels for target in panel.get("targets", ())]


def _chosen(expression: str) -> str:
    for name, value in _CHOSEN.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    return expression


def _as_grafana_writes(one: Mapping[str, Any]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in one["metric"].items())
    return f"{{{inside}}} {one['value'][1]}"


def _names(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:fleet|process)_[a-z0-9_]+", expression))


def _configuration(folder: Path, address: str, county: County) -> Path:
    """The one we ship, with another address, at a tempo for tests, without the box."""
    shutil.copytree(DEPLOY / "prometheus" / "rules", folder / "rules")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "metrics_token").write_text(SCRAPE_TOKEN)
    (folder / "secrets" / "fleet_token").write_text(county.tokens["admin"])
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    shipped = yaml.safe_load(text.replace("controller:8080", address))
    shipped["global"] = {"scrape_interval": "2s", "evaluation_interval": "2s"}
    shipped["scrape_configs"] = [
        job for job in shipped["scrape_configs"] if job["job_name"] != "campus-fleet-agent"
    ]
    for job in shipped["scrape_configs"]:
        job["scrape_interval"] = job["scrape_timeout"] = "2s"
        for discovery in job.get("http_sd_configs", ()):
            discovery["refresh_interval"] = "1s"
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(shipped))
    return path


def _let_something_happen(app: FastAPI, address: str) -> None:
    """One of every event that a healthy controller may never see."""
    telemetry = app.state.telemetry
    telemetry.quarantined.labels("not_a_batch")
    telemetry.polls_left_out.labels("unknown_subject")
    telemetry.requests.labels("console", "5xx")
    telemetry.requests.labels("batches", "2xx")
    telemetry.watch_job("judge_alerts", 20.0)
    telemetry.job_ran("judge_alerts", "done", 0.2)
    for path in ("/login", "/nowhere"):
        httpx.get(f"http://{address}{path}", trust_env=False, timeout=60)


def _is_read(prometheus: Prometheus) -> bool:
    """Every job was read twice: a rate needs two samples."""
    counted = prometheus.query("count_over_time(up[1m])")
    return len(counted) == 3 and all(float(one["value"][1]) >= 2 for one in counted)


def _push(client: httpx.Client, scraped: Scraped) -> None:
    """The pages of the controller, as VictoriaMetrics would scrape them."""
    fleet = {"Authorization": f"Bearer {scraped.county.tokens['admin']}"}
    pages = (
        ("/metrics", {"Authorization": f"Bearer {SCRAPE_TOKEN}"}, "campus-fleet"),
        ("/api/v1/prometheus/metrics", fleet, "campus-fleet-counties"),
        ("/api/v1/prometheus/metrics?level=school", fleet, "campus-fleet-schools"),
    )
    for path, headers, job in pages:
        page = httpx.get(
            f"http://{scraped.address}{path}", headers=headers, trust_env=False, timeout=60
        )
        assert page.status_code == 200
        labels = [("extra_label", f"job={job}"), ("extra_label", f"instance={scraped.address}")]
        pushed = client.post("/api/v1/import/prometheus", params=labels, content=page.content)
        assert pushed.status_code == 204
    client.get("/internal/force_flush")
