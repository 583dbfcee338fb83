"""What a verdict says: plain values, the same for the same inputs, ready for JSON.

Rates are bit/s, shares 0 to 1, times milliseconds since 1970 (UTC), latency seconds.
"""

from datetime import date
from enum import StrEnum

import msgspec

from controller.compliance.inputs import Demand, Exclusion, Exemption, Policy
from controller.compliance.states import State
from inventory.models import Medium, NetworkPath
from inventory.standards.model import Flow


class Note(StrEnum):
    """Why a state is what it is, and what to know beside it; words for it are the reader's."""

    no_contract = "no_contract"
    contract_below = "contract_below"
    port_below = "port_below"
    port_unknown = "port_unknown"
    wrong_medium = "wrong_medium"
    numbers_unknown = "numbers_unknown"
    no_line_tested = "no_line_tested"
    tests_below = "tests_below"
    tests_uncertain = "tests_uncertain"
    too_few_tests = "too_few_tests"
    too_few_days = "too_few_days"
    hours_not_sampled = "hours_not_sampled"
    too_many_missing = "too_many_missing"
    #: A firm fail whatever the tests that are still missing would have said.
    fails_whatever_is_missing = "fails_whatever_is_missing"
    limit_below = "limit_below"
    not_on_this_path = "not_on_this_path"
    #: No bureau has registered a test server outside the education network for the school.
    no_server_outside = "no_server_outside"
    #: What fails beyond the outlet says nothing of the access.
    only_outside = "only_outside"
    #: The way outside leads over the access, so what passes there has passed here.
    proven_outside = "proven_outside"
    probes_missing = "probes_missing"
    latency_above = "latency_above"
    outage_above = "outage_above"
    policy_not_adopted = "policy_not_adopted"
    no_school_hours = "no_school_hours"


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """Base of results."""


class Provisioned(_Said, frozen=True, kw_only=True):
    """Finding 1: contract and port against the target, in one direction."""

    flow: Flow
    state: State
    contracted: float | None = None
    port: float | None = None
    medium: Medium | None = None
    notes: tuple[Note, ...] = ()


class Day(_Said, frozen=True, kw_only=True):
    """Tests of one day: those within a day correlate, so each is shown."""

    day: date
    tests: int
    passed: int


class Delivered(_Said, frozen=True, kw_only=True):
    """Finding 2: active tests, in one direction.

    Args:
        tests: that say something of the line; ``passed`` of them reach the tolerated share.
        raw: whether the share of passes is the policy's, sure or not.
        scheduled: tests there should be; ``present`` of them say something.
        unproven: tests whose box, server or cap lies below the target: left out.
        busy: tests during which others had more than a tenth of the target.
        dead: tests that failed because the line was dead.
        passed_in_full: tests that reach the plan's own words, without tolerance.
        state_in_full: the state if a test had to reach all of the target.
        firm_pass, firm_fail: counts of passes from and up to which it is sure.
        median: of the rates; ``reached`` is the rate that the policy's share of tests reaches.
        path: what the tests went through; ``None`` where no method told.
    """

    flow: Flow
    state: State
    tests: int = 0
    passed: int = 0
    raw: bool | None = None
    scheduled: int = 0
    present: int = 0
    unproven: int = 0
    busy: int = 0
    dead: int = 0
    passed_in_full: int = 0
    state_in_full: State = State.insufficient_data
    firm_pass: int | None = None
    firm_fail: int | None = None
    median: float | None = None
    reached: float | None = None
    days: tuple[Day, ...] = ()
    hours_missing: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    path: NetworkPath | None = None


class Available(_Said, frozen=True, kw_only=True):
    """Finding 3: share of declared school hours in which the line carried traffic; latency.

    Args:
        declared: seconds of school hours that count.
        expected: probes there should be in them; ``made`` were, ``answered`` of these.
        share: of the probes made.
    """

    state: State
    declared: int = 0
    expected: int = 0
    made: int = 0
    answered: int = 0
    share: float | None = None
    latency: float | None = None
    latency_state: State = State.insufficient_data
    notes: tuple[Note, ...] = ()


class Sufficient(_Said, frozen=True, kw_only=True):
    """Finding 4: demand. It proves no line bad, so its state never worsens a target's.

    Args:
        carried: 95th percentile of 5 minutes, bit/s.
        utilisation: of the contract.
        proves_capacity: that much was carried as the target asks for.
    """

    flow: Flow
    state: State
    carried: float | None = None
    utilisation: float | None = None
    proves_capacity: bool = False
    samples: int = 0


class TargetVerdict(_Said, frozen=True, kw_only=True):
    """One target of one school: the worst of its findings, with all of them."""

    demand: Demand
    state: State
    provisioned: tuple[Provisioned, ...]
    delivered: tuple[Delivered, ...]
    available: Available
    sufficient: tuple[Sufficient, ...]
    notes: tuple[Note, ...] = ()


class SchoolVerdict(_Said, frozen=True, kw_only=True):
    """A school's period; its state is the worst of its targets', ``None`` where none is judged."""

    school: str
    state: State | None
    targets: tuple[TargetVerdict, ...]
    pending: tuple[Demand, ...]
    exclusions: tuple[Exclusion, ...]
    exemption: Exemption | None
    policy: Policy
    method: str
    calendar: str
    notes: tuple[Note, ...] = ()
