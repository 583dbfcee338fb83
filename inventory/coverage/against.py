"""Figures of schools held against the targets that are bound to them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from inventory.coverage.counting import PLAIN, Tallies
from inventory.coverage.keeping import KeptTally, SchoolGroup
from inventory.coverage.tally import Stand, Tally, stand, total
from inventory.standards.bound import Bindings, Bound, SchoolKind
from inventory.standards.model import Holder, Measure

#: The worst comes first: what is shown of a school under several targets.
WORST = (Stand.missed, Stand.open, Stand.met, Stand.nothing)


@dataclass(frozen=True, slots=True)
class HeldTarget:
    """One target over all schools it is bound to.

    Args:
        tally: of those schools together.
        whole: how that stands; ``None`` where the target is shown only: what the plan found
            (a baseline), or what a person has to confirm first.
        schools: how many of them stand how; empty where the target asks a district as a whole.
    """

    bound: Bound
    tally: Tally
    whole: Stand | None
    schools: Mapping[Stand, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """One measure held against everything bound.

    Args:
        targets: by plan.
        stands: the worst stand of each school that has a target of its own.
    """

    targets: Sequence[HeldTarget]
    stands: Mapping[str, Stand]


def worst_stands(
    tallies: Tallies, schools: Iterable[SchoolKind], bindings: Bindings, on: date
) -> dict[tuple[str, Measure], Stand]:
    """The worst stand of every figure of every school under the targets it has of its own."""
    found: dict[tuple[str, Measure], Stand] = {}
    for school in schools:
        for bound in bindings.of(school, on):
            key = (school.code, bound.target.measure)
            tally = tallies.get(key)
            if tally is not None and _asks_schools(bound):
                now = stand(tally, bound.target, plain=key[1] in PLAIN)
                found[key] = min(found.get(key, Stand.nothing), now, key=WORST.index)
    return found


def hold(measure: Measure, kept: Iterable[KeptTally], bindings: Bindings, on: date) -> Held:
    """Hold one figure of schools against the targets bound to them on a day."""
    plain = measure in PLAIN
    bound_to: dict[tuple[str, str], Bound] = {}
    tallies: dict[tuple[str, str], list[tuple[str, Tally]]] = {}
    for one in kept:
        for bound in bindings.of(kind_of(one.school), on):
            if bound.target.measure is measure:
                key = (bound.standard_id, bound.target.id)
                bound_to.setdefault(key, bound)
                tallies.setdefault(key, []).append((one.school.code, one.tally))
    targets = []
    stands: dict[str, Stand] = {}
    for key, bound in bound_to.items():
        whole = total(tally for _, tally in tallies[key])
        judged = _is_judged(bound)
        counts: Counter[Stand] = Counter()
        if _asks_schools(bound):
            for code, tally in tallies[key]:
                found = stand(tally, bound.target, plain=plain)
                counts[found] += 1
                stands[code] = min(stands.get(code, Stand.nothing), found, key=WORST.index)
        together = stand(whole, bound.target, plain=plain) if judged else None
        targets.append(HeldTarget(bound, whole, together, counts))
    return Held(targets, stands)


def _is_judged(bound: Bound) -> bool:
    return not bound.target.baseline and not bound.pending


def _asks_schools(bound: Bound) -> bool:
    return _is_judged(bound) and bound.target.holder is Holder.school


def kind_of(school: SchoolGroup) -> SchoolKind:
    return SchoolKind(
        school.code, school.path, school.stage, school.setting, school.form, school.is_public
    )
