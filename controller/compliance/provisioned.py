"""Finding 1: what is contracted, and the port it arrives on, against the target. Pure."""

from collections.abc import Sequence

from controller.compliance.inputs import Demand, LineFacts
from controller.compliance.results import Note, Provisioned
from controller.compliance.states import State
from inventory.standards.model import Flow, Measure

#: What all lines of a school carry together; access is what its fastest line does.
_TOGETHER = frozenset({Measure.outlet, Measure.per_class, Measure.per_user})


def provisioned(demand: Demand, lines: Sequence[LineFacts], flow: Flow) -> Provisioned:
    """Contract, port and medium of a school in one direction.

    A target of a medium counts lines of that medium alone. A port that is not known proves
    nothing; one that is slower than the target is a failure, whatever the contract says.
    """
    if demand.bits_per_second is None:
        return Provisioned(flow=flow, state=State.insufficient_data, notes=(Note.numbers_unknown,))
    fitting = [one for one in lines if demand.medium in (None, one.medium)]
    if not fitting:
        if not lines:
            return Provisioned(flow=flow, state=State.insufficient_data, notes=(Note.no_contract,))
        best = max(lines, key=lambda one: _rate(one, flow))
        return Provisioned(
            flow=flow,
            state=State.non_compliant,
            contracted=_rate(best, flow),
            port=best.port,
            medium=best.medium,
            notes=(Note.wrong_medium,),
        )
    best = max(fitting, key=lambda one: (_rate(one, flow), one.id))
    contracted, port = _rate(best, flow), best.port
    if demand.measure in _TOGETHER:
        contracted = sum(_rate(one, flow) for one in fitting)
        ports = [one.port for one in fitting]
        port = None if None in ports else sum(one for one in ports if one is not None)
    notes = []
    if contracted < demand.bits_per_second:
        notes.append(Note.contract_below)
    if port is not None and port < demand.bits_per_second:
        notes.append(Note.port_below)
    failed = bool(notes)
    if port is None:
        notes.append(Note.port_unknown)
    return Provisioned(
        flow=flow,
        state=State.non_compliant if failed else State.compliant,
        contracted=contracted,
        port=port,
        medium=best.medium,
        notes=tuple(notes),
    )


def _rate(line: LineFacts, flow: Flow) -> float:
    return line.up if flow is Flow.up else line.down
