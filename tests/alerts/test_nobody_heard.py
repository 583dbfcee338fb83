"""The controller's own network fails: one alert of the bureau, none of schools, nothing late."""

from collections import Counter

import pytest
from sqlmodel import select

from alerts.messages import alert_text, alert_title
from alerts.models import Alert, Notice, TicketState
from alerts.notify.models import NoticeKind
from inventory.database import SessionFactory
from tests.alerts.stormy import City, city_of, code

COUNTIES = {"A1": 90, "A2": 70, "A3": 50}


@pytest.fixture
def city(factory: SessionFactory) -> City:
    return city_of(factory, COUNTIES)


def _ever(city: City) -> Counter[str]:
    with city.sessions() as session:
        return Counter(session.exec(select(Alert.rule)).all())


def _everybody() -> set[str]:
    return {code(county, number) for county, each in COUNTIES.items() for number in range(each)}


def test_a_controller_that_is_cut_off_is_one_alert_and_nothing_is_told_late(city: City) -> None:
    city.dark = _everybody()
    city.live(4)
    assert city.alerts() == []
    city.live(4)
    [alert] = city.alerts()
    assert (alert.rule, alert.organisation_code) == ("nobody_heard", "AC")
    assert alert_title(alert, "", str) == "测试市: not one box is heard"
    assert alert_text(alert, str).startswith("None of 210 boxes was heard for 6 minutes")
    # Another controller takes over meanwhile: it has heard nobody itself, and changes nothing.
    later = City(city.sessions, city.now, COUNTIES)
    later.dark = city.dark
    later.live(40, step=8)
    assert _ever(city) == {"nobody_heard": 1}

    # The first call at once, the others when they try again.
    later.dark = {one for one in later.dark if not one.startswith("A1")}
    later.live(2)
    later.dark = set()
    later.live(14)
    assert later.alerts() == []
    assert _ever(city) == {"nobody_heard": 1}
    assert [one.state for one in city.tickets()] == [TicketState.resolved]
    assert (city.told(), city.told(NoticeKind.alert_cleared)) == (1, 1)
    with city.sessions() as session:
        assert {one.target for one in session.exec(select(Notice))} == {"nc"}


def test_a_school_that_stays_away_when_the_others_come_back_is_told_of_for_itself(
    city: City,
) -> None:
    city.dark = _everybody()
    city.live(12, step=4)
    city.dark = {code("A2", 3)}
    city.live(4)
    assert city.alerts() == []
    city.live(4)
    assert [one.subject for one in city.alerts()] == [code("A2", 3)]


def test_a_box_that_was_silent_before_stays_one_alert_throughout(city: City) -> None:
    silent = code("A3", 7)
    city.dark = {silent}
    city.live(8)
    city.dark = _everybody()
    city.live(8)
    assert sorted(one.rule for one in city.alerts()) == ["agent_silent", "nobody_heard"]
    city.dark = {silent}
    city.live(8)
    assert [one.subject for one in city.alerts()] == [silent]
    assert _ever(city) == {"agent_silent": 1, "nobody_heard": 1}
