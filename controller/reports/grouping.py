"""Schools of a report put together: groups, the weakest, and how evenly rates are spread. Pure.

All is counted from the report's own lines, so that a reader who counts again finds the same.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from statistics import median

import numpy as np

from controller.compliance.district.spread import spread_of, tenths
from controller.compliance.states import State
from controller.reports.content import (
    EquityLine,
    GroupKind,
    GroupLine,
    SchoolLine,
    WeakLine,
)
from controller.reports.lines import counts_of
from controller.reports.wording import setting_of
from inventory.models import Setting, Stage
from inventory.standards.model import Flow

MOST_WEAKEST = 20
_ORDERS: Mapping[GroupKind, Sequence[str]] = {
    GroupKind.stage: tuple(Stage),
    GroupKind.setting: tuple(Setting),
}


def groups_of(schools: Sequence[SchoolLine], below: GroupKind | None) -> tuple[GroupLine, ...]:
    """Groups of every kind.

    Args:
        schools: in the order of the tree.
        below: what the bureaus of the lines are: counties or townships; ``None`` is neither.
    """
    keys: list[tuple[GroupKind, Callable[[SchoolLine], str]]] = [
        (GroupKind.stage, lambda one: one.stage.value),
        (GroupKind.setting, lambda one: setting_of(one.form, one.setting)),
        (GroupKind.provider, lambda one: one.provider),
    ]
    if below is not None:
        keys.insert(0, (below, lambda one: one.group.code))
    return tuple(group for by, key in keys for group in _grouped(schools, by, key))


def weakest_of(schools: Sequence[SchoolLine], most: int = MOST_WEAKEST) -> tuple[WeakLine, ...]:
    """Schools whose measured rate is the smallest part of what is asked, the smallest first.

    Schools of which nothing is measured are in no ranking, and exempt ones neither; nor is a rate
    that box, server or cap have held down, since it says nothing of the line.
    """
    found = []
    for school in schools:
        reached = [
            (line.reached / target.asked, target.asked, line.reached)
            for target in school.targets
            for line in target.flows
            if line.tests and line.reached is not None and target.asked
        ]
        if reached and school.state is not State.exempt:
            found.append((min(reached), school))
    found.sort(key=lambda item: (item[0][0], item[1].school.code))
    return tuple(
        WeakLine(
            school=school.school,
            group=school.group,
            state=school.state,
            asked=asked,
            reached=rate,
            ratio=ratio,
        )
        for (ratio, asked, rate), school in found[:most]
    )


def equity_of(schools: Sequence[SchoolLine], month: date) -> tuple[EquityLine, ...]:
    """Urban against rural schools, and the strongest tenth against the weakest."""
    found = []
    for flow in (Flow.down, Flow.up):
        known = [(one, rate) for one in schools if (rate := rate_of(one, flow)) is not None]
        sides = [
            np.array([rate for one, rate in known if one.setting is setting])
            for setting in (Setting.urban, Setting.rural)
        ]
        ends = tenths(np.array([rate for _, rate in known]))
        for kind, (better, worse) in (("settings", sides), ("tenths", ends)):
            spread = spread_of(better, worse, flow, per_student=False)
            found.append(
                EquityLine(
                    kind=kind,
                    month=month,
                    flow=flow,
                    upper=spread.better,
                    lower=spread.worse,
                    upper_schools=spread.better_schools,
                    lower_schools=spread.worse_schools,
                )
            )
    return tuple(found)


def rate_of(school: SchoolLine, flow: Flow) -> float | None:
    """The median of a school's tests in one direction: all targets are tested by the same ones."""
    rates = (
        line.median
        for target in school.targets
        for line in target.flows
        if line.flow is flow and line.median is not None
    )
    return next(rates, None)


def _grouped(
    schools: Sequence[SchoolLine], by: GroupKind, key: Callable[[SchoolLine], str]
) -> list[GroupLine]:
    members: dict[str, list[SchoolLine]] = defaultdict(list)
    for one in schools:
        members[key(one)].append(one)
    order = _ORDERS.get(by)
    if order is not None:
        keys = sorted(members, key=lambda one: order.index(one) if one in order else len(order))
    elif by is GroupKind.provider:
        keys = sorted(members, key=lambda one: (not one, -len(members[one]), one))
    else:
        keys = list(members)
    return [_group(by, one, members[one]) for one in keys]


def _group(by: GroupKind, key: str, members: Sequence[SchoolLine]) -> GroupLine:
    bureau = members[0].group if by in (GroupKind.county, GroupKind.township) else None
    rates = {
        flow: [rate for one in members if (rate := rate_of(one, flow)) is not None]
        for flow in (Flow.down, Flow.up)
    }
    return GroupLine(
        by=by,
        key=key,
        name=bureau.name if bureau else "",
        name_en=bureau.name_en if bureau else "",
        counts=counts_of(one.state for one in members),
        median_down=median(rates[Flow.down]) if rates[Flow.down] else None,
        median_up=median(rates[Flow.up]) if rates[Flow.up] else None,
        measured=len(rates[Flow.down]),
    )
