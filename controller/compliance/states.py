"""States of findings, targets and schools, and which of several is the worst."""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """What is said of a finding, of a target, of a school."""

    non_compliant = "non_compliant"
    insufficient_data = "insufficient_data"
    #: The interval straddles the share that is asked for.
    marginal = "marginal"
    #: The box, the test server or the cap cannot prove the target; never a failure.
    not_testable = "not_testable"
    compliant = "compliant"
    #: Stands outside the order: the school is held against nothing.
    exempt = "exempt"


#: The worst first.
ORDER = (
    State.non_compliant,
    State.insufficient_data,
    State.marginal,
    State.not_testable,
    State.compliant,
)
_RANK = {state: rank for rank, state in enumerate(ORDER)}


def worst(states: Iterable[State]) -> State | None:
    """The worst of some states; ``None`` of none. ``exempt`` is never among them."""
    return min(states, key=_RANK.__getitem__, default=None)
