"""The verdict on a school: every target by itself, the headline the worst of them. Pure."""

from collections.abc import Iterable

from controller.compliance.available import available
from controller.compliance.delivered import delivered
from controller.compliance.hours import Slots, seconds_in, slots, without
from controller.compliance.inputs import Demand, Method, Policy, SchoolInputs, Window
from controller.compliance.made import Made
from controller.compliance.provisioned import provisioned
from controller.compliance.results import (
    Available,
    Delivered,
    Note,
    SchoolVerdict,
    TargetVerdict,
)
from controller.compliance.states import State, worst
from controller.compliance.sufficient import sufficient
from inventory.models import NetworkPath


class Hours:
    """School hours of many schools; those that are the same are looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Window, ...], tuple[int, Slots]] = {}

    def of(self, windows: tuple[Window, ...]) -> tuple[int, Slots]:
        """Seconds, and hours in which a test belongs."""
        found = self._known.get(windows)
        if found is None:
            found = self._known[windows] = seconds_in(windows), slots(windows)
        return found


def judge(
    school: SchoolInputs, policy: Policy, method: Method | None = None, hours: Hours | None = None
) -> SchoolVerdict:
    """The verdict on one school.

    Args:
        school: all that is known of its period.
        policy: the tolerance; one that nobody adopted is said to be so.
        method: when data suffice.
        hours: shared between schools, for speed alone.
    """
    method, hours = method or Method(), hours or Hours()
    windows = school.windows
    if school.exclusions:
        windows = without(windows, ((one.begin, one.end) for one in school.exclusions))
    declared, its_slots = hours.of(windows)
    made = Made(school.tests, its_slots)
    targets = tuple(
        _target(school, demand, made, declared, policy=policy, method=method)
        for demand in school.demands
        if not demand.pending
    )
    state = State.exempt if school.exemption else worst(one.state for one in targets)
    return SchoolVerdict(
        school=school.code,
        state=state,
        targets=targets,
        pending=tuple(one for one in school.demands if one.pending),
        exclusions=school.exclusions,
        exemption=school.exemption,
        policy=policy,
        method=method.version,
        calendar=school.calendar,
        notes=() if policy.is_adopted else (Note.policy_not_adopted,),
    )


def judge_all(
    schools: Iterable[tuple[SchoolInputs, Policy]], method: Method | None = None
) -> list[SchoolVerdict]:
    """Verdicts in the order of the schools; each is what :func:`judge` says of it alone."""
    hours = Hours()
    return [judge(school, policy, method, hours) for school, policy in schools]


def _target(
    school: SchoolInputs,
    demand: Demand,
    made: Made,
    declared: int,
    *,
    policy: Policy,
    method: Method,
) -> TargetVerdict:
    contracts = tuple(provisioned(demand, school.lines, flow) for flow in demand.flows)
    tests: tuple[Delivered, ...] = tuple(
        delivered(
            demand,
            made,
            flow,
            scheduled=(school.scheduled, school.scheduled_outside),
            knows_outside=any(one.path is NetworkPath.outside for one in school.servers),
            policy=policy,
            method=method,
        )
        for flow in demand.flows
    )
    up: Available = available(school.probes, declared, method)
    states = (*(one.state for one in contracts), *(one.state for one in tests), up.state)
    return TargetVerdict(
        demand=demand,
        state=worst(states) or State.insufficient_data,
        provisioned=contracts,
        delivered=tests,
        available=up,
        sufficient=tuple(
            sufficient(demand, school.usage, one, declared, method) for one in contracts
        ),
        notes=() if school.tested else (Note.no_line_tested,),
    )
