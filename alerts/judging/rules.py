"""Rules as data: what is looked for, where, and how loudly it is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from alerts.judging.conditions import Condition
from alerts.severity import Severity
from drivers.readings import Kind

_C = TypeVar("_C", bound=Condition)
_MOST_KNOWN = 100_000
#: What answers that were kept are not asked for under.
_TAGS = ("tags",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """What a rule is about; an empty part does not narrow.

    Args:
        organisations: codes of bureaus and schools.
        kinds, models, tags: of devices; of the tags one is enough.
    """

    organisations: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    models: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def holds(
        self,
        path: str,
        kind: Kind | None = None,
        model: str = "",
        tags: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether it is about a device, or with no kind given about a school itself."""
        return (
            (not self.organisations or not self.organisations.isdisjoint(path.split("/")))
            and (not self.kinds or kind in self.kinds)
            and (not self.models or model in self.models)
            and (not self.tags or not self.tags.isdisjoint(tags))
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """One rule for some devices.

    Args:
        id: its own name, for people who change it; behind the code of the bureau whose own it is,
            as in ``3304/switch_hot``.
        rule: the fault's name; several definitions may find one fault, each for its kinds.
        version: grows with every change.
        enabled: one that is off still keeps those below it from what it is about.
    """

    id: str
    rule: str
    condition: Condition
    version: int = 1
    severity: Severity = Severity.warning
    where: Where = Where()
    enabled: bool = True

    @property
    def owner(self) -> str:
        """Code of the bureau below which it holds; empty for everywhere."""
        return self.id.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its id among the rules of one owner: of equal ones the nearest replaces the others."""
        return self.id.rpartition("/")[2]

    @property
    def is_everywhere(self) -> bool:
        """Whether it is about all devices of its kinds."""
        where = self.where
        return not (self.owner or where.organisations or where.models or where.tags)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Definitions, the nearest first: of those of one fault the first that fits a device counts."""

    definitions: tuple[Definition, ...] = ()
    #: What was asked before: a fleet has few kinds, models and tags.
    _known: dict[tuple[Any, ...], tuple[Any, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def over(self, own: Iterable[Definition]) -> "RuleSet":
        """These, and before them nearer ones, which replace equal names where they hold."""
        return RuleSet((*own, *self.definitions))

    def of(
        self,
        condition: type[_C],
        path: str,
        kind: Kind | None = None,
        model: str = "",
        tags: frozenset[str] = frozenset(),
    ) -> tuple[tuple[Definition, _C], ...]:
        """Definitions of one sort of condition for a device, one a fault, with their condition."""
        key = (condition, path, kind, model, tags & self._tags())
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = tuple(self._found(*key))
        return self._known[key]

    def _tags(self) -> frozenset[str]:
        """Those any definition asks for: devices have many more."""
        if _TAGS not in self._known:
            asked = (one.where.tags for one in self.definitions)
            self._known[_TAGS] = (frozenset().union(*asked),)
        found: frozenset[str] = self._known[_TAGS][0]
        return found

    def _found(
        self,
        condition: type[_C],
        path: str,
        kind: Kind | None,
        model: str,
        tags: frozenset[str],
    ) -> Iterator[tuple[Definition, _C]]:
        met: set[str] = set()
        names: set[str] = set()
        above = path.split("/")
        for one in self.definitions:
            if (one.owner and one.owner not in above) or one.name in names:
                continue
            names.add(one.name)
            if not isinstance(one.condition, condition) or one.rule in met:
                continue
            if one.where.holds(path, kind, model, tags):
                met.add(one.rule)
                if one.enabled:
                    yield one, one.condition
