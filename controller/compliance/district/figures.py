"""What a bureau's period says, as plain values ready for pages, JSON and printed reports.

Rates are bit/s, shares 0 to 1. A month is its first day. Names are the register's own; enumerations
(states, stages, settings) are codes whose words are the reader's. Schools nobody can say anything
of stay in every denominator: whoever shows a share shows ``Counts.unknown`` in words beside it.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from controller.compliance.results import Note
from inventory.models import OutletKind
from inventory.standards.model import Flow, Measure


class Standing(StrEnum):
    """A school's month: the states of a verdict, and that no target was judged."""

    non_compliant = "non_compliant"
    insufficient_data = "insufficient_data"
    marginal = "marginal"
    not_testable = "not_testable"
    no_target = "no_target"
    compliant = "compliant"
    exempt = "exempt"


#: Standings of which nobody can say whether the school complies.
UNKNOWN = (Standing.insufficient_data, Standing.not_testable, Standing.no_target)
#: The worst first: what nobody knows is never better than what is known to be right.
WORST_FIRST = tuple(Standing)


class Grouping(StrEnum):
    """What schools are put together by."""

    county = "county"
    township = "township"
    stage = "stage"
    #: ``urban``, ``town``, ``rural``; teaching points by themselves.
    setting = "setting"
    form = "form"
    provider = "provider"


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """Base of figures."""


class Counts(_Said, frozen=True, kw_only=True):
    """Schools by how they stand."""

    compliant: int = 0
    marginal: int = 0
    non_compliant: int = 0
    insufficient_data: int = 0
    not_testable: int = 0
    no_target: int = 0
    exempt: int = 0

    @property
    def schools(self) -> int:
        return self.judged + self.exempt

    @property
    def judged(self) -> int:
        """The denominator: every school that is not exempt."""
        return self.compliant + self.marginal + self.non_compliant + self.unknown

    @property
    def unknown(self) -> int:
        return self.insufficient_data + self.not_testable + self.no_target

    @property
    def share(self) -> float | None:
        """Compliant schools of all that are not exempt; ``None`` where there are none."""
        return self.compliant / self.judged if self.judged else None

    def of(self, standing: Standing) -> int:
        number: int = getattr(self, standing.value)
        return number


class Group(_Said, frozen=True, kw_only=True):
    """Schools that have something in common.

    Args:
        key: code of a bureau, a value of an enumeration, or a provider; empty is not known.
        name: of a bureau or provider; empty where ``key`` is a code whose word is the reader's.
        median_down: over the schools, of the median rate of each one's tests; likewise up.
        measured: schools with such a rate.
        is_direct: schools of the bureau ``key`` itself, which belong to none of that level.
    """

    by: Grouping
    key: str
    name: str = ""
    name_en: str = ""
    counts: Counts
    median_down: float | None = None
    median_up: float | None = None
    measured: int = 0
    is_direct: bool = False


class TargetCounts(_Said, frozen=True, kw_only=True):
    """One target over the schools it was judged for; exempt schools are not among them.

    Args:
        plan: citation, ``quote`` its words.
        unit: of ``value``.
    """

    standard: str
    version: int
    target: str
    plan: str
    plan_translation: str
    quote: str
    translation: str
    measure: Measure
    value: float
    unit: str
    fingerprint: str
    counts: Counts


class Spread(_Said, frozen=True, kw_only=True):
    """Two ends of the schools in one direction, and how far they are apart.

    Args:
        better: median rate of the schools that should be better off (urban; the strongest).
        worse: of the others (rural; the weakest).
        better_schools: how many have a rate; ``worse_schools`` likewise.
        per_student: the medians are of bit/s for each student.
    """

    flow: Flow
    better: float | None = None
    worse: float | None = None
    better_schools: int = 0
    worse_schools: int = 0
    per_student: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times the better off have; ``None`` where either is not known or 0."""
        return None if not self.better or not self.worse else self.better / self.worse

    @property
    def gap(self) -> float | None:
        if self.better is None or self.worse is None:
            return None
        return self.better - self.worse


class Equity(_Said, frozen=True, kw_only=True):
    """How evenly a month's rates are spread, in one direction each.

    Args:
        settings: urban against rural schools (teaching points among these; towns in neither).
        tenths: the strongest tenth of the schools against the weakest, one school at least.
        unmeasured: schools without a measured rate, which no median can tell of.
    """

    month: date
    settings: tuple[Spread, ...]
    tenths: tuple[Spread, ...]
    measured: int
    unmeasured: int


class MonthFigures(_Said, frozen=True, kw_only=True):
    """One month of a trend; ``counts`` are empty where nothing was computed."""

    month: date
    counts: Counts
    equity: Equity
    is_final: bool = False

    @property
    def is_computed(self) -> bool:
        return self.counts.schools > 0


class WeakSchool(_Said, frozen=True, kw_only=True):
    """One of the weakest schools, and why.

    Args:
        share: of the asked rate that the policy's share of tests reaches, of the weaker direction;
            ``None`` where it is not measured.
        asked: bit/s of the worst target; empty where the school's numbers are not known.
        plan: that the worst target is of, with its words.
    """

    code: str
    name: str
    name_en: str
    county: str
    county_en: str
    standing: Standing
    share: float | None = None
    reached_down: float | None = None
    reached_up: float | None = None
    asked: float | None = None
    availability: float | None = None
    tests: int = 0
    passed: int = 0
    provider: str = ""
    notes: tuple[Note, ...] = ()
    standard: str = ""
    target: str = ""
    plan: str = ""
    quote: str = ""


class OutletFacts(_Said, frozen=True, kw_only=True):
    """One outlet or backbone that runs."""

    id: str
    organisation: str
    organisation_name: str
    organisation_name_en: str
    kind: OutletKind
    provider: str
    circuit: str
    down: float
    up: float
    starts_on: date | None = None
    ends_on: date | None = None


class DistrictTarget(_Said, frozen=True, kw_only=True):
    """A target that is asked of a bureau as a whole, and how its outlets stand against it.

    Args:
        value: in ``unit``; ``found`` likewise, of the weaker direction.
        met: ``None`` where the target is shown only: a baseline, or what awaits confirmation.
        pending: questions nobody has answered.
    """

    organisation: str
    organisation_name: str
    organisation_name_en: str
    standard: str
    version: int
    target: str
    plan: str
    plan_translation: str
    quote: str
    translation: str
    caveat: str
    caveat_translation: str
    measure: Measure
    value: float
    unit: str
    found: float
    met: bool | None
    pending: tuple[str, ...] = ()
    baseline: bool = False


class Outlets(_Said, frozen=True, kw_only=True):
    """Outlets of a bureau and those below it, on one day."""

    on: date
    outlets: tuple[OutletFacts, ...]
    targets: tuple[DistrictTarget, ...]


class SchoolYear(_Said, frozen=True, kw_only=True):
    """One school over several months.

    Args:
        standings: by month; ``None`` where nothing was computed.
        worst: of the months; ``middle`` the one half of the months are not better than.
        compliant: months in which the school complied, of ``judged`` in which it was not exempt.
    """

    code: str
    name: str
    name_en: str
    standings: tuple[Standing | None, ...]
    worst: Standing | None
    worst_month: date | None
    middle: Standing | None
    median_down: float | None
    median_up: float | None
    compliant: int
    judged: int


class YearFigures(_Said, frozen=True, kw_only=True):
    """Schools over several months.

    Args:
        months: computed ones among those asked for.
        by_worst: schools by their worst month, ``by_middle`` by their middle one.
        always: schools that complied in every month in which they were not exempt.
    """

    months: tuple[date, ...]
    by_worst: Counts
    by_middle: Counts
    always: int
    schools: tuple[SchoolYear, ...] = ()


class DistrictFigures(_Said, frozen=True, kw_only=True):
    """All that is said of a bureau's month.

    Args:
        bureau: its code; ``level`` is empty for a school and for everything one may see.
        month: that counts, groups, targets, equity and the weakest are of.
        trend: months up to it, the earliest first.
        computed_from: when the oldest of the month's verdicts was computed, ``computed_to`` the
            newest.
        frozen: schools whose month a report has taken over.
    """

    bureau: str
    name: str
    name_en: str
    level: str
    month: date
    counts: Counts
    groups: tuple[Group, ...]
    targets: tuple[TargetCounts, ...]
    trend: tuple[MonthFigures, ...]
    equity: Equity
    weakest: tuple[WeakSchool, ...]
    outlets: Outlets
    is_final: bool = False
    frozen: int = 0
    computed_from: datetime | None = None
    computed_to: datetime | None = None

    def grouped(self, by: Grouping) -> tuple[Group, ...]:
        return tuple(one for one in self.groups if one.by is by)
