"""Schools and their contracts as verdicts need them: plain rows, read in one question each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from controller.compliance.inputs import LineFacts
from inventory.models import Line, Port
from inventory.repositories.lines import LineRepository, Terms
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope
from inventory.standards.bound import SchoolKind, kind_of

_MEGA = 1_000_000


class SchoolRow(NamedTuple):
    """A school: what decides which targets hold for it, and its numbers."""

    kind: SchoolKind
    students: int
    teachers: int
    classes: int


class LineRow(NamedTuple):
    """A contract, and the port it arrives on: (device, name)."""

    facts: LineFacts
    port: tuple[str, str] | None


def schools_at(session: Session, scope: Scope, under: str, on: date) -> list[SchoolRow]:
    """Schools below a path that are open on a day, in the order of paths."""
    return [
        SchoolRow(kind_of(one), one.students, one.teachers, one.classes)
        for one in SchoolRepository(session, scope).numbers(under, on)
    ]


def lines_at(
    session: Session, scope: Scope, first: date, last: date
) -> Mapping[str, Sequence[LineRow]]:
    """Contracts by school that run at the end of a period, or else ran at its beginning."""
    found: dict[str, list[Terms]] = defaultdict(list)
    ended: dict[str, list[Terms]] = defaultdict(list)
    for line in LineRepository(session, scope).terms(first, last):
        (found if line.runs else ended)[line.school_code].append(line)
    lines = ended | found
    speeds = _speeds(session, [line for some in lines.values() for line in some])
    return {code: [_row(line, speeds) for line in some] for code, some in lines.items()}


def _row(line: Terms, speeds: Mapping[tuple[str, str], int]) -> LineRow:
    port = None
    if line.device_id is not None and line.port_name is not None:
        port = (line.device_id, line.port_name)
    speed = speeds.get(port) if port is not None else None
    facts = LineFacts(
        id=line.id,
        provider=line.provider,
        circuit=line.circuit,
        medium=line.medium,
        down=float(line.down_mbps * _MEGA),
        up=float(line.up_mbps * _MEGA),
        port=None if speed is None else float(speed),
    )
    return LineRow(facts, port)


def _speeds(session: Session, lines: Sequence[Terms]) -> Mapping[tuple[str, str], int]:
    """Speeds of the ports that visible lines arrive on; those nobody knows are left out."""
    wanted = {(one.device_id, one.port_name) for one in lines if one.device_id is not None}
    if not wanted:
        return {}
    columns: Any = (Line.device_id, Line.port_name, Port.speed_bits_per_second)
    rows = session.execute(
        sa_select(*columns).join(
            Port, (col(Port.device_id) == Line.device_id) & (col(Port.name) == Line.port_name)
        )
    )
    return {
        (device, name): speed for device, name, speed in rows if speed and (device, name) in wanted
    }
