"""Schools of a month by how they stand, put together by what they have in common. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from controller.compliance.district.figures import Counts, Group, Grouping, Standing
from inventory.models import Level, SchoolForm, Setting, Stage
from inventory.verdicts.rows import KeptSchool, SchoolFacts

#: Values in the order people list them in.
_ORDERS: Mapping[Grouping, Sequence[str]] = {
    Grouping.stage: tuple(Stage),
    Grouping.setting: (*Setting, SchoolForm.teaching_point),
    Grouping.form: tuple(SchoolForm),
}
_LEVELS = {Grouping.county: Level.county, Grouping.township: Level.township}
#: The setting teaching points are counted under, whatever their own.
TEACHING_POINT = SchoolForm.teaching_point.value


class Bureau(NamedTuple):
    """A bureau as figures name it."""

    code: str
    path: str
    level: Level
    name: str
    name_en: str


class Placed(NamedTuple):
    """A school with its month."""

    school: SchoolFacts
    kept: KeptSchool


def counts_of(standings: Iterable[str]) -> Counts:
    """Schools by standing."""
    found = Counter(standings)
    return Counts(**{one.value: found[one.value] for one in Standing})


class Tree:
    """Bureaus of schools: which county and which township a path lies in."""

    def __init__(self, bureaus: Sequence[Bureau]) -> None:
        self._by_code = {one.code: one for one in bureaus}

    def county(self, path: str) -> str:
        """Code of the county; of the highest bureau for schools that belong to no county."""
        codes = _codes(path)
        found = (one for one in codes if self._level(one) is Level.county)
        return next(found, codes[0] if codes else "")

    def township(self, path: str) -> str:
        """Code of the township; of the nearest bureau for schools that belong to none."""
        codes = _codes(path)
        return codes[-1] if codes else ""

    def named(self, code: str) -> tuple[str, str]:
        """A bureau's names; its code where the reader may not see it."""
        bureau = self._by_code.get(code)
        return (bureau.name, bureau.name_en) if bureau else (code, "")

    def is_direct(self, by: Grouping, code: str) -> bool:
        """Whether schools grouped under a bureau belong to none of that level."""
        return self._level(code) is not _LEVELS[by]

    def _level(self, code: str) -> Level | None:
        bureau = self._by_code.get(code)
        return bureau.level if bureau else None


def groups_of(placed: Sequence[Placed], tree: Tree) -> tuple[Group, ...]:
    """Every grouping; bureaus in the order of the tree, others by what their words sort by."""
    return (
        *_grouped(placed, Grouping.county, lambda one: tree.county(one.school.path), tree),
        *_grouped(placed, Grouping.township, lambda one: tree.township(one.school.path), tree),
        *_grouped(placed, Grouping.stage, lambda one: one.school.stage.value),
        *_grouped(placed, Grouping.setting, _setting),
        *_grouped(placed, Grouping.form, lambda one: one.school.form.value),
        *sorted(
            _grouped(placed, Grouping.provider, lambda one: one.kept.provider),
            key=lambda one: (not one.key, -one.counts.schools, one.key),
        ),
    )


def _grouped(
    placed: Sequence[Placed],
    by: Grouping,
    key: Callable[[Placed], str],
    tree: Tree | None = None,
) -> Sequence[Group]:
    members: dict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        members[key(one)].append(one)
    return [_group(by, name, some, tree) for name, some in _in_order(by, members)]


def _in_order(
    by: Grouping, members: Mapping[str, list[Placed]]
) -> Sequence[tuple[str, list[Placed]]]:
    order = _ORDERS.get(by)
    if order is None:
        return list(members.items())
    return sorted(members.items(), key=lambda item: order.index(item[0]))


def _group(by: Grouping, key: str, some: Sequence[Placed], tree: Tree | None) -> Group:
    name, name_en = tree.named(key) if tree else (key if by is Grouping.provider else "", "")
    down = [one.kept.median_down for one in some if one.kept.median_down is not None]
    up = [one.kept.median_up for one in some if one.kept.median_up is not None]
    return Group(
        by=by,
        key=key,
        name=name,
        name_en=name_en,
        counts=counts_of(one.kept.standing for one in some),
        median_down=median(down) if down else None,
        median_up=median(up) if up else None,
        measured=len(down),
        is_direct=tree is not None and tree.is_direct(by, key),
    )


def setting_of(school: SchoolFacts) -> str:
    """``urban``, ``town`` or ``rural``; a teaching point stands by itself."""
    if school.form is SchoolForm.teaching_point:
        return TEACHING_POINT
    return school.setting.value


def _setting(one: Placed) -> str:
    return setting_of(one.school)


def _codes(path: str) -> Sequence[str]:
    """Codes of the bureaus above a school, the highest first."""
    return path.strip("/").split("/")[:-1]
