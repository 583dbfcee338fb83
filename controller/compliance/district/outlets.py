"""Outlets of bureaus against the targets that are asked of a bureau as a whole.

A target is held at the bureau its standard is bound to: bound to a city it is asked of the city's
outlets and those of its counties together, bound to a county of the county's alone. The plans ask
for "the city's outlets together", for several outlets, and for a backbone of so much.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlmodel import Session

from controller.compliance.district.counting import Bureau
from controller.compliance.district.figures import DistrictTarget, OutletFacts, Outlets
from controller.compliance.district.register import standard_of
from inventory.models import Outlet, OutletKind, SchoolForm, Setting, Stage, StandardBinding
from inventory.outlets import OutletRepository
from inventory.scope import Scope
from inventory.standards.bound import Bound, SchoolKind, targets_of
from inventory.standards.documents import flows_of
from inventory.standards.model import Comparison, Flow, Holder, Measure, Target
from inventory.standards.repository import StandardRepository

_MEGA = 1_000_000
_OF_OUTLETS = frozenset({Measure.outlet, Measure.outlets, Measure.backbone})


def outlets_of(
    session: Session, scope: Scope, bureaus: Sequence[Bureau], under: str, on: date
) -> Outlets:
    """Outlets that run below a path on a day, and how they stand.

    Args:
        session: to read with.
        scope: of who asks.
        bureaus: every visible one below the path.
        under: path of a bureau.
        on: the day.
    """
    names = {one.code: one for one in bureaus}
    running = OutletRepository(session, scope).below(under, on)
    facts = [(names[one.organisation_code].path, _facts(one, names)) for one in running]
    asked = _Asked(session, scope, on)
    targets = [
        _held(bound, bureau, [fact for path, fact in facts if path.startswith(bureau.path)])
        for bureau in bureaus
        for bound in asked.of(bureau)
    ]
    return Outlets(on=on, outlets=tuple(fact for _, fact in facts), targets=tuple(targets))


def _facts(outlet: Outlet, names: dict[str, Bureau]) -> OutletFacts:
    bureau = names[outlet.organisation_code]
    return OutletFacts(
        id=outlet.id,
        organisation=bureau.code,
        organisation_name=bureau.name,
        organisation_name_en=bureau.name_en,
        kind=outlet.kind,
        provider=outlet.provider,
        circuit=outlet.circuit,
        down=float(outlet.down_mbps * _MEGA),
        up=float(outlet.up_mbps * _MEGA),
        starts_on=outlet.starts_on,
        ends_on=outlet.ends_on,
    )


class _Asked:
    """Targets of outlets by the bureau they are bound to, on a day."""

    def __init__(self, session: Session, scope: Scope, on: date) -> None:
        repository = StandardRepository(session, scope)
        self._on = on
        self._bindings: dict[str, list[StandardBinding]] = defaultdict(list)
        for one in repository.bindings(on, on):
            if one.organisation_code is not None:
                self._bindings[one.organisation_code].append(one)
        self._rows = {row.id: row for row in repository.kept()} if self._bindings else {}
        self._answers = repository.answers() if self._bindings else ()

    def of(self, bureau: Bureau) -> Iterable[Bound]:
        # Of a bureau no kind is asked; a binding for a kind of schools still binds the bureau.
        kind = SchoolKind(
            "", bureau.path, Stage.primary, Setting.urban, SchoolForm.school, is_public=True
        )
        bound = self._bindings.get(bureau.code, [])
        for standard_id in dict.fromkeys(one.standard_id for one in bound):
            for found in targets_of(
                standard_id,
                standard_of(self._rows[standard_id]),
                kind,
                self._on,
                answers=[
                    one
                    for one in self._answers
                    if one.standard_id == standard_id
                    and f"/{one.organisation_code}/" in bureau.path
                ],
                since=min(one.valid_from for one in bound if one.standard_id == standard_id),
            ):
                if found.target.holder is Holder.district and found.target.measure in _OF_OUTLETS:
                    yield found


def _held(bound: Bound, bureau: Bureau, outlets: Sequence[OutletFacts]) -> DistrictTarget:
    standard, target = bound.standard, bound.target
    found = _found(target, outlets)
    judged = not target.baseline and not bound.pending
    value = float(target.value)
    enough = found >= value if target.comparison is Comparison.at_least else found <= value
    return DistrictTarget(
        organisation=bureau.code,
        organisation_name=bureau.name,
        organisation_name_en=bureau.name_en,
        standard=standard.code,
        version=standard.version,
        target=target.id,
        plan=standard.plan,
        plan_translation=standard.plan_translation,
        quote=target.quote,
        translation=target.translation,
        caveat=target.caveat,
        caveat_translation=target.caveat_translation,
        measure=target.measure,
        value=value,
        unit=target.unit.value,
        found=found,
        met=enough if judged else None,
        pending=bound.pending,
        baseline=target.baseline,
    )


def _found(target: Target, outlets: Sequence[OutletFacts]) -> float:
    """What there is, in the target's unit; of rates that of the weaker direction asked for."""
    internet = [one for one in outlets if one.kind is OutletKind.internet]
    if target.measure is Measure.outlets:
        return float(len(internet))
    flows = flows_of(target)
    if target.measure is Measure.outlet:
        return min(sum(_rate(one, flow) for one in internet) for flow in flows) / _MEGA
    backbones = [one for one in outlets if one.kind is OutletKind.backbone]
    found = (min(_rate(one, flow) for flow in flows) for one in backbones)
    return max(found, default=0.0) / _MEGA


def _rate(outlet: OutletFacts, flow: Flow) -> float:
    return outlet.up if flow is Flow.up else outlet.down
