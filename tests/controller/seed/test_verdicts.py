"""What is planted in lines is found by the bandwidth verdict, and nobody else is accused."""

from datetime import UTC, date, datetime

from cryptography.fernet import Fernet
from sqlalchemy import Engine
from sqlmodel import Session, select

from controller.metrics.memory import MemoryStore
from controller.seed.calendar import terms_of
from controller.seed.cases import Candidate, Case, cases_of
from controller.seed.lines import line_of, target_mbps
from controller.seed.months import months_of
from controller.seed.options import CitySpec, History
from controller.seed.places import Fate
from controller.seed.run import seed_city
from inventory.calendars.hours import school_hours
from inventory.calendars.loading import Calendars
from inventory.calendars.statutory import known_years
from inventory.database import session_factory
from inventory.models import MonthVerdict, Setting
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.controller.seed.watching import Patience

#: A Thursday at three in the afternoon.
UNTIL = datetime(2026, 9, 24, 7, 0, tzinfo=UTC)
SPEC = CitySpec(
    schools=40, devices=120, days=45, recent_days=1, every=900, history=History.sample, seed=1,
    until=UNTIL,
)  # fmt: skip
FOUND = {
    Case.dead_line: "non_compliant",
    Case.absent_box: "insufficient_data",
    Case.thin_tests: "insufficient_data",
    Case.weak_box: "not_testable",
    Case.exempt: "exempt",
}


def test_every_planted_case_is_found_and_no_healthy_school_is_accused(engine: Engine) -> None:
    made = seed_city(
        SPEC, session_factory(engine), MemoryStore(),
        box=SecretBox(Fernet.generate_key().decode()), password="a password of the city",
        watcher=Patience(1_000_000, "register"),
    )  # fmt: skip
    with Session(engine) as session:
        rows = session.exec(select(MonthVerdict)).all()
    found = {row.school_code: row for row in rows}
    assert {row.month for row in rows} == {date(2026, 9, 1)}
    assert {school.case for school in made.city.schools} == set(Case)
    wrong = {}
    for school in made.city.schools:
        line, row = line_of(school, SPEC), found[school.code]
        if school.case is not Case.ordinary:
            expected = FOUND[school.case]
        elif school.fate is Fate.slow_line or min(line.down, line.up) < target_mbps(school):
            expected = "non_compliant"
        elif school.fate is Fate.healthy and "outage_above" not in row.notes:
            expected = "compliant"
        else:
            continue
        if row.standing != expected:
            wrong[school.code] = (school.case, school.fate, row.standing, row.notes)
    assert not wrong


def test_a_city_has_a_calendar_for_all_the_days_it_tells_of(engine: Engine) -> None:
    spec = CitySpec(
        schools=3, devices=12, days=400, recent_days=0, every=900, history=History.tests, seed=2,
        until=datetime(max(known_years()) + 2, 3, 20, tzinfo=UTC),
    )  # fmt: skip
    made = seed_city(
        spec, session_factory(engine), MemoryStore(),
        box=SecretBox(Fernet.generate_key().decode()), password="a password of the city",
        watcher=Patience(1_000_000, "register"),
    )  # fmt: skip
    first, last = spec.begin.date(), spec.until.date()
    with Session(engine) as session:
        calendars = Calendars(session, Scope.everything(), first, last)
        hours = [
            school_hours(calendars.of(school.path, school.stage), first, last)
            for school in made.city.schools
        ]
    assert all(one.windows and not one.unknown for one in hours)
    assert months_of(spec) == []


def test_terms_leave_the_vacations_out() -> None:
    autumn, spring = terms_of(2026)
    assert autumn[1:] == (date(2026, 9, 1), date(2027, 1, 16))
    assert spring[1:] == (date(2027, 2, 22), date(2027, 7, 5))
    assert autumn[2] < date(2027, 2, 6) < spring[1]


def test_small_cities_have_every_case_and_large_ones_few() -> None:
    schools = [Candidate(rank, Setting.urban, ails=False) for rank in range(400)]
    assert set(cases_of(1, schools[:12]).values()) == set(Case) - {Case.ordinary}
    assert 10 < len(cases_of(1, schools)) < 50
    assert cases_of(1, schools) == cases_of(1, schools) != cases_of(2, schools)
    assert cases_of(1, [Candidate(0, Setting.rural, ails=True)]) == {}
