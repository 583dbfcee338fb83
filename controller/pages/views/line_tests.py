"""The speed tests of a school's month one by one: when, to which server, with what result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from controller.compliance.collecting import Collected
from controller.compliance.hours import inside, without
from controller.compliance.inputs import LineTests, SchoolInputs
from controller.compliance.paths import NOWHERE, Paths
from controller.compliance.tests_made import by_server
from controller.language import N_, from_milliseconds
from controller.pages.look import Look
from controller.pages.views.choices import Shown
from controller.pages.views.compliance_month import MonthShown
from controller.pages.views.states import Tone
from controller.words.compliance import PATHS
from drivers.readings import LineTestOutcome
from inventory.days import ZONE
from inventory.models import NetworkPath
from inventory.repositories import SchoolRepository
from inventory.speedtest_servers import Servers

#: Others' share of the least target above which a test is marked, as the verdict marks it.
_BUSY = 0.1
OUTCOMES: dict[int, tuple[str, Tone]] = {
    LineTestOutcome.ok: (N_("Made"), "good"),
    LineTestOutcome.partial: (N_("Broke off in one direction"), "warn"),
    LineTestOutcome.line_down: (N_("Line dead: a failed test"), "bad"),
    LineTestOutcome.server_fault: (N_("Test server failed: not counted"), "idle"),
    LineTestOutcome.server_busy: (N_("Test server busy: not counted"), "idle"),
    LineTestOutcome.box_cut_off: (N_("Agent cut off: not counted"), "idle"),
    LineTestOutcome.not_made: (N_("Agent could not test: not counted"), "idle"),
}


@dataclass(frozen=True, slots=True)
class TestRow:
    """One test; rates in bit/s, ``None`` where it says nothing of that direction.

    Args:
        path: what the test went through, in the reader's language.
        outcome: in the reader's language.
        marks: what to know of it: outside school hours, in excluded time, line busy, too slow.
    """

    at: datetime
    server: str
    path: str
    down: float | None
    up: float | None
    outcome: str
    tone: Tone
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class TestList:
    """One page of the tests, the newest first; ``line`` is what was tested, in words."""

    rows: Sequence[TestRow]
    shown: Shown
    line: str


def test_list(look: Look, one: Collected, month: MonthShown, page: int) -> TestList:
    """One page of the tests of the line that is judged."""
    rows = every_test(look, one, month)
    shown = Shown(look, page, len(rows))
    begin = (page - 1) * shown.length
    return TestList(rows[begin : begin + shown.length], shown, _line(one.inputs))


def every_test(look: Look, one: Collected, month: MonthShown) -> Sequence[TestRow]:
    """Tests of the line that is judged, the newest first."""
    if not one.inputs.tested:
        return []
    school = SchoolRepository(look.session, look.scope).get(one.inputs.code)
    servers = Servers.read(look.session, month.first, month.last)
    paths = Paths(servers.of(school.path)) if school else NOWHERE
    found = by_server(
        look.store,
        [one.inputs.tested],
        start=_midnight(month.first),
        end=_midnight(month.last + timedelta(days=1)),
        paths=lambda _line: paths,
    )
    rows = [
        row for (_, server), made in found.items() for row in _rows(look, one.inputs, server, made)
    ]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _rows(look: Look, inputs: SchoolInputs, server: str, made: LineTests) -> Sequence[TestRow]:
    translate = look.lang.gettext
    counted = inside(
        without(inputs.windows, ((one.begin, one.end) for one in inputs.exclusions)), made.at
    )
    taught = inside(inputs.windows, made.at)
    asked = min((one.bits_per_second or np.inf for one in inputs.demands), default=np.inf)
    marks = (
        (~taught, translate(N_("Outside school hours: not counted"))),
        (taught & ~counted, translate(N_("In excluded time: not counted"))),
        (made.limit < asked, translate(N_("Box, server or cap below the target"))),
        (made.others > _BUSY * asked, translate(N_("Line busy"))),
    )
    within, beyond = (translate(PATHS[path]) for path in (NetworkPath.inside, NetworkPath.outside))
    rows = []
    for number, at in enumerate(made.at.tolist()):
        words, tone = OUTCOMES.get(int(made.outcome[number]), (N_("Unknown"), "idle"))
        rows.append(
            TestRow(
                at=from_milliseconds(at),
                server=server,
                path=beyond if made.internet[number] else within,
                down=_known(made.down[number]),
                up=_known(made.up[number]),
                outcome=translate(words),
                tone=tone,
                marks=[text for marked, text in marks if marked[number]],
            )
        )
    return rows


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _midnight(day: date) -> int:
    return round(datetime.combine(day, time(), ZONE).timestamp() * 1000)


def _line(inputs: SchoolInputs) -> str:
    line = next((one for one in inputs.lines if one.id == inputs.tested), None)
    return "" if line is None else " ".join(x for x in (line.provider, line.circuit) if x)
