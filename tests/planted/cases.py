"""What may be wrong with a school's line, each kind by itself, and what a verdict has to say of it.

A healthy school has a contract and a port of more than the target, tests at 94 Mbit/s of the 100
that are asked for, and probes that are answered in 10 to 20 ms. A case differs from that in one
thing, and is found by state, finding and note, not by state alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from controller.compliance.results import Delivered, Note, SchoolVerdict, TargetVerdict
from controller.compliance.states import State
from inventory.models import NetworkPath
from inventory.standards.model import Measure

_BAD, _GOOD = State.non_compliant, State.compliant


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of school.

    Args:
        name: in words.
        state: its verdict.
        shows: whether the findings of its target say why.
        contract: Mbit/s in either direction; 0 for no contract at all.
        port: Mbit/s of the port the line arrives on.
        down, up: Mbit/s that tests reach.
        fails: of the tests every so-many-th reaches 40 Mbit/s; 0 for none.
        busy: Mbit/s that others have of the line during tests.
        server_busy: of the tests every so-many-th was turned away by the server.
        box: Mbit/s of the box's own port.
        dead_days: school days at the beginning on which the line is dead.
        absent: the box is away every other day.
        tested_days: school days at the beginning on which there are tests; 0 for all.
        lost: of the probes every so-many-th is not answered.
        slow: of the probes every so-many-th takes 150 ms.
        references: 2 where the first one is away in the mornings, the second in the afternoons.
        excluded: the dead days are approved as time that does not count.
        exempt: the school is held against nothing.
        used: Mbit/s that the uplink carries.
        outside: Mbit/s that tests across the outlet reach; 0 for none.
        outlet: the outlet is asked for, too, and ``shows`` is about that target.
    """

    name: str
    state: State
    shows: Callable[[TargetVerdict], bool] = lambda target: True
    contract: int = 200
    port: int = 1000
    down: float = 94
    up: float = 94
    fails: int = 0
    busy: float = 0
    server_busy: int = 0
    box: int = 1000
    dead_days: int = 0
    absent: bool = False
    tested_days: int = 0
    lost: int = 0
    slow: int = 0
    references: int = 1
    excluded: bool = False
    exempt: bool = False
    used: float = 30
    outside: float = 0
    outlet: bool = False


def _delivered(found: TargetVerdict) -> tuple[Delivered, Delivered]:
    down, up = found.delivered
    return down, up


def _states(found: TargetVerdict) -> tuple[State, State, State, State, State]:
    """Provisioned down and up, delivered down and up, available."""
    contracts, tests = found.provisioned, found.delivered
    return (
        contracts[0].state,
        contracts[1].state,
        tests[0].state,
        tests[1].state,
        found.available.state,
    )


HEALTHY = Case(
    name="healthy",
    state=_GOOD,
    shows=lambda t: set(_states(t)) == {_GOOD} and not any(one.busy for one in t.delivered),
)
CASES = (
    Case(
        name="slow download",
        state=_BAD,
        down=50,
        shows=lambda t: _states(t) == (_GOOD, _GOOD, _BAD, _GOOD, _GOOD),
    ),
    Case(
        name="slow upload",
        state=_BAD,
        up=20,
        shows=lambda t: _states(t) == (_GOOD, _GOOD, _GOOD, _BAD, _GOOD),
    ),
    Case(
        name="contract below",
        state=_BAD,
        contract=50,
        shows=lambda t: (
            _states(t) == (_BAD, _BAD, _GOOD, _GOOD, _GOOD)
            and all(one.notes == (Note.contract_below,) for one in t.provisioned)
        ),
    ),
    Case(
        name="port below",
        state=_BAD,
        port=10,
        down=9.4,
        up=9.4,
        shows=lambda t: (
            _states(t) == (_BAD, _BAD, _BAD, _BAD, _GOOD)
            and all(one.notes == (Note.port_below,) for one in t.provisioned)
        ),
    ),
    Case(
        name="dead line",
        state=_BAD,
        dead_days=5,
        shows=lambda t: (
            Note.outage_above in t.available.notes and all(one.dead for one in t.delivered)
        ),
    ),
    Case(
        name="absent box",
        state=State.insufficient_data,
        absent=True,
        shows=lambda t: (
            Note.probes_missing in t.available.notes
            and all(Note.too_many_missing in one.notes for one in t.delivered)
            and not any(one.dead for one in t.delivered)
        ),
    ),
    Case(
        name="one test of five fails",
        state=State.marginal,
        fails=5,
        shows=lambda t: _states(t) == (_GOOD, _GOOD, State.marginal, State.marginal, _GOOD),
    ),
    Case(
        name="latency above",
        state=_BAD,
        slow=10,
        shows=lambda t: (
            _states(t) == (_GOOD, _GOOD, _GOOD, _GOOD, _BAD)
            and t.available.notes == (Note.latency_above,)
        ),
    ),
    Case(
        name="outage above",
        state=_BAD,
        lost=100,
        shows=lambda t: (
            _states(t) == (_GOOD, _GOOD, _GOOD, _GOOD, _BAD)
            and t.available.notes == (Note.outage_above,)
        ),
    ),
    Case(
        name="box that cannot prove it",
        state=State.not_testable,
        box=50,
        down=47,
        up=47,
        shows=lambda t: all(
            one.notes == (Note.limit_below,) and one.unproven == one.present > 0
            for one in t.delivered
        ),
    ),
    Case(name="exempt", state=State.exempt, down=50, exempt=True),
    Case(
        name="outage in excluded time",
        state=_GOOD,
        dead_days=1,
        excluded=True,
        shows=lambda t: t.available.share == 1.0 and not any(one.dead for one in t.delivered),
    ),
    Case(
        name="tests on a busy line",
        state=_GOOD,
        busy=30,
        shows=lambda t: all(one.busy == one.tests > 0 for one in t.delivered),
    ),
    Case(
        name="tests on three days alone",
        state=State.insufficient_data,
        tested_days=3,
        shows=lambda t: (
            t.available.state is _GOOD
            and all(Note.too_few_days in one.notes for one in t.delivered)
        ),
    ),
    Case(
        name="no contract",
        state=State.insufficient_data,
        contract=0,
        shows=lambda t: (
            Note.no_line_tested in t.notes
            and all(one.notes == (Note.no_contract,) for one in t.provisioned)
        ),
    ),
    Case(
        name="slow beyond the outlet",
        state=_BAD,
        outside=50,
        outlet=True,
        shows=lambda t: all(
            (one.state, one.path) == (_BAD, NetworkPath.outside) for one in t.delivered
        ),
    ),
    Case(
        name="never tested beyond the outlet",
        state=State.insufficient_data,
        outlet=True,
        shows=lambda t: all(
            one.path is NetworkPath.outside and not one.present for one in t.delivered
        ),
    ),
    # Healthy schools that look ill to whoever looks too quickly.
    Case(
        name="fast on both sides of the outlet",
        state=_GOOD,
        outside=94,
        outlet=True,
        shows=lambda t: all(
            (one.state, one.path) == (_GOOD, NetworkPath.outside) for one in t.delivered
        ),
    ),
    Case(
        name="slow beyond the outlet, of which nobody asks",
        state=_GOOD,
        outside=50,
        shows=lambda t: all(one.path is NetworkPath.inside for one in t.delivered),
    ),
    Case(name="just the tolerated share", state=_GOOD, down=80, up=80),
    Case(
        name="a tenth of the tests turned away",
        state=_GOOD,
        server_busy=10,
        shows=lambda t: all(one.present < one.scheduled for one in t.delivered),
    ),
    Case(
        name="references away by turns",
        state=_GOOD,
        references=2,
        shows=lambda t: t.available.share == 1.0,
    ),
    Case(
        name="hardly used",
        state=_GOOD,
        used=0.1,
        shows=lambda t: not any(one.proves_capacity for one in t.sufficient),
    ),
    Case(
        name="used above the target",
        state=_GOOD,
        used=150,
        shows=lambda t: all(one.proves_capacity for one in t.sufficient),
    ),
)
#: So many schools hold every case once, and more healthy ones.
ROUND = 50


def case_of(number: int) -> Case:
    """The kind of the school of a number."""
    place = number % ROUND
    return CASES[place] if place < len(CASES) else HEALTHY


def misjudged(number: int, verdict: SchoolVerdict) -> str | None:
    """What is wrong with a verdict, in words; ``None`` when it says what was planted."""
    case = case_of(number)
    if verdict.state is not case.state:
        return f"{verdict.school} ({case.name}): {verdict.state}, not {case.state}"
    others = [one for one in verdict.targets if one.demand.measure is not Measure.outlet]
    outlets = [one for one in verdict.targets if one.demand.measure is Measure.outlet]
    # What is wrong beyond the outlet is held against the outlet alone.
    is_apart = not outlets or all(one.state is _GOOD for one in others)
    about = outlets if case.outlet else others
    if len(others) != 1 or len(outlets) != case.outlet or not is_apart or not case.shows(about[0]):
        return f"{verdict.school} ({case.name}): found for another reason"
    return None
