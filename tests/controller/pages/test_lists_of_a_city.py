"""Lists where there are more schools than a select can offer: counties, counts, a few tiles."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from controller.app import create_app
from controller.metrics.memory import MemoryStore
from controller.pages.views.overview import TILES_OF_MANY
from controller.settings import Settings
from inventory.agent_health import AgentHealth
from inventory.database import make_engine
from tests.register import CITY_TOKEN, COUNTY_TOKEN, Size, fill

SIZE = Size(320, 3, 2, past_alerts=9, past_tickets=9, events=9, proposals=9)
ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def console(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("city")
    (folder / "fleet.db").write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{folder / 'fleet.db'}"
    engine: Engine = make_engine(url)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        fill(connection, SIZE, datetime.now(UTC))
    engine.dispose()
    settings = Settings(
        database_url=url,
        secret_key_file=folder / "secret.key",
        metrics_url=f"duckdb:///{folder / 'unused'}",
        jobs=False,
    )
    with TestClient(create_app(settings, store=MemoryStore())) as client:
        yield client


def shown(console: TestClient, path: str, token: str = CITY_TOKEN) -> str:
    answer = console.get(path, headers=ENGLISH | {"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return answer.text


def codes(page: str) -> list[str]:
    """Schools that the rows of a list are about."""
    return re.findall(r'<td class="cell-main"><a href="/schools/([^"]+)"', page)


def test_schools_are_listed_by_county_and_by_place(console: TestClient) -> None:
    third = codes(shown(console, "/schools?county=3302C"))
    assert third
    assert {int(code[1:]) // 32 for code in third} == {2}
    assert codes(shown(console, "/schools?county=3302C&page=2")) == []
    found = codes(shown(console, "/schools?q=township+99"))
    assert sorted(found) == ["S0317", "S0318", "S0319"]


def test_a_county_nobody_knows_takes_nothing_away(console: TestClient) -> None:
    assert len(codes(shown(console, "/schools?county=nowhere"))) == 50


def test_devices_are_listed_by_county(console: TestClient) -> None:
    page = shown(console, "/devices?county=3302C&sort=school")
    schools = set(re.findall(r'href="/schools/S(\d+)"', page))
    assert {int(number) // 32 for number in schools} == {2}
    assert '<option value="3302C" selected>' in page


def test_a_select_is_there_where_it_offers_something(console: TestClient) -> None:
    for path in ("/devices", "/alerts", "/tickets", "/proposals"):
        assert 'name="school"' not in shown(console, path), path
        assert '<option value="S0007" selected>' in shown(console, f"{path}?school=S0007"), path
        assert shown(console, path, COUNTY_TOKEN).count('<option value="S00') == 32, path
    assert 'name="county"' in shown(console, "/schools")
    assert 'name="county"' not in shown(console, "/schools", COUNTY_TOKEN)


def test_boxes_are_found_by_name_and_by_how_they_are(console: TestClient) -> None:
    def boxes(path: str) -> list[str]:
        return re.findall(r'href="/agents/(a\d+)"', shown(console, path))

    assert boxes("/agents?q=box+31") == [f"a{n:04}" for n in (31, *range(310, 320))]
    assert boxes("/agents?health=silent") == ["a0207", "a0007"]
    assert boxes("/agents?q=box+31&health=silent") == []
    assert "No agent fits" in shown(console, "/agents?q=nobody")
    choices = re.findall(r'<option value="(\w+)"', shown(console, "/agents"))
    assert {*choices} == {health.value for health in AgentHealth}
    page = shown(console, "/agents")
    assert re.search(r'href="/agents\?health=silent">.*?</span> 2</a>', page)
    assert len(boxes("/agents")) == 50


@pytest.mark.parametrize(
    "path", ["/schools", "/devices", "/alerts", "/tickets", "/agents", "/proposals"]
)
def test_no_choice_is_offered_twice(console: TestClient, path: str) -> None:
    for select in re.findall(r"<select.*?</select>", shown(console, path), re.DOTALL):
        values = re.findall(r'<option value="([^"]*)"', select)
        assert len(values) == len(set(values)), select


def test_the_overview_of_many_schools_counts_them_and_shows_the_worst(console: TestClient) -> None:
    page = shown(console, "/")
    assert page.count('class="tile ') == TILES_OF_MANY
    counted = re.findall(r'href="/schools\?state=(\w+)">.*?</span> (\d+)</a>', page)
    assert sum(int(number) for _, number in counted) == SIZE.schools
    for state, number in counted:
        assert f"of {number}" in shown(console, f"/schools?state={state}") or int(number) <= 50


def test_the_overview_of_few_schools_shows_them_all(console: TestClient) -> None:
    assert shown(console, "/", COUNTY_TOKEN).count('class="tile ') == 32
