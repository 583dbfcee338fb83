"""Everything a printed report holds, as plain values in no language.

A report is made once into a :class:`ReportContent`; PDF, DOCX, workbook, tables and JSON are made
of it and of nothing else, so that a frozen edition prints the same for ever. Names stand in Chinese
and English, codes are words of the field's enums, and whoever prints chooses the words for them.

Rates are bit/s, shares 0 to 1, latency seconds, times milliseconds since 1970 (UTC). What is not
known is ``None``.
"""

from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from controller.compliance.results import Day, Note
from controller.compliance.states import State
from controller.reports.chapters import Chapter, Covered
from inventory.models import Level, Medium, NetworkPath, SchoolForm, Setting, Stage
from inventory.standards.model import Flow, Measure

#: Grows whenever a reader of an older one would misread it.
FORMAT = "campus-fleet/report/1"


class ReportKind(StrEnum):
    """What a report is about; an annual one has chapters beyond the lines."""

    month = "month"
    year = "year"


class _Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Base of plain values."""


class Name(_Plain, frozen=True, kw_only=True):
    """A bureau or a school: its code for ever, and its names."""

    code: str
    name: str
    name_en: str = ""


class Head(_Plain, frozen=True, kw_only=True):
    """What stands on the cover.

    Args:
        place: whose schools it is about.
        level: of the place; ``None`` for one school.
        first: day of the period; ``last`` is its last one.
        edition: 1, and one more with each correction.
        document_number: 文号, empty until it has one.
        issuer: the bureau that issues it; ``signed_by`` is who signs for it (签发人).
        is_draft: nobody has signed it: every file says so.
        copies_to: who else is sent the paper (抄送), and ``printed_by`` who prints it (印发机关).
        tells_amounts: whether amounts of money are told; ``None`` where it could tell none, and of
            reports that were made before this was noted.
    """

    kind: ReportKind
    place: Name
    level: Level | None
    first: date
    last: date
    made_on: date
    edition: int = 1
    document_number: str = ""
    issuer: str = ""
    signed_by: str = ""
    issued_on: date | None = None
    is_draft: bool = True
    copies_to: str = ""
    printed_by: str = ""
    tells_amounts: bool | None = None


class Tolerance(_Plain, frozen=True, kw_only=True):
    """A policy that schools were judged by, and how many; shares are texts such as ``4/5``."""

    name: str
    test_share: str
    pass_share: str
    schools: int
    document_number: str = ""
    adopted_by: str = ""
    adopted_on: date | None = None
    organisation_code: str = ""


class Count(_Plain, frozen=True, kw_only=True):
    """Schools in a state; ``None``: nothing is judged there."""

    state: State | None
    schools: int


class FlowLine(_Plain, frozen=True, kw_only=True):
    """One direction of one target: contract, tests and use.

    Args:
        reached: rate that the policy's share of tests reaches: the measured rate of the headline.
        state_in_full, passed_in_full: the second column, at 100 % of the plan's words.
        days: tests day by day, in a school's own report only.
        path: what the tests went through; ``None`` where no method told.
    """

    flow: Flow
    provisioned: State
    delivered: State
    contracted: float | None = None
    port: float | None = None
    medium: Medium | None = None
    tests: int = 0
    passed: int = 0
    passed_in_full: int = 0
    state_in_full: State = State.insufficient_data
    scheduled: int = 0
    present: int = 0
    unproven: int = 0
    busy: int = 0
    dead: int = 0
    firm_pass: int | None = None
    firm_fail: int | None = None
    median: float | None = None
    reached: float | None = None
    carried: float | None = None
    utilisation: float | None = None
    proves_capacity: bool = False
    days: tuple[Day, ...] = ()
    notes: tuple[Note, ...] = ()
    path: NetworkPath | None = None


class TargetLine(_Plain, frozen=True, kw_only=True):
    """One target of one school; ``asked`` is the plan's rate as it holds for this school."""

    standard: str
    target: str
    measure: Measure
    asked: float | None
    state: State
    flows: tuple[FlowLine, ...]
    available: State
    share: float | None = None
    probes: int = 0
    answered: int = 0
    latency: float | None = None
    latency_state: State = State.insufficient_data
    notes: tuple[Note, ...] = ()


class SchoolLine(_Plain, frozen=True, kw_only=True):
    """One school: what it is counted under, its state and its targets.

    Args:
        group: county (or township) it is counted under.
        provider: of the line that was judged.
        pending: ids of targets that wait for a person's confirmation: not judged.
        months: states month by month, in an annual report.
        calendar: SHA-256 of the school hours it was judged in.
    """

    school: Name
    group: Name
    stage: Stage
    setting: Setting
    form: SchoolForm
    provider: str = ""
    state: State | None = None
    targets: tuple[TargetLine, ...] = ()
    pending: tuple[str, ...] = ()
    months: tuple["MonthState", ...] = ()
    calendar: str = ""


class MonthState(_Plain, frozen=True, kw_only=True):
    """The state of a school in one month of a year."""

    month: date
    state: State | None


class GroupKind(StrEnum):
    """What schools are grouped by."""

    county = "county"
    township = "township"
    stage = "stage"
    setting = "setting"
    provider = "provider"


class GroupLine(_Plain, frozen=True, kw_only=True):
    """Schools of one group by state, the unknown among them; ``key`` is a code or a word.

    Args:
        median_down: over the schools, of the median rate of each one's tests; likewise up.
        measured: schools with such a rate.
    """

    by: GroupKind
    key: str
    name: str = ""
    name_en: str = ""
    counts: tuple[Count, ...]
    median_down: float | None = None
    median_up: float | None = None
    measured: int = 0


class TrendLine(_Plain, frozen=True, kw_only=True):
    """Schools by state in one month."""

    month: date
    counts: tuple[Count, ...]


class EquityLine(_Plain, frozen=True, kw_only=True):
    """Two sides held side by side: what each has, bit/s, and how many schools it is of.

    Args:
        kind: ``settings`` (urban against rural) or ``tenths`` (the strongest and the weakest).
    """

    kind: str
    month: date
    flow: Flow = Flow.down
    upper: float | None
    lower: float | None
    upper_schools: int = 0
    lower_schools: int = 0


class WeakLine(_Plain, frozen=True, kw_only=True):
    """One of the weakest schools; ``ratio`` is the measured rate by the asked one."""

    school: Name
    group: Name
    state: State | None
    asked: float | None = None
    reached: float | None = None
    ratio: float | None = None


class OutletLine(_Plain, frozen=True, kw_only=True):
    """Outlets of a bureau against a target; ``has`` and ``asked`` are in ``unit``.

    Args:
        met: ``None`` where the target is shown only.
    """

    bureau: Name
    measure: Measure
    has: float
    asked: float
    unit: str
    met: bool | None
    quote: str = ""
    quote_en: str = ""


class ExclusionLine(_Plain, frozen=True, kw_only=True):
    """Time that did not count, once however many schools it is of."""

    begin: int
    end: int
    reason: str
    approved_by: str
    approved_at: int
    schools: int
    school: Name | None = None


class ExemptionLine(_Plain, frozen=True, kw_only=True):
    """A school that was held against nothing."""

    school: Name
    reason: str
    approved_by: str
    approved_at: int
    first_day: date
    last_day: date | None = None


class StandardLine(_Plain, frozen=True, kw_only=True):
    """A target that schools were held against, in the plan's own words, and its version."""

    standard: str
    version: int
    fingerprint: str
    plan: str
    target: str
    measure: Measure
    quote: str
    plan_en: str = ""
    quote_en: str = ""
    caveat: str = ""
    caveat_en: str = ""
    confirmed: tuple[str, ...] = ()
    schools: int = 0
    pending: int = 0


class CalendarLine(_Plain, frozen=True, kw_only=True):
    """School hours that were used, by the SHA-256 of their calendar."""

    digest: str
    schools: int


class Bundle(_Plain, frozen=True, kw_only=True):
    """A bundle of evidence: code of the place it is of, and the SHA-256 it bears."""

    place: str
    sha256: str


class Evidence(_Plain, frozen=True, kw_only=True):
    """How the verdicts were made, and how anybody makes them again.

    Args:
        method: its version; the figures after it are those of that version, shares as texts.
        bundles: a city's are its counties'; empty where none has been kept yet.
        controller: version of the program.
    """

    method: str
    command: str
    fewest_tests: int = 42
    fewest_days: int = 5
    presence: str = "4/5"
    availability: str = "9945/10000"
    latency: float = 0.1
    latency_share: str = "19/20"
    bundles: tuple[Bundle, ...] = ()
    controller: str = ""


class ReportContent(_Plain, frozen=True, kw_only=True):
    """A whole report."""

    format: str = FORMAT
    head: Head
    counts: tuple[Count, ...]
    tolerances: tuple[Tolerance, ...]
    schools: tuple[SchoolLine, ...]
    groups: tuple[GroupLine, ...] = ()
    trend: tuple[TrendLine, ...] = ()
    equity: tuple[EquityLine, ...] = ()
    weakest: tuple[WeakLine, ...] = ()
    outlets: tuple[OutletLine, ...] = ()
    exclusions: tuple[ExclusionLine, ...] = ()
    exemptions: tuple[ExemptionLine, ...] = ()
    standards: tuple[StandardLine, ...] = ()
    calendars: tuple[CalendarLine, ...] = ()
    coverage: tuple[Covered, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    evidence: Evidence


def encode(content: ReportContent) -> bytes:
    """The content as JSON, UTF-8, always the same bytes for the same content."""
    return msgspec.json.encode(content, order="deterministic")


def decode(text: bytes | str) -> ReportContent:
    """The content that :func:`encode` wrote.

    Raises:
        ValueError: it is no content, or of a format this program does not know.
    """
    known = _KNOWN.decode(text)
    if known.format != FORMAT:
        raise ValueError(f"no report of this format: {known.format[:60]!r}")
    return _CONTENTS.decode(text)


def plain(content: ReportContent) -> dict[str, Any]:
    """The content as JSON has it, for a document that holds it."""
    made: dict[str, Any] = msgspec.json.decode(encode(content))
    return made


class _Known(msgspec.Struct):
    """Which format a document says it has."""

    format: str = ""


# Made before there are threads; see inventory.standards.documents.
_KNOWN = msgspec.json.Decoder(_Known)
_CONTENTS = msgspec.json.Decoder(ReportContent)
