"""The bandwidth figure of a school: the last speed test beside the contract and the target.

A figure on a screen is one test and never a verdict: the verdict counts at least 42 tests in each
direction. A test meets the target when it reaches the rule's share of it, each way judged apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from alerts.rules import BandwidthBelowTarget
from controller.language import N_
from controller.last_tests import DOWNLOAD, FRESH, UPLOAD, SpeedTest, chief_lines, last_tests
from controller.pages.look import Look
from controller.pages.views.states import Tone
from inventory.models import Line, School
from inventory.repositories.lines import Contract, LineRepository
from inventory.repositories.schools import SchoolFacts
from inventory.speedtest_servers import outside_addresses
from inventory.standards.access import AccessTarget, access_target
from inventory.standards.bound import Bindings, kind_of
from inventory.summaries import Figures

__all__ = [
    "DOWNLOAD",
    "FRESH",
    "POLICY",
    "UPLOAD",
    "BandwidthFigure",
    "SpeedTest",
    "bandwidth_figures",
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
    bindings = Bindings(look.session, look.scope, look.today, look.today)
    tests = _tests(look, chief, counted or {})
    # Schools of one kind under one bureau, which have nothing of their own, share what is bound.
    asked: dict[int, AccessTarget | None] = {}
    figures = {}
    for school in schools:
        bound = bindings.of(kind_of(school), look.today)
        if id(bound) not in asked:
            asked[id(bound)] = access_target(bound)
        line = chief.get(school.code)
        figures[school.code] = figure(line, asked[id(bound)], tests.get(line.id) if line else None)
    return figures


def figure(
    line: Line | Contract | None, target: AccessTarget | None, test: SpeedTest | None
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
    line: Line | Contract | None, target: AccessTarget | None, test: SpeedTest | None
) -> tuple[State, float | None]:
    if line is None:
        return "no_line", None
    if test is None:
        return ("untested" if target else "no_target"), None
    if not any((test.download, test.upload)):
        return "line_down", 0.0 if target else None
    if target is None:
        return "no_target", None
    asked = [
        (measured, float(mbps) * _MEGA)
        for measured, mbps in ((test.download, target.down), (test.upload, target.up))
        if measured is not None and mbps is not None
    ]
    if not asked:
        return "untested", None
    passes = all(POLICY.passes(measured, demanded) for measured, demanded in asked)
    share = min(measured / demanded for measured, demanded in asked)
    return ("meets" if passes else "below"), min(1.0, share)


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
    beyond = outside_addresses(look.session, look.today) if unknown else frozenset()
    return {**tests, **last_tests(look.store, unknown, look.now, beyond)}
