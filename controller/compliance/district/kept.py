"""A verdict as the rows that are kept of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from controller.compliance.district.figures import Standing
from controller.compliance.inputs import LineFacts, SchoolInputs
from controller.compliance.results import (
    Available,
    Delivered,
    Note,
    Provisioned,
    SchoolVerdict,
    TargetVerdict,
)
from controller.compliance.states import ORDER
from inventory.standards.model import Flow

Row = Mapping[str, Any]
#: What the column holds; there are not that many notes.
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Taken:
    """When a verdict was taken down.

    Args:
        month: its first day.
        at: when it was computed.
        is_final: no late batch is waited for any more.
    """

    month: date
    at: datetime
    is_final: bool


def row_of(verdict: SchoolVerdict, inputs: SchoolInputs, students: int, taken: Taken) -> Row:
    """The headline: the worst target's figures, and the line it was measured on.

    Where the worst target is one that no test speaks of, such as an outlet's, the measured medians
    are those of the target that tests speak of.
    """
    ranked = sorted(verdict.targets, key=_rank)
    chief = ranked[0] if ranked else None
    measured = next((one for one in ranked if any(f.median for f in one.delivered)), chief)
    line = _line(inputs)
    row: dict[str, Any] = {
        "month": taken.month,
        "school_code": verdict.school,
        "standing": str(verdict.state or Standing.no_target),
        "provider": line.provider if line else "",
        "contracted_down": line.down if line else None,
        "contracted_up": line.up if line else None,
        "pending": len(verdict.pending),
        "students": students,
        "policy": verdict.policy.name if verdict.policy.is_adopted else "",
        "method": verdict.method,
        "calendar": verdict.calendar,
        "computed_at": taken.at,
        "is_final": taken.is_final,
        "standard": chief.demand.standard if chief else "",
        "target": chief.demand.target if chief else "",
        "asked": chief.demand.bits_per_second if chief else None,
        "notes": _notes(verdict, chief),
    }
    tested = _weaker(chief.delivered) if chief else None
    row |= {
        "tests": tested.tests if tested else 0,
        "passed": tested.passed if tested else 0,
        "availability": chief.available.share if chief else None,
        "latency": chief.available.latency if chief else None,
        "utilisation": _utilisation(chief) if chief else None,
    }
    for flow in (Flow.down, Flow.up):
        of = _of(measured, flow)
        row[f"median_{flow}"] = of.median if of else None
        reached = _of(chief, flow)
        row[f"reached_{flow}"] = reached.reached if reached else None
    return row


def target_rows(verdict: SchoolVerdict, taken: Taken) -> list[Row]:
    """One row for each target that was judged."""
    return [_target(verdict.school, one, taken) for one in verdict.targets]


def _target(school: str, one: TargetVerdict, taken: Taken) -> Row:
    demand = one.demand
    row: dict[str, Any] = {
        "month": taken.month,
        "school_code": school,
        "standard": demand.standard,
        "version": demand.version,
        "target": demand.target,
        "fingerprint": demand.fingerprint,
        "measure": demand.measure.value,
        "asked": demand.bits_per_second,
        "state": one.state.value,
        "provisioned": min((p.state for p in one.provisioned), key=ORDER.index).value,
        "available": one.available.state.value,
        "notes": _said(_of_target(one)),
    }
    for flow in (Flow.down, Flow.up):
        of = _of(one, flow)
        contract = next((p for p in one.provisioned if p.flow is flow), None)
        row |= {
            f"delivered_{flow}": of.state.value if of else None,
            f"contracted_{flow}": contract.contracted if contract else None,
            f"median_{flow}": of.median if of else None,
            f"reached_{flow}": of.reached if of else None,
            f"tests_{flow}": of.tests if of else 0,
            f"passed_{flow}": of.passed if of else 0,
        }
    return row


def _rank(one: TargetVerdict) -> tuple[int, float, str, str]:
    """The worst first; of equal ones that which asks for most."""
    asked = one.demand.bits_per_second or 0.0
    return ORDER.index(one.state), -asked, one.demand.standard, one.demand.target


def _line(inputs: SchoolInputs) -> LineFacts | None:
    """The line that was tested; else the fastest contract."""
    tested = [one for one in inputs.lines if one.id == inputs.tested]
    return max(tested or inputs.lines, key=lambda one: (one.down, one.id), default=None)


def _of(target: TargetVerdict | None, flow: Flow) -> Delivered | None:
    found = target.delivered if target else ()
    return next((one for one in found if one.flow is flow), None)


def _weaker(delivered: tuple[Delivered, ...]) -> Delivered | None:
    return min(
        delivered,
        key=lambda one: one.passed / one.tests if one.tests else 0.0,
        default=None,
    )


def _utilisation(target: TargetVerdict) -> float | None:
    known = [one.utilisation for one in target.sufficient if one.utilisation is not None]
    return max(known, default=None)


def _of_target(target: TargetVerdict) -> Iterable[Note]:
    """Its notes, first those of the findings that make it what it is."""
    yield from target.notes
    findings: list[Delivered | Provisioned | Available] = [
        *target.delivered,
        *target.provisioned,
        target.available,
    ]
    for one in sorted(findings, key=lambda finding: finding.state is not target.state):
        yield from one.notes


def _notes(verdict: SchoolVerdict, chief: TargetVerdict | None) -> str:
    return _said((*verdict.notes, *(_of_target(chief) if chief else ())))


def _said(notes: Iterable[Note]) -> str:
    text = ""
    for note in dict.fromkeys(notes):
        longer = f"{text} {note}".strip()
        text = longer if len(longer) <= _LONGEST else text
    return text
