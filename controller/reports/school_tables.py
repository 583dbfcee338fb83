"""Tables with a row a school, or a row for each of its targets."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from controller.compliance.results import Day
from controller.compliance.states import State
from controller.language import N_, Language
from controller.reports.columns import UNKNOWN, Column, Form, Table, Value, written
from controller.reports.content import FlowLine, GroupKind, ReportContent, SchoolLine, TargetLine
from controller.reports.wording import (
    flow_in,
    group_in,
    name_in,
    notes_in,
    setting_of,
    state_in,
    worst_of,
)
from controller.words.compliance import FINDINGS, FLOWS, MEASURES, PATHS, PENDING, STATES, Finding
from controller.words.terms import FORMS, STAGES
from inventory.standards.model import Flow

_SCHOOL = (
    Column("school", N_("School code"), weight=1.2),
    Column("name", N_("School"), weight=2.4),
)
_SCHOOLS = (
    *_SCHOOL,
    Column("group", N_("County or township"), weight=1.6),
    Column("stage", N_("Stage")),
    Column("setting", N_("Setting")),
    Column("form", N_("Form")),
    Column("provider", N_("Provider")),
    Column("state", N_("Status"), Form.word),
    Column("targets", N_("Number of targets"), Form.whole),
    Column("pending", N_("Targets awaiting confirmation"), Form.whole),
)
_PER_FLOW = (
    ("contracted", N_("contracted (Mbit/s)"), Form.rate),
    ("provisioned", N_("contract and port"), Form.word),
    ("tests", N_("tests"), Form.whole),
    ("passed", N_("passed"), Form.whole),
    ("delivered", N_("tests say"), Form.word),
    ("passed_in_full", N_("passed at 100 %"), Form.whole),
    ("state_in_full", N_("tests say at 100 %"), Form.word),
    ("reached", N_("measured (Mbit/s)"), Form.rate),
    ("median", N_("median (Mbit/s)"), Form.rate),
    ("scheduled", N_("scheduled"), Form.whole),
    ("carried", N_("carried, 95th percentile (Mbit/s)"), Form.rate),
    ("utilisation", N_("utilisation of the contract"), Form.share),
)
_TARGET = (
    Column("standard", N_("Standard")),
    Column("target", N_("Target")),
    Column("measure", N_("Measure")),
    Column("asked", N_("Asked (Mbit/s)"), Form.rate),
    Column("target_state", N_("Status of the target"), Form.word),
)
_AVAILABLE = (
    Column("available", N_("Availability"), Form.word),
    Column("share", N_("Share of school hours"), Form.share),
    Column("probes", N_("Probes"), Form.whole),
    Column("answered", N_("Answered"), Form.whole),
    Column("latency", N_("Round trip, 95 % within (ms)"), Form.latency),
    Column("notes", N_("Notes"), weight=3),
)
_COMPACT = (
    Column("name", N_("School"), weight=2.6),
    Column("group", N_("County or township"), weight=1.5),
    Column("state", N_("Status"), Form.word, weight=1.4),
    Column("asked", N_("Asked (Mbit/s)"), Form.rate),
    Column("contracted", N_("Contract ↓ / ↑"), Form.rate, weight=1.3),
    Column("reached", N_("Measured ↓ / ↑"), Form.rate, weight=1.5),
    Column("passed", N_("Passed of tests ↓ / ↑"), Form.whole, weight=1.6),
    Column("in_full", N_("At 100 %"), Form.word, weight=1.4),
    Column("share", N_("Availability"), Form.share, weight=1.1),
    Column("latency", N_("Round trip (ms)"), Form.latency),
    Column("utilisation", N_("Utilisation ↓ / ↑"), Form.share, weight=1.4),
)
_DAYS = (
    Column("day", N_("Day"), Form.day),
    Column("target", N_("Target"), weight=2),
    Column("tests_down", N_("Download: tests"), Form.whole),
    Column("passed_down", N_("Download: passed"), Form.whole),
    Column("tests_up", N_("Upload: tests"), Form.whole),
    Column("passed_up", N_("Upload: passed"), Form.whole),
)
_FINDINGS = (
    Column("target", N_("Target"), weight=1.5),
    Column("flow", N_("Direction"), Form.word),
    Column("finding", N_("Finding"), Form.word),
    Column("state", N_("Status"), Form.word),
    Column("says", N_("What it says"), weight=4),
)


def schools(content: ReportContent, lang: Language) -> Table:
    """One row a school."""
    return Table(
        "schools", N_("Schools"), _SCHOOLS, [_school(one, lang) for one in content.schools]
    )


def targets(content: ReportContent, lang: Language) -> Table:
    """One row for each target of each school, both directions beside each other."""
    columns = [*_SCHOOL, *_TARGET]
    for flow in (Flow.down, Flow.up):
        word = flow_in(flow, lang)
        columns += [
            Column(f"{name}_{flow}", f"{word}: {lang.gettext(heading)}", form)
            for name, heading, form in _PER_FLOW
        ]
    rows = [
        (one.school.code, name_in(one.school, lang), *_target(target, lang))
        for one in content.schools
        for target in one.targets
    ]
    return Table("targets", N_("Targets of schools"), [*columns, *_AVAILABLE], rows)


def compact(content: ReportContent, lang: Language) -> Table:
    """What fits on paper: a row for each target of each school, the school named in its first."""
    rows = [row for one in content.schools for row in _compact(one, lang)]
    return Table("schools", N_("Schools one by one"), _COMPACT, rows)


def days(content: ReportContent, lang: Language) -> Table:
    """Tests day by day, where the report is of one school."""
    rows: list[Sequence[Value]] = []
    for target in (one for school in content.schools for one in school.targets):
        found: dict[date, dict[Flow, Day]] = defaultdict(dict)
        for line in target.flows:
            for day in line.days:
                found[day.day][line.flow] = day
        measure = lang.gettext(MEASURES[target.measure])
        for on, flows in sorted(found.items()):
            down, up = flows.get(Flow.down), flows.get(Flow.up)
            rows.append(
                (
                    on,
                    measure,
                    down.tests if down else None,
                    down.passed if down else None,
                    up.tests if up else None,
                    up.passed if up else None,
                )
            )
    return Table("days", N_("Tests day by day"), _DAYS, rows)


def findings(school: SchoolLine, lang: Language) -> Table:
    """The findings of one school, each direction by itself."""
    rows = [row for target in school.targets for row in _findings(target, lang)]
    return Table("findings", N_("Findings"), _FINDINGS, rows)


def months(content: ReportContent, lang: Language) -> Table:
    """States of every school month by month."""
    found = sorted({one.month for school in content.schools for one in school.months})
    columns = [*_SCHOOL, *(Column(f"{m:%Y-%m}", f"{m:%Y-%m}", Form.word) for m in found)]
    rows: list[Sequence[Value]] = []
    for school in content.schools:
        told = {one.month: state_in(one.state, lang) for one in school.months}
        name = name_in(school.school, lang)
        rows.append((school.school.code, name, *(told.get(month) for month in found)))
    return Table("months", N_("Schools month by month"), columns, rows)


def _school(one: SchoolLine, lang: Language) -> Sequence[Value]:
    return (
        one.school.code,
        name_in(one.school, lang),
        name_in(one.group, lang),
        lang.gettext(STAGES[one.stage]),
        group_in(GroupKind.setting, setting_of(one.form, one.setting), "", "", lang),
        lang.gettext(FORMS[one.form]),
        group_in(GroupKind.provider, one.provider, "", "", lang),
        state_in(one.state, lang),
        len(one.targets),
        len(one.pending),
    )


def _target(target: TargetLine, lang: Language) -> Sequence[Value]:
    notes = (*target.notes, *(note for line in target.flows for note in line.notes))
    return (
        target.standard,
        target.target,
        lang.gettext(MEASURES[target.measure]),
        target.asked,
        state_in(target.state, lang),
        *_flow(_line(target, Flow.down), lang),
        *_flow(_line(target, Flow.up), lang),
        state_in(target.available, lang),
        target.share,
        target.probes,
        target.answered,
        target.latency,
        notes_in(notes, lang),
    )


def _flow(line: FlowLine | None, lang: Language) -> Sequence[Value]:
    if line is None:
        return (None,) * len(_PER_FLOW)
    return (
        line.contracted,
        state_in(line.provisioned, lang),
        line.tests,
        line.passed,
        state_in(line.delivered, lang),
        line.passed_in_full,
        state_in(line.state_in_full, lang),
        line.reached,
        line.median,
        line.scheduled,
        line.carried,
        line.utilisation,
    )


def _line(target: TargetLine, flow: Flow) -> FlowLine | None:
    return next((one for one in target.flows if one.flow is flow), None)


def _compact(one: SchoolLine, lang: Language) -> Iterator[Sequence[Value]]:
    name, group = name_in(one.school, lang), name_in(one.group, lang)
    if not one.targets:
        state = PENDING if one.pending and one.state is None else one.state
        word = state_in(None, lang) if state is None else lang.gettext(STATES[state])
        yield (name, group, word, *(None,) * (len(_COMPACT) - 3))
    for number, target in enumerate(one.targets):
        lines = [_line(target, flow) for flow in (Flow.down, Flow.up)]
        yield (
            name if number == 0 else " ",
            group if number == 0 else " ",
            state_in(State.exempt if one.state is State.exempt else target.state, lang),
            target.asked,
            _pair([line.contracted if line else None for line in lines], Form.rate, lang),
            _pair([line.reached if line else None for line in lines], Form.rate, lang),
            " · ".join(f"{line.passed}/{line.tests}" if line else UNKNOWN for line in lines),
            state_in(worst_of(tuple(line.state_in_full for line in target.flows)), lang),
            target.share,
            target.latency,
            _pair([line.utilisation if line else None for line in lines], Form.share, lang),
        )


def _pair(values: Sequence[float | None], form: Form, lang: Language) -> str | None:
    """Down and up beside each other; nothing where neither is known."""
    if all(value is None for value in values):
        return None
    return " / ".join(written(value, form, lang) for value in values)


def _findings(target: TargetLine, lang: Language) -> Iterator[Sequence[Value]]:
    measure = lang.gettext(MEASURES[target.measure])
    for line in target.flows:
        flow = flow_in(line.flow, lang)
        for finding, state, says in _per_flow(target, line, lang):
            word = lang.gettext(N_("Shown only")) if state is None else state_in(state, lang)
            yield measure, flow, lang.gettext(FINDINGS[finding]), word, says
    latency = written(target.latency, Form.latency, lang)
    says = lang.gettext(
        N_("{share} of {probes} probes answered; 95 % within {latency} ms.")
    ).format(
        share=written(target.share, Form.share, lang),
        probes=lang.number(target.probes),
        latency=latency,
    )
    both = lang.gettext(FLOWS[Flow.both])
    available = lang.gettext(FINDINGS[Finding.available])
    yield measure, both, available, state_in(target.available, lang), says


def _per_flow(
    target: TargetLine, line: FlowLine, lang: Language
) -> Iterator[tuple[Finding, State | None, str]]:
    def rate(value: float | None) -> str:
        return written(value, Form.rate, lang)

    contract = lang.gettext(N_("Contract {contract}, port {port}, asked {asked} Mbit/s."))
    yield (
        Finding.provisioned,
        line.provisioned,
        contract.format(
            contract=rate(line.contracted), port=rate(line.port), asked=rate(target.asked)
        ),
    )
    tests = lang.gettext(
        N_(
            "{passed} of {tests} tests passed (sure from {firm_pass}, failed up to {firm_fail});"
            " {full} passed at 100 %; measured {reached}, median {median} Mbit/s."
        )
    )
    yield (
        Finding.delivered,
        line.delivered,
        _path_in(line, lang)
        + tests.format(
            passed=line.passed,
            tests=line.tests,
            firm_pass=written(line.firm_pass, Form.whole, lang),
            firm_fail=written(line.firm_fail, Form.whole, lang),
            full=line.passed_in_full,
            reached=rate(line.reached),
            median=rate(line.median),
        )
        + notes_in(line.notes, lang),
    )
    use = lang.gettext(N_("Carried {carried} Mbit/s (95th percentile), {share} of the contract."))
    share = written(line.utilisation, Form.share, lang)
    yield Finding.sufficient, None, use.format(carried=rate(line.carried), share=share)


def _path_in(line: FlowLine, lang: Language) -> str:
    """Which way the tests went, as the beginning of a sentence."""
    if line.path is None:
        return ""
    return lang.gettext(N_("Path: {path}. ")).format(path=lang.gettext(PATHS[line.path]))
