"""Whether lines carry anything: by the last probes of hosts beyond them, and by speed tests.

Probes come every minute, tests a few times a day. A host that answers proves a line; that none
does proves it dead, unless a test that came after went well: hosts may refuse to be asked.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from sqlmodel import col, select

from alerts.evidence import Readings
from alerts.judging.facts import LineFacts
from alerts.looks.asking import Look
from drivers.readings import LineTestOutcome
from inventory.days import day_of
from inventory.models import Line
from inventory.repositories.lines import runs_on

LOSS, OUTCOME = "ping_loss_ratio", "speedtest_outcome"
#: The part of a line's readings that is its own router and no host beyond it.
_GATEWAY = "gateway"
#: For how long probes and tests speak of today, milliseconds.
_PROBE, _TEST = 300_000, 3 * 3_600_000
#: Clocks of agents may be ahead of ours by this much.
_AHEAD = 3_600_000
_CARRIES = (float(LineTestOutcome.ok), float(LineTestOutcome.partial))
_DEAD = float(LineTestOutcome.line_down)


#: Time (milliseconds), part and value.
Sample = tuple[int, str, float]


def lines_of(
    look: Look, store: Readings, schools: Collection[str]
) -> Mapping[str, Sequence[LineFacts]]:
    """The lines in force of schools with what is known of each, by school."""
    query = (
        select(Line.id, Line.school_code)
        .where(col(Line.school_code).in_(schools), runs_on(day_of(look.moments.now)))
        .order_by(col(Line.id))
    )
    owners = dict(look.session.exec(query).all()) if schools else {}
    found: dict[str, list[LineFacts]] = defaultdict(list)
    for one in facts_of_lines(look, store, list(owners)):
        found[owners[one.id]].append(one)
    return found


def facts_of_lines(
    look: Look, store: Readings, lines: Sequence[str], told: Collection[str] = ()
) -> Sequence[LineFacts]:
    """What probes and tests say of lines, in their order.

    Args:
        look: who looks.
        store: the readings.
        lines: their ids.
        told: those of which it matters since when they carry traffic again.
    """
    moment = int(look.moments.now.timestamp() * 1_000)
    latest = store.latest(lines, (LOSS, OUTCOME), since=moment - _TEST) if lines else {}
    probes: dict[str, list[Sample]] = defaultdict(list)
    tests: dict[str, Sample] = {}
    for (line, metric, part), (at, value) in latest.items():
        if metric == LOSS:
            probes[line].append((at, part, value))
        elif value in (*_CARRIES, _DEAD):
            tests[line] = max(tests.get(line, (0, "", 0.0)), (at, part, value))
    found = []
    for line in lines:
        fresh = [one for one in probes[line] if one[0] >= moment - _PROBE]
        up = _answers(fresh)
        at = max((one[0] for one in fresh), default=0)
        test = tests.get(line)
        if up is None and test is not None:
            up, at = test[2] in _CARRIES, test[0]
            since = at
        else:
            since = at
            if up is False or (up and line in told):
                since = _since(store, line, up=up, moment=moment)
            if up is False and test is not None and test[2] in _CARRIES and test[0] > since:
                up, since = True, test[0]
        of = look.moments.of
        found.append(LineFacts(id=line, up=up, since=of(_when(since)), taken_at=of(_when(at))))
    return found


def carries_nothing(store: Readings, line: str, moment: int) -> bool:
    """Whether the newest test found a line dead: then it is not its bandwidth that is missing."""
    tests = [
        (at, value)
        for at, value in store.latest([line], (OUTCOME,), since=moment - _TEST).values()
        if value in (*_CARRIES, _DEAD)
    ]
    return bool(tests) and max(tests)[1] == _DEAD


def _answers(round_: Collection[Sample]) -> bool | None:
    """Whether any host answered; its router counts only where no other is asked."""
    hosts = [one for one in round_ if one[1] != _GATEWAY] or round_
    return any(one[2] < 1 for one in hosts) if hosts else None


def _since(store: Readings, line: str, *, up: bool, moment: int) -> int:
    """From when on the last rounds of probes all found it so; milliseconds."""
    rounds: dict[int, list[Sample]] = defaultdict(list)
    for curve in store.series(line, [LOSS], start=moment - _TEST, end=moment + _AHEAD):
        for at, value in zip(curve.times, curve.values, strict=True):
            if value is not None:
                rounds[at].append((at, curve.part, value))
    since = moment
    for at in sorted(rounds, reverse=True):
        if _answers(rounds[at]) is not up:
            break
        since = at
    return since


def _when(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
