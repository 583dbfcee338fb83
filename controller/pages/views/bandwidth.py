"""The bandwidth figure of a school: the last speed test beside the contract and the target.

A figure on a screen is one test and never a verdict: the verdict counts at least 42 tests in each
direction. A test meets the target when it reaches the rule's share of it, each way judged apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from alerts.rules import BandwidthBelowTarget
from controller.language import N_
from controller.last_tests import DOWNLOAD, FRESH, UPLOAD, SpeedTest, chief_lines, last_tests
from controller.pages.look import Look
from controller.pages.views.states import Tone
from inventory.demands import binds
from inventory.models import BandwidthTarget, Line, School, TargetMetric
from inventory.repositories.lines import Contract, LineRepository
from inventory.repositories.schools import SchoolFacts
from inventory.repositories.targets import TargetRepository
from inventory.summaries import Figures

__all__ = [
    "DOWNLOAD",
    "FRESH",
    "POLICY",
    "UPLOAD",
    "BandwidthFigure",
    "SpeedTest",
    "bandwidth_figures",
    "binding_target",
    "figure",
]

State: TypeAlias = Literal["meets", "below", "line_down", "untested", "no_target", "no_line"]
POLICY = BandwidthBelowTarget()
_MEGA = 1_000_000

_WORDS: Mapping[State, tuple[str, Tone]] = {
    "meets": (N_("Meets target"), "good"),
    "below": (N_("Below target"), "bad"),
    "line_down": (N_("Line down"), "bad"),
    "untested": (N_("Not tested yet"), "idle"),
    "no_target": (N_("No target set"), "idle"),
    "no_line": (N_("No line registered"), "idle"),
}


@dataclass(frozen=True, slots=True)
class BandwidthFigure:
    """One school's line in figures; rates in bit/s.

    Args:
        share: the worse of both directions as a share of the target, 1 at most.
    """

    state: State
    line: Line | Contract | None = None
    download: float | None = None
    upload: float | None = None
    contract: Decimal | None = None
    target: Decimal | None = None
    target_plan: str = ""
    target_quote: str = ""
    tested_at: datetime | None = None
    share: float | None = None

    @property
    def word(self) -> str:
        return _WORDS[self.state][0]

    @property
    def tone(self) -> Tone:
        return _WORDS[self.state][1]


def bandwidth_figures(
    look: Look,
    schools: Sequence[School | SchoolFacts],
    counted: Mapping[str, Figures] | None = None,
) -> Mapping[str, BandwidthFigure]:
    """The figure of every school, by code; two queries and one look into the metrics for all.

    With ``counted``, what was counted ahead, newest tests are taken from there.
    """
    codes = [school.code for school in schools] if len(schools) == 1 else None
    lines = LineRepository(look.session, look.scope).contracts(look.today, school_codes=codes)
    chief = chief_lines(lines)
    targets = TargetRepository(look.session, look.scope).in_force(look.today)
    tests = _tests(look, chief, counted or {})
    # What binds one school binds those of the same kind under the same bureau.
    binding: dict[tuple[object, ...], BandwidthTarget | None] = {}
    figures = {}
    for school in schools:
        kind = (school.organisation_code, school.setting, school.form)
        if kind not in binding:
            binding[kind] = binding_target(targets, school)
        line = chief.get(school.code)
        figures[school.code] = figure(line, binding[kind], tests.get(line.id) if line else None)
    return figures


def figure(
    line: Line | Contract | None, target: BandwidthTarget | None, test: SpeedTest | None
) -> BandwidthFigure:
    """What is known about one line, judged."""
    state, share = _judged(line, target, test)
    return BandwidthFigure(
        state,
        line=line,
        download=test.download if line and test else None,
        upload=test.upload if line and test else None,
        contract=line.down_mbps * _MEGA if line else None,
        target=target.mbps * _MEGA if target else None,
        target_plan=target.plan if target else "",
        target_quote=target.quote if target else "",
        tested_at=test.at if line and test else None,
        share=share,
    )


def _judged(
    line: Line | Contract | None, target: BandwidthTarget | None, test: SpeedTest | None
) -> tuple[State, float | None]:
    if line is None:
        return "no_line", None
    if test is None:
        return ("untested" if target else "no_target"), None
    rates = [test.download] + ([] if test.upload is None else [test.upload])
    if not any(rates):
        return "line_down", 0.0 if target else None
    if target is None:
        return "no_target", None
    demanded = float(target.mbps) * _MEGA
    passes = all(POLICY.passes(measured, demanded) for measured in rates)
    return ("meets" if passes else "below"), min(1.0, min(rates) / demanded)


def binding_target(
    targets: Iterable[BandwidthTarget], school: School | SchoolFacts
) -> BandwidthTarget | None:
    """The strictest access target that holds for this school, among those in force."""
    binding = [
        target
        for target in targets
        if target.metric is TargetMetric.access and binds(target, school)
    ]
    return max(binding, key=lambda target: target.mbps, default=None)


def _tests(
    look: Look, chief: Mapping[str, Contract], counted: Mapping[str, Figures]
) -> Mapping[str, SpeedTest]:
    """Newest tests by line."""
    tests = {}
    unknown = []
    for code, line in chief.items():
        known = counted.get(code)
        if known is None or known.line_id not in (line.id, None):
            # Nothing was counted, or the line became its school's fastest after the count.
            unknown.append(line.id)
        elif known.tested_at is not None and known.download is not None:
            tests[line.id] = SpeedTest(known.tested_at, known.download, known.upload)
    return {**tests, **last_tests(look.store, unknown, look.now)}
