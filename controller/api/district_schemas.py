"""What ``/compliance`` answers: a bureau's figures, in bit/s and shares from 0 to 1."""

from datetime import date, datetime

from controller.api.schemas import Schema
from controller.compliance.district.figures import Grouping, Standing
from controller.compliance.results import Note
from inventory.models import OutletKind, SchoolForm, Setting, Stage
from inventory.standards.model import Flow, Measure


class StandingCountsOut(Schema):
    """Schools by standing; ``share`` is compliant by ``judged``, all that are not exempt.

    ``unknown`` of those judged: insufficient data, not testable, no target.
    """

    schools: int
    judged: int
    unknown: int
    share: float | None
    compliant: int
    marginal: int
    non_compliant: int
    insufficient_data: int
    not_testable: int
    no_target: int
    exempt: int


class TargetCountsOut(Schema):
    """One target over the schools it was judged for."""

    standard: str
    version: int
    target: str
    plan: str
    quote: str
    translation: str
    measure: Measure
    value: float
    unit: str
    fingerprint: str
    counts: StandingCountsOut


class DistrictSummaryOut(Schema):
    """A bureau's month; ``frozen`` schools belong to a report, ``is_final`` waits for no batch."""

    bureau: str
    name: str
    name_en: str
    level: str
    month: date
    counts: StandingCountsOut
    targets: list[TargetCountsOut]
    is_final: bool
    frozen: int
    computed_from: datetime | None
    computed_to: datetime | None
    months: tuple[date, ...] = ()


class SchoolGroupOut(Schema):
    """Schools that have something in common; ``measured`` of them have a median rate."""

    by: Grouping
    key: str
    name: str
    name_en: str
    counts: StandingCountsOut
    median_down: float | None
    median_up: float | None
    measured: int


class TrendMonthOut(Schema):
    """One month; its counts are all 0 where nothing was computed."""

    month: date
    is_final: bool
    counts: StandingCountsOut


class SpreadOut(Schema):
    """Medians of two ends: urban and rural, or the strongest and the weakest tenth."""

    flow: Flow
    per_student: bool
    better: float | None
    worse: float | None
    better_schools: int
    worse_schools: int
    ratio: float | None
    gap: float | None


class EquityMonthOut(Schema):
    """How evenly a month's rates are spread; ``unmeasured`` schools have no rate."""

    month: date
    settings: list[SpreadOut]
    tenths: list[SpreadOut]
    measured: int
    unmeasured: int


class WeakSchoolOut(Schema):
    """One of the weakest schools; ``share`` of the asked rate was measured."""

    code: str
    name: str
    name_en: str
    county: str
    standing: Standing
    share: float | None
    reached_down: float | None
    reached_up: float | None
    asked: float | None
    availability: float | None
    tests: int
    passed: int
    provider: str
    notes: list[Note]
    standard: str
    target: str
    plan: str
    quote: str


class SchoolYearOut(Schema):
    """One school over months; ``standings`` are by month, null where nothing was computed."""

    code: str
    name: str
    name_en: str
    standings: list[Standing | None]
    worst: Standing | None
    worst_month: date | None
    middle: Standing | None
    median_down: float | None
    median_up: float | None
    compliant: int
    judged: int


class DistrictYearOut(Schema):
    """Schools by their worst and their middle month; ``always`` complied in every month."""

    months: list[date]
    by_worst: StandingCountsOut
    by_middle: StandingCountsOut
    always: int
    schools: list[SchoolYearOut]
    total: int = 0


class SchoolMonthOut(Schema):
    """A school's month as it is kept."""

    code: str
    name: str
    name_en: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    standing: Standing
    standard: str
    target: str
    asked: float | None
    provider: str
    contracted_down: float | None
    contracted_up: float | None
    median_down: float | None
    median_up: float | None
    reached_down: float | None
    reached_up: float | None
    tests: int
    passed: int
    availability: float | None
    latency: float | None
    utilisation: float | None
    notes: list[Note]
    pending: int
    method: str
    computed_at: datetime
    is_final: bool
    frozen_at: datetime | None


class RunningOutletOut(Schema):
    """An outlet or backbone that runs."""

    id: str
    organisation: str
    organisation_name: str
    kind: OutletKind
    provider: str
    circuit: str
    down: float
    up: float
    starts_on: date | None
    ends_on: date | None


class DistrictTargetOut(Schema):
    """A target asked of a bureau as a whole; ``met`` is null where it is only shown."""

    organisation: str
    organisation_name: str
    standard: str
    version: int
    target: str
    plan: str
    quote: str
    translation: str
    caveat: str
    measure: Measure
    value: float
    unit: str
    found: float
    met: bool | None
    pending: list[str]
    baseline: bool


class DistrictOutletsOut(Schema):
    """Outlets of a bureau and those below it on a day, and how they stand."""

    on: date
    outlets: list[RunningOutletOut]
    targets: list[DistrictTargetOut]
