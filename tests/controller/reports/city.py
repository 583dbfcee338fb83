"""A report on a city, made up: every state, both directions, months, and things unknown."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from controller.compliance.results import Day, Note
from controller.compliance.states import State
from controller.reports.chapters import (
    Chapter,
    ChapterKind,
    Covered,
    Figure,
    HeldAgainst,
    MonthTally,
)
from controller.reports.content import (
    CalendarLine,
    Count,
    EquityLine,
    Evidence,
    ExclusionLine,
    ExemptionLine,
    FlowLine,
    GroupKind,
    GroupLine,
    Head,
    MonthState,
    Name,
    OutletLine,
    ReportContent,
    ReportKind,
    SchoolLine,
    StandardLine,
    TargetLine,
    Tolerance,
    TrendLine,
    WeakLine,
)
from inventory.coverage.tally import Stand
from inventory.models import Level, Medium, SchoolForm, Setting, Stage
from inventory.standards.model import Flow, Measure, Unit

MEGA = 1_000_000
STATES = (
    *(State.compliant,) * 7,
    State.non_compliant,
    State.insufficient_data,
    State.marginal,
    State.not_testable,
    None,
    State.exempt,
)
COUNTIES = (("330411", "秀洲区", "Xiuzhou"), ("330483", "桐乡市", "Tongxiang"))
SETTINGS = (Setting.urban, Setting.rural)
MONTHS = tuple(date(2026, month, 1) for month in range(4, 10))


def content(schools: int = 26, kind: ReportKind = ReportKind.month) -> ReportContent:
    lines = tuple(school(n) for n in range(schools))
    year = kind is ReportKind.year
    return ReportContent(
        head=Head(
            kind=kind,
            place=Name(code="3304", name="嘉兴市", name_en="Jiaxing"),
            level=Level.city,
            first=date(2026, 1, 1) if year else date(2026, 9, 1),
            last=date(2026, 12, 31) if year else date(2026, 9, 30),
            made_on=date(2026, 10, 8),
            issuer="嘉兴市教育局",
        ),
        counts=counts(lines),
        tolerances=(
            Tolerance(
                name="FCC 80/80",
                test_share="4/5",
                pass_share="4/5",
                schools=schools,
                adopted_by="李梅",
                adopted_on=date(2026, 3, 2),
                document_number="嘉教技〔2026〕7号",
                organisation_code="3304",
            ),
        ),
        schools=lines,
        groups=tuple(groups(lines)),
        trend=tuple(TrendLine(month=month, counts=counts(lines)) for month in MONTHS),
        equity=tuple(
            EquityLine(
                kind=name,
                month=month,
                flow=Flow.down,
                upper=900e6 + n * 1e6,
                lower=90e6 + n * 1e6,
                upper_schools=13,
                lower_schools=12,
            )
            for name in ("settings", "tenths")
            for n, month in enumerate(MONTHS)
        ),
        weakest=tuple(
            WeakLine(
                school=one.school,
                group=one.group,
                state=one.state,
                asked=100e6,
                reached=40e6,
                ratio=0.4,
            )
            for one in lines
            if one.state is State.non_compliant
        )[:20],
        outlets=(
            OutletLine(
                bureau=Name(code="3304", name="嘉兴市", name_en="Jiaxing"),
                measure=Measure.outlet,
                has=2000.0,
                asked=3000.0,
                unit="Mbit/s",
                met=False,
                quote="因特网总出口达3G以上",
            ),
        ),
        exclusions=(
            ExclusionLine(
                begin=1_789_000_000_000,
                end=1_789_003_600_000,
                reason="全市光缆割接",
                approved_by="李梅",
                approved_at=1_788_900_000_000,
                schools=schools,
            ),
        ),
        exemptions=tuple(
            ExemptionLine(
                school=one.school,
                reason="校舍迁建",
                approved_by="李梅",
                approved_at=1_788_000_000_000,
                first_day=date(2026, 9, 1),
            )
            for one in lines
            if one.state is State.exempt
        ),
        standards=(
            StandardLine(
                standard="national",
                version=1,
                fingerprint="ab" * 32,
                plan="国家要求",
                plan_en="National requirement",
                target="access",
                measure=Measure.access,
                quote="接入带宽不低于100Mbps",
                quote_en="at least 100 Mbit/s of access",
                schools=schools,
            ),
        ),
        calendars=(CalendarLine(digest="cd" * 32, schools=schools),),
        coverage=coverage(),
        chapters=chapters() if year else (),
        evidence=Evidence(
            method="campus-fleet/bandwidth/1",
            command="fleet report bandwidth --verify BUNDLE",
            controller="0.1.0",
        ),
    )


def issued(made: ReportContent) -> ReportContent:
    """The same when it has been signed."""
    head = replace(
        made.head,
        document_number="嘉教〔2026〕18号",
        signed_by="王强",
        issued_on=date(2026, 10, 20),
        is_draft=False,
    )
    return replace(made, head=head)


def school(n: int) -> SchoolLine:
    state = STATES[n % len(STATES)]
    county = COUNTIES[n % 2]
    return SchoolLine(
        school=Name(code=f"SCH-{n:05d}", name=f"第{n + 1}小学", name_en=f"Primary School {n + 1}"),
        group=Name(code=county[0], name=county[1], name_en=county[2]),
        stage=(Stage.primary, Stage.junior_secondary)[n % 2],
        setting=SETTINGS[n // 2 % 2],
        form=SchoolForm.school,
        provider=("中国电信", "中国移动")[n % 2],
        state=state,
        targets=() if state is None else (target(n, state),),
        months=tuple(MonthState(month=month, state=state) for month in MONTHS),
        calendar="cd" * 32,
    )


def target(n: int, state: State) -> TargetLine:
    judged = State.compliant if state is State.exempt else state
    return TargetLine(
        standard="national",
        target="access",
        measure=Measure.access,
        asked=100e6,
        state=judged,
        flows=tuple(
            FlowLine(
                flow=flow,
                provisioned=State.compliant,
                delivered=judged,
                contracted=100e6,
                port=1e9,
                medium=Medium.fibre,
                tests=42 if judged is not State.insufficient_data else 9,
                passed=41 if judged is State.compliant else 9,
                passed_in_full=3,
                state_in_full=State.non_compliant,
                scheduled=44,
                present=42,
                firm_pass=39,
                firm_fail=28,
                median=(94.1 + n % 7) * MEGA,
                reached=(93.25 if judged is State.compliant else 40.5) * MEGA,
                carried=31e6,
                utilisation=0.31,
                days=(Day(day=date(2026, 9, 2), tests=2, passed=2),) if n == 0 else (),
                notes=(Note.too_few_tests,) if judged is State.insufficient_data else (),
            )
            for flow in (Flow.down, Flow.up)
        ),
        available=State.compliant,
        share=0.9991,
        probes=9_000,
        answered=8_992,
        latency=0.0123,
        latency_state=State.compliant,
    )


def counts(lines: tuple[SchoolLine, ...]) -> tuple[Count, ...]:
    return tuple(
        Count(state=state, schools=sum(1 for one in lines if one.state is state))
        for state in (*State, None)
    )


def groups(lines: tuple[SchoolLine, ...]) -> list[GroupLine]:
    found = [
        GroupLine(
            by=GroupKind.county,
            key=code,
            name=name,
            name_en=english,
            counts=counts(tuple(one for one in lines if one.group.code == code)),
            median_down=94e6,
            median_up=93e6,
            measured=10,
        )
        for code, name, english in COUNTIES
    ]
    found += [
        GroupLine(
            by=GroupKind.setting,
            key=setting,
            counts=counts(tuple(one for one in lines if one.setting is setting)),
        )
        for setting in SETTINGS
    ]
    return found


def coverage() -> tuple[Covered, ...]:
    return (
        Covered(
            measure=Measure.wireless_coverage,
            months=tuple(
                MonthTally(month=month, numerator=800 + n, denominator=1000, unknown=20)
                for n, month in enumerate(MONTHS)
            ),
            targets=(
                HeldAgainst(
                    plan="桐乡",
                    target="wireless",
                    quote="无线网络实现全覆盖",
                    value=Decimal(1),
                    unit=Unit.ratio,
                    numerator=805,
                    denominator=1000,
                    unknown=20,
                    stand=Stand.missed,
                    schools={Stand.met: 3, Stand.missed: 23},
                ),
            ),
        ),
        Covered(
            measure=Measure.students_per_computer,
            months=(MonthTally(month=MONTHS[-1], numerator=9000, denominator=1500),),
        ),
    )


def chapters() -> tuple[Chapter, ...]:
    return (
        Chapter(
            kind=ChapterKind.equipment,
            figures=(
                Figure(
                    name="devices_in_service",
                    numerator=Decimal(900),
                    denominator=Decimal(1000),
                    on=date(2026, 12, 31),
                ),
                Figure(
                    name="devices_of_kind",
                    key="switch",
                    numerator=Decimal(90),
                    denominator=Decimal(100),
                ),
            ),
        ),
        Chapter(
            kind=ChapterKind.maintenance,
            figures=(
                Figure(name="hours_to_repair", numerator=Decimal(500), denominator=Decimal(100)),
            ),
        ),
    )
