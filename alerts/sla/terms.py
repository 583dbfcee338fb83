"""What a bureau promises: priorities by impact and urgency, times by priority, what pauses a clock.

The shipped terms are sensible beginnings and no rule of any plan.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from alerts.urgency import Impact, Priority, Urgency, WaitingFor

#: Minutes of business time: none shorter, none longer (a year of them).
SHORTEST, LONGEST = 1, 60_000


class Target(NamedTuple):
    """Minutes of business time until somebody answers, and until it works again."""

    response: int
    resolution: int


Matrix = Mapping[tuple[Impact, Urgency], Priority]


def _matrix(*rows: str) -> dict[tuple[Impact, Urgency], Priority]:
    return {
        (impact, urgency): Priority(word)
        for impact, row in zip(Impact, rows, strict=True)
        for urgency, word in zip(Urgency, row.split(), strict=True)
    }


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """The terms of one bureau.

    Args:
        matrix: a priority for each pair of impact and urgency.
        targets: times for each priority; the response is not later than the resolution.
        pausing: what a repair may wait for without losing time.
        automatic: new tickets are given out without anybody's doing, and handed on when late.
    """

    matrix: Matrix = field(default_factory=lambda: _matrix("p4 p4 p3", "p4 p3 p2", "p3 p2 p1"))
    targets: Mapping[Priority, Target] = field(
        default_factory=lambda: {
            Priority.p1: Target(30, 240),
            Priority.p2: Target(60, 480),
            Priority.p3: Target(120, 960),
            Priority.p4: Target(240, 2400),
        }
    )
    pausing: frozenset[WaitingFor] = frozenset({WaitingFor.parts, WaitingFor.user})
    automatic: bool = False

    def __post_init__(self) -> None:
        """Hold the terms to what clocks can count with.

        Raises:
            ValueError: a priority or a time is missing or out of bounds.
        """
        if set(self.matrix) != {(i, u) for i in Impact for u in Urgency}:
            raise ValueError("matrix")
        if set(self.targets) != set(Priority):
            raise ValueError("targets")
        for priority, target in self.targets.items():
            if not SHORTEST <= target.response <= target.resolution <= LONGEST:
                raise ValueError(priority.value)
        if WaitingFor.other in self.pausing:
            raise ValueError("pausing")

    def priority(self, impact: Impact, urgency: Urgency) -> Priority:
        return self.matrix[impact, urgency]


DEFAULT_TERMS = ServiceTerms()


def written(terms: ServiceTerms) -> str:
    """The terms as a row keeps them: JSON, the same text for the same terms."""
    told: dict[str, Any] = {
        "matrix": {
            impact.value: {
                urgency.value: terms.matrix[impact, urgency].value for urgency in Urgency
            }
            for impact in Impact
        },
        "targets": {one.value: list(terms.targets[one]) for one in Priority},
        "pausing": sorted(one.value for one in terms.pausing),
        "automatic": terms.automatic,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def read_terms(text: str) -> ServiceTerms:
    """The terms that were written.

    Raises:
        ValueError: they are none.
    """
    told = json.loads(text)
    try:
        return ServiceTerms(
            matrix={
                (Impact(impact), Urgency(urgency)): Priority(word)
                for impact, row in told["matrix"].items()
                for urgency, word in row.items()
            },
            targets={Priority(one): Target(*pair) for one, pair in told["targets"].items()},
            pausing=frozenset(WaitingFor(one) for one in told["pausing"]),
            # Terms of before know nothing of it.
            automatic=told.get("automatic", False) is True,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
