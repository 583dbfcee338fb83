"""All that verdicts rest on, out of the register and the metric store, for many schools at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from sqlmodel import Session

from controller.compliance.excluded import Approved
from controller.compliance.hours import without
from controller.compliance.inputs import (
    Demand,
    LineFacts,
    LineTests,
    Method,
    Policy,
    Probes,
    SchoolInputs,
    Usage,
    Window,
)
from controller.compliance.measured import Where, probes_of, usage_of
from controller.compliance.paths import Paths, ServerFacts
from controller.compliance.register import LineRow, SchoolRow, lines_at, schools_at
from controller.compliance.tests_made import line_tests
from controller.metrics.store import MetricStore
from inventory.models import Stage, TolerancePolicy
from inventory.scope import Scope
from inventory.speedtest_servers import Servers
from inventory.standards.bound import Bindings, Bound, SchoolKind
from inventory.standards.documents import fingerprint, flows_of
from inventory.standards.model import BANDWIDTH, Holder, Measure

_MEGA = 1_000_000
#: Of terminals the access port's speed tells (see coverage); a line's test does not.
_OF_LINES = BANDWIDTH - {Measure.terminal}


class Timed(NamedTuple):
    """School hours of one school in a period, and the SHA-256 of the calendar they are made of."""

    windows: tuple[Window, ...]
    calendar: str


#: Path and stage of a school to its hours; schools of one calendar get one and the same object.
HoursOf = Callable[[str, Stage], Timed]


class Scheduled(NamedTuple):
    """Tests planned for a school in the hours that count, by the way they go; 0: one an hour."""

    inside: int = 0
    outside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days a verdict is about, both included, and how they are measured.

    Args:
        probe_seconds: between two probes of a line (the reachability cadence).
        usage_seconds: of what an uplink carried, which are judged together.
        internet: test servers outside the education network, as readings name them, beside those
            that bureaus have registered.
    """

    first: date
    last: date
    probe_seconds: int = 60
    usage_seconds: int = 300
    internet: frozenset[str] = frozenset()


class Collected(NamedTuple):
    """One school's inputs and the tolerance its bureau has adopted."""

    inputs: SchoolInputs
    policy: Policy


def collect(
    session: Session,
    store: MetricStore,
    scope: Scope,
    period: Period,
    hours: HoursOf,
    *,
    under: str = "/",
    scheduled: Mapping[str, Scheduled] | None = None,
    method: Method | None = None,
) -> list[Collected]:
    """Inputs of the schools below a path that are open on the last day, in the order of paths.

    Args:
        session: to read the register with.
        store: where readings are.
        scope: of who asks.
        period: its days.
        hours: school hours.
        under: path of a bureau or a school.
        scheduled: tests planned, by school code.
        method: what is asked for; decides when several references are compared.
    """
    schools = schools_at(session, scope, under, period.last)
    lines = lines_at(session, scope, period.first, period.last)
    bindings = Bindings(session, scope, period.first, period.last)
    approved = Approved(session, scope, period.first, period.last)
    timed = {one.kind.code: hours(one.kind.path, one.kind.stage) for one in schools}
    counted = {
        one.kind.code: _without(timed[one.kind.code].windows, approved, one.kind) for one in schools
    }
    servers = Servers.read(session, period.first, period.last)
    paths = {one.kind.code: Paths(servers.of(one.kind.path), period.internet) for one in schools}
    demands = _Demands()
    made = _Measured.of(store, lines, counted, paths, period=period, method=method or Method())
    return [
        Collected(
            _inputs(
                school,
                timed[school.kind.code],
                lines.get(school.kind.code, ()),
                made,
                demands=demands.of(bindings.of(school.kind, period.last), school),
                approved=approved,
                scheduled=(scheduled or {}).get(school.kind.code, Scheduled()),
                servers=paths[school.kind.code].facts,
            ),
            policy_of(bindings.policy(school.kind.path, period.last)),
        )
        for school in schools
    ]


def policy_of(row: TolerancePolicy | None) -> Policy:
    """An adopted tolerance; else 80/80, of which every report says that nobody has adopted it."""
    if row is None:
        return Policy()
    return Policy(
        name=row.name,
        test_share=Fraction(row.test_share),
        pass_share=Fraction(row.pass_share),
        document_number=row.document_number,
        adopted_by=row.adopted_by,
        adopted_on=row.adopted_on,
        organisation_code=row.organisation_code,
    )


def demands_of(bound: Collection[Bound], school: SchoolRow) -> tuple[Demand, ...]:
    """Targets of bandwidth among those that hold for a school, as they hold for this one."""
    return tuple(
        Demand(
            standard=one.standard.code,
            version=one.standard.version,
            fingerprint=fingerprint(one.standard),
            target=one.target.id,
            plan=one.standard.plan,
            quote=one.target.quote,
            measure=one.target.measure,
            bits_per_second=_asked(one, school),
            flows=flows_of(one.target),
            medium=one.target.medium,
            pending=one.pending,
            confirmed=one.confirmed,
        )
        for one in bound
        if one.target.measure in _OF_LINES
        and one.target.holder is Holder.school
        and not one.target.baseline
    )


class _Demands:
    """:func:`demands_of` of many schools, for which mostly the same holds; what is bound stays."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], tuple[Demand, ...]] = {}

    def of(self, bound: Sequence[Bound], school: SchoolRow) -> tuple[Demand, ...]:
        measures = {one.target.measure for one in bound}
        key = (
            id(bound),
            school.classes if Measure.per_class in measures else 0,
            _people(school) if Measure.per_user in measures else 0,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = demands_of(bound, school)
        return found


def _people(school: SchoolRow) -> int:
    return school.students + school.teachers


def _asked(bound: Bound, school: SchoolRow) -> float | None:
    times = 1
    if bound.target.measure is Measure.per_class:
        times = school.classes
    elif bound.target.measure is Measure.per_user:
        times = _people(school)
    return float(bound.target.value * _MEGA * times) if times else None


def _without(
    windows: tuple[Window, ...], approved: Approved, school: SchoolKind
) -> tuple[Window, ...]:
    taken = [(one.begin, one.end) for one in approved.exclusions(school)]
    return without(windows, taken) if taken else windows


@dataclass(frozen=True, slots=True)
class _Measured:
    """Readings by line id, and the line of each school that was tested."""

    tests: Mapping[str, LineTests]
    probes: Mapping[str, Probes]
    usage: Mapping[str, Usage]
    tested: Mapping[str, str]

    @classmethod
    def of(
        cls,
        store: MetricStore,
        lines: Mapping[str, Sequence[LineRow]],
        counted: Mapping[str, tuple[Window, ...]],
        paths: Mapping[str, Paths],
        *,
        period: Period,
        method: Method,
    ) -> "_Measured":
        codes = [code for code, windows in counted.items() if windows]
        ids = {line.facts.id: paths[code] for code in codes for line in lines.get(code, ())}
        if not ids:
            return cls({}, {}, {}, {})
        start = min(counted[code][0][0] for code in codes)
        end = max(counted[code][-1][1] for code in codes)
        tests = line_tests(store, list(ids), start=start, end=end, paths=ids.__getitem__)
        tested = {}
        where: list[Where] = []
        for code in codes:
            chief = _chief(lines.get(code, ()), tests)
            if chief is not None:
                tested[code] = chief.facts.id
                where.append(Where(chief.facts.id, chief.port, counted[code]))
        return cls(
            tests,
            probes_of(
                store, where, every=period.probe_seconds, doubtful=float(method.availability)
            ),
            usage_of(store, where, every=period.usage_seconds),
            tested,
        )


def _chief(lines: Sequence[LineRow], tests: Mapping[str, LineTests]) -> LineRow | None:
    """The line the box hangs on: the one with the most tests, else the fastest contract."""
    return max(
        lines,
        key=lambda one: (len(tests.get(one.facts.id, ())), one.facts.down, one.facts.id),
        default=None,
    )


def _inputs(
    school: SchoolRow,
    timed: Timed,
    lines: Sequence[LineRow],
    made: _Measured,
    *,
    demands: tuple[Demand, ...],
    approved: Approved,
    scheduled: Scheduled,
    servers: tuple[ServerFacts, ...],
) -> SchoolInputs:
    line = made.tested.get(school.kind.code, "")
    facts: tuple[LineFacts, ...] = tuple(one.facts for one in lines)
    return SchoolInputs(
        code=school.kind.code,
        windows=timed.windows,
        demands=demands,
        lines=facts,
        tests=made.tests.get(line) or LineTests.none(),
        probes=made.probes.get(line) or Probes(),
        usage=made.usage.get(line) or Usage(),
        tested=line if line in made.tests else "",
        scheduled=scheduled.inside,
        scheduled_outside=scheduled.outside,
        servers=servers,
        exclusions=approved.exclusions(school.kind),
        exemption=approved.exemption(school.kind.code),
        calendar=timed.calendar,
    )
