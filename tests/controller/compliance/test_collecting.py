"""Inputs out of the register and the metric store: what was planted there is what is judged."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlmodel import Session

from controller.compliance.collecting import Collected, Period, Timed, collect
from controller.compliance.states import State
from controller.compliance.verdict import judge
from controller.metrics.memory import MemoryStore
from drivers.readings import LineTestOutcome
from inventory.days import ZONE
from inventory.models import (
    Device,
    Line,
    MeasurementExclusion,
    NetworkPath,
    Port,
    School,
    SchoolExemption,
    SpeedtestServer,
)
from inventory.scope import Scope
from inventory.standards.exclusions import exclude, exempt_school, revoke
from inventory.standards.keeping import apply_standard, known_standard
from tests.controller.compliance.schools import DAY, HOUR, MBPS, times, windows
from tests.inventory.city import CITY, NOW, A, B

ALL = Scope.everything()
PERIOD = Period(first=date(2026, 9, 7), last=date(2026, 9, 30), internet=frozenset({"far"}))
DAYS = 10
Samples = Mapping[tuple[str, str, str], tuple[Sequence[int], Sequence[float]]]


def _load(store: MemoryStore, samples: Samples) -> None:
    names = list(samples)
    times_ = np.concatenate([np.array(at, dtype=np.int64) for at, _ in samples.values()])
    values = np.concatenate([np.array(some, dtype=np.float64) for _, some in samples.values()])
    sizes = [len(at) for at, _ in samples.values()]
    store.load(names, times_, np.repeat(np.arange(len(names), dtype=np.int32), sizes), values)


def _tests(line: str, mbps: float, *, server: str = "near", dead: int = 0) -> Samples:
    at = times(DAYS)
    rates = [0.0 if n < dead else mbps * MBPS for n in range(len(at))]
    outcome = [
        float(LineTestOutcome.line_down if not rate else LineTestOutcome.ok) for rate in rates
    ]
    return {
        (line, "speedtest_download_bits_per_second", server): (at, rates),
        (line, "speedtest_upload_bits_per_second", server): (at, rates),
        (line, "speedtest_outcome", server): (at, outcome),
        (line, "speedtest_box_port_bits_per_second", server): (at, [1e9] * len(at)),
    }


def _probes(line: str, host: str, *, without: Sequence[int] = ()) -> Samples:
    at = [one for begin, end in windows(DAYS) for one in range(begin, end, 60_000)]
    up = [one for one in at if not any(first <= one < first + HOUR for first in without)]
    answered = set(up)
    lost = [0.0 if one in answered else 1.0 for one in at]
    return {
        (line, "ping_loss_ratio", host): (at, lost),
        (line, "ping_round_trip_seconds", host): (up, [0.02] * len(up)),
    }


def _collect(session: Session, store: MemoryStore, scope: Scope = ALL) -> dict[str, Collected]:
    timed = Timed(windows(DAYS), "c" * 64)
    found = collect(session, store, scope, PERIOD, lambda _path, _stage: timed)
    return {one.inputs.code: one for one in found}


@pytest.fixture
def school(city: Session) -> School:
    """A school with a line and a port, and the national target."""
    found = city.get_one(School, A.school)
    line = city.get_one(Line, A.row("l"))
    device = city.get_one(Device, A.row("d"))
    port = Port(device_id=device.id, name="wan", index=99, speed_bits_per_second=10**9, seen_at=NOW)
    city.add(port)
    line.device_id, line.port_name, line.down_mbps, line.up_mbps = device.id, "wan", 100, 100
    line.starts_on, line.ends_on = date(2026, 1, 1), None
    city.flush()
    known = known_standard(city, ALL, "national")
    apply_standard(city, ALL, known, at=CITY, valid_from=date(2026, 1, 1), by="mei")
    return found


def test_a_healthy_school_is_found_healthy(city: Session, school: School) -> None:
    store, line = MemoryStore(), A.row("l")
    _load(store, _tests(line, 94) | _probes(line, "r1"))
    made = _collect(city, store)[school.code]
    assert made.inputs.lines[0].port == 1e9
    assert len(made.inputs.tests) == 60
    assert made.inputs.tests.limit.tolist() == [1e9] * 60
    assert (made.inputs.probes.made, made.inputs.probes.answered) == (3600, 3600)
    assert made.inputs.demands[0].bits_per_second == 100e6
    verdict = judge(made.inputs, made.policy)
    assert verdict.state is State.compliant
    assert not made.policy.is_adopted


def test_planted_failures_are_found(city: Session, school: School) -> None:
    line = A.row("l")
    planted = {
        State.non_compliant: _tests(line, 50) | _probes(line, "r1"),
        State.insufficient_data: _probes(line, "r1"),
        State.marginal: _tests(line, 94, dead=12) | _probes(line, "r1"),
    }
    for state, samples in planted.items():
        store = MemoryStore()
        _load(store, samples)
        made = _collect(city, store)[school.code]
        assert judge(made.inputs, made.policy).state is state
    assert made.inputs.tests.outcome.tolist().count(LineTestOutcome.line_down) == 12


def test_a_reference_that_is_away_is_no_outage_of_the_line(city: Session, school: School) -> None:
    store, line = MemoryStore(), A.row("l")
    first, second = windows(DAYS)[0][0], windows(DAYS)[9][0]
    both = _probes(line, "r1", without=[first]) | _probes(line, "r2", without=[second])
    _load(store, both | _probes(line, "gateway"))
    probes = _collect(city, store)[school.code].inputs.probes
    assert (probes.made, probes.answered) == (3600, 3600)
    store = MemoryStore()
    same = _probes(line, "r1", without=[first]) | _probes(line, "r2", without=[first, second])
    _load(store, same | _probes(line, "gateway"))
    probes = _collect(city, store)[school.code].inputs.probes
    assert (probes.made, probes.answered) == (3600, 3540)


def test_uplinks_are_averaged_over_five_minutes_of_school_hours(
    city: Session, school: School
) -> None:
    store, line, device = MemoryStore(), A.row("l"), A.row("d")
    at = [one for begin, end in windows(DAYS) for one in range(begin - HOUR, end + HOUR, 60_000)]
    hours = {one // 300_000 for begin, end in windows(DAYS) for one in range(begin, end, 60_000)}
    # A peak of a minute in every five; outside school hours somebody downloads all night.
    down = [
        (100e6 if one // 60_000 % 5 == 0 else 10e6) if one // 300_000 in hours else 900e6
        for one in at
    ]
    early = at[:-100]
    ports = {
        (device, "port_in_bits_per_second", "wan"): (at, down),
        (device, "port_out_bits_per_second", "wan"): (early, [5e6] * len(early)),
    }
    _load(store, _tests(line, 94) | ports)
    usage = _collect(city, store)[school.code].inputs.usage
    assert (usage.down, usage.up, usage.every) == (28e6, 5e6, 300)
    # The last hundred minutes, of which forty lie in school hours, were read one way.
    assert usage.samples == DAYS * 6 * 12 - 8


def test_servers_outside_are_told_from_those_within(city: Session, school: School) -> None:
    store, line = MemoryStore(), A.row("l")
    _load(store, _tests(line, 94) | _tests(line, 50, server="far"))
    tests = _collect(city, store)[school.code].inputs.tests
    assert len(tests) == 120
    assert set(tests.down[tests.internet].tolist()) == {50e6}


def test_a_registered_server_lies_outside_from_its_first_day_to_its_last(
    city: Session, school: School
) -> None:
    store, line = MemoryStore(), A.row("l")
    _load(store, _tests(line, 94) | _tests(line, 60, server="https://beyond"))
    first, last = date(2026, 9, 9), date(2026, 9, 10)
    city.add(
        SpeedtestServer(
            id="ss-1", organisation_code=CITY, name="x", address="https://beyond",
            path=NetworkPath.outside, capacity_mbps=Decimal(500), starts_on=first, ends_on=last,
        )
    )  # fmt: skip
    city.flush()
    inputs = _collect(city, store)[school.code].inputs
    outside = inputs.tests.some(inputs.tests.internet)
    days = {datetime.fromtimestamp(at / 1000, ZONE).date() for at in outside.at.tolist()}
    assert days == {first, last}
    assert len(outside) == 12
    assert set(outside.limit.tolist()) == {500e6}
    # What whoever asks names besides is outside at all times.
    assert [(one.address, one.organisation) for one in inputs.servers] == [
        ("https://beyond", CITY), ("far", ""),
    ]  # fmt: skip
    # Nearer bureaus know better.
    city.add(
        SpeedtestServer(
            id="ss-2", organisation_code=A.code, name="x", address="https://beyond",
            path=NetworkPath.inside,
        )
    )  # fmt: skip
    city.flush()
    inputs = _collect(city, store)[school.code].inputs
    assert not inputs.tests.internet.any()
    assert set(inputs.tests.limit.tolist()) == {1e9}


def test_what_was_approved_is_left_out_until_it_is_revoked(city: Session, school: School) -> None:
    store, line = MemoryStore(), A.row("l")
    _load(store, _tests(line, 94) | _probes(line, "r1"))
    begin = datetime.fromtimestamp(windows(DAYS)[0][0] / 1000, UTC)
    row = exclude(
        city,
        ALL,
        MeasurementExclusion(
            id="", organisation_code=A.code, begins_at=begin, ends_at=begin + timedelta(days=1),
            reason="停电", approved_by="li",
        ),
    )  # fmt: skip
    made = _collect(city, store)[school.code]
    assert [one.approved_by for one in made.inputs.exclusions] == ["li"]
    assert made.inputs.probes.made == 3600 - 6 * 60
    assert judge(made.inputs, made.policy).targets[0].delivered[0].tests == 54
    revoke(city, ALL, row.id, by="mei", at=begin)
    assert _collect(city, store)[school.code].inputs.exclusions == ()
    exempt_school(
        city,
        ALL,
        SchoolExemption(
            id="", school_code=school.code, valid_from=PERIOD.last, reason="重建", approved_by="li"
        ),
    )
    made = _collect(city, store)[school.code]
    assert judge(made.inputs, made.policy).state is State.exempt


def test_nobody_collects_beyond_the_own_county(two_counties: Session) -> None:
    found = _collect(two_counties, MemoryStore(), Scope.of([A.path]))
    assert A.school in found
    assert B.school not in found
    assert windows(1)[0][1] - windows(1)[0][0] == 3 * HOUR < DAY
