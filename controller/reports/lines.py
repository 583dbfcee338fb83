"""Verdicts as lines of a report: schools, tolerances, time left out, standards, calendars. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from controller.compliance.inputs import Demand, Exclusion, Policy
from controller.compliance.results import (
    Delivered,
    Provisioned,
    SchoolVerdict,
    Sufficient,
    TargetVerdict,
)
from controller.compliance.states import State
from controller.reports.content import (
    CalendarLine,
    Count,
    ExclusionLine,
    ExemptionLine,
    FlowLine,
    MonthState,
    Name,
    SchoolLine,
    StandardLine,
    TargetLine,
    Tolerance,
)
from inventory.models import School
from inventory.standards.model import Standard


class Placed(NamedTuple):
    """A verdict with what the register says of its school."""

    verdict: SchoolVerdict
    school: School
    group: Name
    provider: str
    months: tuple[MonthState, ...] = ()


def school_line(one: Placed, *, days: bool) -> SchoolLine:
    """A school as the report has it.

    Args:
        one: its verdict.
        days: whether tests are told day by day.
    """
    school = one.school
    return SchoolLine(
        school=Name(code=school.code, name=school.name, name_en=school.name_en),
        group=one.group,
        stage=school.stage,
        setting=school.setting,
        form=school.form,
        provider=one.provider,
        state=one.verdict.state,
        targets=tuple(_target(target, days=days) for target in one.verdict.targets),
        pending=tuple(demand.target for demand in one.verdict.pending),
        months=one.months,
        calendar=one.verdict.calendar,
    )


def counts_of(states: Iterable[State | None]) -> tuple[Count, ...]:
    """Schools by state; a state no school is in is left out."""
    found = Counter(states)
    return tuple(
        Count(state=state, schools=found[state]) for state in (*State, None) if found[state]
    )


def tolerances_of(verdicts: Sequence[SchoolVerdict]) -> tuple[Tolerance, ...]:
    """The policies schools were judged by, the one of most schools first."""
    found = Counter(one.policy for one in verdicts)
    return tuple(_tolerance(policy, schools) for policy, schools in found.most_common())


def exclusions_of(placed: Sequence[Placed]) -> tuple[ExclusionLine, ...]:
    """Time that did not count, each approval once, the earliest first."""
    found: dict[Exclusion, list[School]] = defaultdict(list)
    for one in placed:
        for exclusion in one.verdict.exclusions:
            found[exclusion].append(one.school)
    return tuple(
        ExclusionLine(
            begin=one.begin,
            end=one.end,
            reason=one.reason,
            approved_by=one.approved_by,
            approved_at=one.approved_at,
            schools=len(schools),
            school=_name(schools[0]) if len(schools) == 1 else None,
        )
        for one, schools in sorted(
            found.items(), key=lambda item: (item[0].begin, item[0].end, item[1][0].code)
        )
    )


def exemptions_of(placed: Sequence[Placed]) -> tuple[ExemptionLine, ...]:
    """Schools that are held against nothing."""
    return tuple(
        ExemptionLine(
            school=_name(one.school),
            reason=exemption.reason,
            approved_by=exemption.approved_by,
            approved_at=exemption.approved_at,
            first_day=exemption.first_day,
            last_day=exemption.last_day,
        )
        for one in placed
        if (exemption := one.verdict.exemption) is not None
    )


def calendars_of(verdicts: Sequence[SchoolVerdict]) -> tuple[CalendarLine, ...]:
    """Calendars that were used, the one of most schools first."""
    found = Counter(one.calendar for one in verdicts if one.calendar)
    return tuple(
        CalendarLine(digest=name, schools=schools) for name, schools in found.most_common()
    )


def standards_of(
    verdicts: Sequence[SchoolVerdict], known: Mapping[tuple[str, int], Standard]
) -> tuple[StandardLine, ...]:
    """Targets that schools were held against, or that wait for confirmation.

    Args:
        verdicts: of all schools.
        known: documents, for what is said of a target in English.
    """
    judged: Counter[tuple[str, int, str]] = Counter()
    pending: Counter[tuple[str, int, str]] = Counter()
    demands: dict[tuple[str, int, str], Demand] = {}
    confirmed: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for verdict in verdicts:
        targets = [one.demand for one in verdict.targets]
        for counts, some in ((judged, targets), (pending, verdict.pending)):
            for demand in some:
                key = (demand.standard, demand.version, demand.target)
                counts[key] += 1
                demands[key] = demand
                confirmed[key].update(demand.confirmed)
    found = []
    for key, demand in sorted(demands.items()):
        standard = known.get(key[:2])
        target = standard.target(demand.target) if standard else None
        found.append(
            StandardLine(
                standard=demand.standard,
                version=demand.version,
                fingerprint=demand.fingerprint,
                plan=demand.plan,
                plan_en=standard.plan_translation if standard else "",
                target=demand.target,
                measure=demand.measure,
                quote=demand.quote,
                quote_en=target.translation if target else "",
                caveat=target.caveat if target else "",
                caveat_en=target.caveat_translation if target else "",
                confirmed=tuple(sorted(confirmed[key])),
                schools=judged[key],
                pending=pending[key],
            )
        )
    return tuple(found)


def _target(one: TargetVerdict, *, days: bool) -> TargetLine:
    demand, up = one.demand, one.available
    flows = zip(one.provisioned, one.delivered, one.sufficient, strict=True)
    return TargetLine(
        standard=demand.standard,
        target=demand.target,
        measure=demand.measure,
        asked=demand.bits_per_second,
        state=one.state,
        flows=tuple(_flow(*parts, days=days) for parts in flows),
        available=up.state,
        share=up.share,
        probes=up.made,
        answered=up.answered,
        latency=up.latency,
        latency_state=up.latency_state,
        notes=(*one.notes, *up.notes),
    )


def _flow(contract: Provisioned, tests: Delivered, use: Sufficient, *, days: bool) -> FlowLine:
    return FlowLine(
        flow=contract.flow,
        provisioned=contract.state,
        delivered=tests.state,
        contracted=contract.contracted,
        port=contract.port,
        medium=contract.medium,
        tests=tests.tests,
        passed=tests.passed,
        passed_in_full=tests.passed_in_full,
        state_in_full=tests.state_in_full,
        scheduled=tests.scheduled,
        present=tests.present,
        unproven=tests.unproven,
        busy=tests.busy,
        dead=tests.dead,
        firm_pass=tests.firm_pass,
        firm_fail=tests.firm_fail,
        median=tests.median,
        reached=tests.reached,
        carried=use.carried,
        utilisation=use.utilisation,
        proves_capacity=use.proves_capacity,
        days=tests.days if days else (),
        notes=(*contract.notes, *tests.notes),
        path=tests.path,
    )


def _tolerance(policy: Policy, schools: int) -> Tolerance:
    return Tolerance(
        name=policy.name,
        test_share=_share(policy.test_share),
        pass_share=_share(policy.pass_share),
        schools=schools,
        document_number=policy.document_number,
        adopted_by=policy.adopted_by,
        adopted_on=policy.adopted_on,
        organisation_code=policy.organisation_code,
    )


def _share(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _name(school: School) -> Name:
    return Name(code=school.code, name=school.name, name_en=school.name_en)
