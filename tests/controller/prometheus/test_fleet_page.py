"""The fleet for other monitoring systems: what is told, to whom, in which form, how much."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import Session
from starlette.testclient import TestClient

from alerts.quiet.models import Silence
from controller.app import create_app
from controller.counting import count_ahead
from controller.gauges import FleetGauges
from controller.prometheus.census import Census
from controller.prometheus.exposition import Page, labels, wants_openmetrics
from controller.prometheus.fleet_page import Detail, Wish, fleet_page
from controller.settings import Settings
from inventory.database import make_engine, read_only, unit_of_work
from inventory.models import Grant, Level, Organisation, Role, School
from inventory.models.base import utc_now
from tests.controller.county import County
from tests.controller.prometheus.conftest import SCRAPE_TOKEN, measured

METRICS, TARGETS = "/api/v1/prometheus/metrics", "/api/v1/prometheus/targets"


@pytest.fixture
def county(filled: tuple[Settings, County]) -> County:
    return filled[1]


@pytest.fixture
def app(filled: tuple[Settings, County]) -> FastAPI:
    return create_app(filled[0], store=measured())


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """(name, labels) to value of a page in the text format."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def page_for(client: TestClient, county: County, login: str, query: str = "") -> str:
    answer = client.get(METRICS + query, headers=as_user(county, login))
    assert answer.status_code == 200, answer.text
    return answer.text


def as_user(county: County, login: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}", **more}


def value(text: str, name: str, **labelled: str) -> float:
    return samples(text)[name, frozenset(labelled.items())]


def test_a_county_is_the_sum_of_its_schools(client: TestClient, county: County) -> None:
    page = page_for(client, county, "admin")
    at = {"county": "3304"}
    assert value(page, "fleet_county_schools", **at) == 2
    assert value(page, "fleet_county_devices", kind="switch", status="healthy", **at) == 1
    assert value(page, "fleet_county_devices", kind="switch", status="down", **at) == 1
    assert value(page, "fleet_county_devices", kind="unknown", status="unknown", **at) == 1
    assert value(page, "fleet_county_alerts_open", severity="critical", **at) == 1
    assert value(page, "fleet_county_line_receive_bits_per_second", **at) == 2e7
    assert value(page, "fleet_county_line_contract_download_bits_per_second", **at) == 3e8
    assert value(page, "fleet_county_schools_by_line", state="below", **at) == 0
    assert value(page, "fleet_county_schools_by_line", state="meets", **at) == 1
    assert value(page, "fleet_county_agent_spool_batches", **at) == 7


def test_alerts_that_are_silenced_do_not_count_as_open(
    client: TestClient, app: FastAPI, county: County
) -> None:
    now = utc_now()
    with unit_of_work(app.state.sessions) as session:
        end = now + timedelta(hours=1)
        session.add(Silence(id="q-1", school_code="SCH-A", begins_at=now, ends_at=end,
                            reason="the socket is moved", entered_by="county"))  # fmt: skip
    page = page_for(client, county, "admin", "?detail=schools")
    assert value(page, "fleet_county_alerts_open", severity="critical", county="3304") == 0
    figures = FleetGauges(app.state.sessions, timedelta(minutes=1), 1.0).collect()
    counted = {(one.name, *sample.labels.values()): sample.value
               for one in figures for sample in one.samples}  # fmt: skip
    assert counted["fleet_alerts_open", "critical"] == 0
    assert counted["fleet_alerts_silenced", "critical"] == 1


def test_a_ticket_is_overdue_by_how_loud_it_is(client: TestClient, county: County) -> None:
    page = page_for(client, county, "admin")
    overdue = "fleet_county_tickets_overdue"
    assert value(page, "fleet_county_tickets_open", county="3304", severity="warning") == 1
    assert value(page, overdue, county="3304", severity="critical") == 1
    assert value(page, overdue, county="3304", severity="warning") == 0


def test_a_school_tells_its_line_and_its_box(client: TestClient, county: County) -> None:
    page = page_for(client, county, "admin", "?level=school&kinds=true")
    at = {"county": "3304", "school": "SCH-A"}
    line = "fleet_school_line"
    assert value(page, f"{line}_contract_upload_bits_per_second", **at) == 5e7
    assert value(page, f"{line}_target_bits_per_second", **at) == 1e8
    assert value(page, f"{line}_tested_download_bits_per_second", **at) == 9e7
    assert value(page, f"{line}_transmit_bits_per_second", **at) == 4e6
    assert value(page, "fleet_school_agent_clock_skew_seconds", **at) == -1.5
    assert value(page, "fleet_school_agent_dropped_readings_total", **at) == 12
    assert value(page, "fleet_school_devices_down_by_kind", kind="switch", **at) == 1
    # Nothing is known of a line, so nothing is said: 0 bit/s would be a lie.
    quiet = (f"{line}_receive_bits_per_second", frozenset({**at, "school": "SCH-B"}.items()))
    assert quiet not in samples(page)


def test_a_token_sees_its_own_schools_and_no_others(client: TestClient, county: County) -> None:
    page = page_for(client, county, "mei", "?level=school")
    assert 'school="SCH-A"' in page
    assert "SCH-B" not in page
    assert value(page_for(client, county, "mei"), "fleet_county_schools", county="3304") == 1


def test_what_a_role_may_not_read_is_left_out(client: TestClient, county: County) -> None:
    page = page_for(client, county, "shopper", "?level=school")
    assert "fleet_school_tickets_open" in page
    assert "fleet_school_alerts_open" not in page
    assert "fleet_school_agents" not in page


def test_an_agent_is_counted_only_where_it_may_be_read(
    filled: tuple[Settings, County], client: TestClient, county: County
) -> None:
    with Session(make_engine(filled[0].database_url)) as session:
        grant = Grant(user_id="u-shopper", role=Role.auditor, scope_path="/33/3304/SCH-B/")
        session.add(grant)
        session.commit()
    page = page_for(client, county, "shopper", "?level=school")
    assert 'fleet_school_alerts_open{county="3304",school="SCH-B"' in page
    assert 'fleet_school_alerts_open{county="3304",school="SCH-A"' not in page
    assert "fleet_school_agents" not in page


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody's"}])
@pytest.mark.parametrize("path", [METRICS, TARGETS])
def test_without_a_token_nothing_is_told(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    assert client.get(path, headers=headers).status_code == 401


def test_the_scrapers_token_of_the_service_opens_nothing_else(client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {SCRAPE_TOKEN}"}
    assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get(METRICS, headers=headers).status_code == 401


def test_one_county_at_a_time(
    filled: tuple[Settings, County], client: TestClient, county: County
) -> None:
    with Session(make_engine(filled[0].database_url)) as session:
        session.add(
            Organisation(
                code="3305", name="另县", level=Level.county, parent_code="33", path="/33/3305/"
            )
        )
        session.flush()
        for code, bureau, path in (
            ("SCH-C", "3305", "/33/3305/SCH-C/"),
            ("CITY-1", "33", "/33/CITY-1/"),
        ):
            session.add(School(code=code, name=code, organisation_code=bureau, path=path))
        session.commit()
    page = page_for(client, county, "admin", "?level=school&county=3305")
    assert 'school="SCH-C"' in page
    assert "SCH-A" not in page
    # A school that belongs to the city itself has the city where others have a county.
    page = page_for(client, county, "admin", "?level=school&county=33")
    assert 'county="33",school="CITY-1"' in page
    assert "SCH-" not in page
    groups = client.get(TARGETS, headers=as_user(county, "admin")).json()
    assert [g["labels"]["__param_county"] for g in groups] == ["33", "3304", "3305"]
    groups = client.get(TARGETS, headers=as_user(county, "mei")).json()
    assert [g["labels"]["__param_county"] for g in groups] == ["3304"]


@pytest.mark.parametrize("code", ["3399", "34"])
def test_a_county_out_of_scope_is_not_there(client: TestClient, county: County, code: str) -> None:
    headers = as_user(county, "mei")
    assert client.get(f"{METRICS}?county={code}", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("public_url", "address", "scheme", "path"),
    [
        ("", "testserver:80", "http", METRICS),
        ("https://fleet.example", "fleet.example:443", "https", METRICS),
        ("https://u:p@fleet.example:8443/x/", "fleet.example:8443", "https", f"/x{METRICS}"),
        ("http://[2001:db8::1]", "[2001:db8::1]:80", "http", METRICS),
    ],
)
def test_targets_say_where_to_scrape(
    filled: tuple[Settings, County], public_url: str, address: str, scheme: str, path: str
) -> None:
    settings = filled[0].model_copy(update={"public_url": public_url})
    with TestClient(create_app(settings, store=measured())) as client:
        [group] = client.get(TARGETS, headers=as_user(filled[1], "admin")).json()
        [whole] = client.get(f"{TARGETS}?level=county", headers=as_user(filled[1], "admin")).json()
    assert group["targets"] == [address]
    assert group["labels"]["__scheme__"] == scheme
    assert group["labels"]["__metrics_path__"] == path
    assert group["labels"]["instance"] == f"{address}/3304"
    assert whole["labels"]["__param_level"] == "county"


def test_both_forms_say_the_same(client: TestClient, county: County) -> None:
    wanted = as_user(
        county, "admin", Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    )
    answer = client.get(f"{METRICS}?level=school", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    told = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in openmetrics_families(answer.text)
        for sample in family.samples
    }
    plain = samples(page_for(client, county, "admin", "?level=school"))
    moments = {key for key in plain if key[0] == "fleet_export_timestamp_seconds"}
    assert told.keys() == plain.keys()
    assert all(told[key] == plain[key] for key in plain.keys() - moments)


def test_the_page_travels_compressed(client: TestClient, county: County) -> None:
    packed = client.get(METRICS, headers=as_user(county, "admin", **{"Accept-Encoding": "gzip"}))
    plain = client.get(METRICS, headers=as_user(county, "admin", **{"Accept-Encoding": "identity"}))
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert samples(packed.text).keys() == samples(plain.text).keys()


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text; version=0.0.1", False),
        ("application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.9", False),
        ("application/openmetrics-text;q=nonsense", False),
        ("application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5", True),
    ],
)
def test_the_form_follows_the_header(accept: str, openmetrics: bool) -> None:
    assert wants_openmetrics(accept) is openmetrics


def test_names_are_escaped() -> None:
    page = Page()
    page.declare("x", "An x.")
    page.add("x", labels({"name": 'a"b\\c\nd'}), 1)
    [(key, number)] = samples(page.text().decode()).items()
    assert key == ("x", frozenset({("name", 'a"b\\c\nd')}))
    assert number == 1


def test_a_page_never_grows_beyond_its_limit(client: TestClient, county: County) -> None:
    whole = page_for(client, county, "admin", "?level=school")
    assert value(whole, "fleet_export_truncated") == 0
    many = int(value(whole, "fleet_export_series"))
    assert len(samples(whole)) == many + 4


def test_schools_beyond_the_limit_are_left_out_whole(
    filled: tuple[Settings, County],
) -> None:
    settings = filled[0].model_copy(update={"metrics_series": 35})
    with TestClient(create_app(settings, store=measured())) as client:
        page = page_for(client, filled[1], "admin", "?level=school")
    assert value(page, "fleet_export_truncated") == 1
    assert value(page, "fleet_export_schools_left_out") == 1
    assert value(page, "fleet_export_series") <= 35
    assert "SCH-B" not in page
    assert 'fleet_school_agents{county="3304",school="SCH-A"}' in page


def test_nobody_sees_a_page_of_another(filled: tuple[Settings, County]) -> None:
    settings = filled[0].model_copy(update={"metrics_cache_seconds": 600.0})
    with TestClient(create_app(settings, store=measured())) as client:
        for login in ("admin", "mei", "admin", "shopper"):
            page = page_for(client, filled[1], login, "?level=school")
            assert ("SCH-B" in page) is (login != "mei")
            assert ("fleet_school_agents" in page) is (login != "shopper")


def test_an_empty_register_is_an_empty_page(tmp_path: Path) -> None:
    page = fleet_page(Census(utc_now(), [], {}), Wish(Detail.school))
    assert [name for name, _ in samples(page.text().decode())] == [
        "fleet_export_series",
        "fleet_export_truncated",
        "fleet_export_schools_left_out",
        "fleet_export_timestamp_seconds",
    ]


def test_what_is_counted_ahead_says_the_same(
    filled: tuple[Settings, County], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, county = filled
    store = measured()
    app = create_app(settings, store=store)
    pages = []
    with TestClient(app) as client:
        for ahead in (False, True):
            if ahead:
                monkeypatch.setattr("inventory.summaries.LIVE_UP_TO", 0)
                count_ahead(store, app.state.cadence)(_Transactions(app), utc_now())
            queries = ("", "?level=school", "?level=school&kinds=true&county=3304")
            told = [samples(page_for(client, county, "admin", query)) for query in queries]
            moment = ("fleet_export_timestamp_seconds", frozenset[tuple[str, str]]())
            assert [page.pop(moment) > 0 for page in told] == [True] * 3
            pages.append(told)
    assert pages[0] == pages[1]


class _Transactions:
    """Those of the only controller."""

    def __init__(self, app: FastAPI) -> None:
        self._sessions = app.state.sessions

    def reading(self) -> AbstractContextManager[Session]:
        return read_only(self._sessions)

    def writing(self) -> AbstractContextManager[Session]:
        return unit_of_work(self._sessions)
