"""What differs between two versions of a standard, target by target. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from inventory.standards.model import Standard, Target


class What(StrEnum):
    """What became of a target."""

    added = "added"
    removed = "removed"
    changed = "changed"


@dataclass(frozen=True, slots=True)
class TargetChange:
    """One target that is not what it was.

    Args:
        target: as it is now; as it was where it was removed.
        fields: names of changed fields, each with what it was and what it is.
    """

    what: What
    target: Target
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def changes(before: Standard, after: Standard) -> list[TargetChange]:
    """Targets that were added, changed or removed, in the order of the newer version."""
    return [*_changed(before, after), *_removed(before, after)]


def renamed(before: Standard, after: Standard) -> bool:
    """Whether the plan is called otherwise, in either language."""
    return (before.plan, before.plan_translation) != (after.plan, after.plan_translation)


def _changed(before: Standard, after: Standard) -> Iterator[TargetChange]:
    for target in after.targets:
        was = before.target(target.id)
        if was is None:
            yield TargetChange(What.added, target)
        elif was != target:
            yield TargetChange(What.changed, target, _differences(was, target))


def _removed(before: Standard, after: Standard) -> Iterator[TargetChange]:
    for target in before.targets:
        if after.target(target.id) is None:
            yield TargetChange(What.removed, target)


def _differences(was: Target, now: Target) -> Mapping[str, tuple[Any, Any]]:
    return {
        one.name: (getattr(was, one.name), getattr(now, one.name))
        for one in msgspec.structs.fields(Target)
        if getattr(was, one.name) != getattr(now, one.name)
    }
