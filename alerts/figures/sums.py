"""What many repairs come to; pure. Parts may be added up in a database, and the rest here."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from statistics import median

from alerts.figures.repairs import Repair


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some repairs in a period; what nobody can tell is ``None``.

    Args:
        opened: tickets opened in the period.
        repaired: resolved in it by people.
        by_itself: resolved in it because the fault was gone.
        mtta: mean seconds from the opening to the answer, of those opened in the period.
        mttr: mean seconds from the opening to the repair, of those repaired in it.
        mtta_worked: the first of these in the business hours of each school.
        mttr_worked: the second, without the time in which a promise of a repair stands.
        first_time_fix: share of the repaired that one person repaired without its being reopened.
        sla_kept: share of the repaired that were in time, of those with a promise.
        backlog: open at the end of the period.
        backlog_age: median seconds they had been open for.
        cost: yuan, of those repaired.
        satisfaction: mean of the points, 1 (bad) to 5 (good), that reporters gave in the period.
        answers: how many gave any.
    """

    opened: int
    repaired: int
    by_itself: int
    mtta: float | None
    mttr: float | None
    mtta_worked: float | None
    mttr_worked: float | None
    first_time_fix: float | None
    sla_kept: float | None
    backlog: int
    backlog_age: float | None
    cost: Decimal | None
    satisfaction: float | None = None
    answers: int = 0


@dataclass(slots=True)
class Mean:
    """A sum, and of how many."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float | None) -> None:
        """Add one; ``None`` is not known, and does not count."""
        if value is not None:
            self.total += value
            self.count += 1

    def __add__(self, other: "Mean") -> "Mean":
        return Mean(self.total + other.total, self.count + other.count)

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class Sums:
    """What is counted of the repairs of a group: sums of parts are those of the whole."""

    opened: int = 0
    repaired: int = 0
    by_itself: int = 0
    at_once: int = 0
    in_time: int = 0
    promised: int = 0
    answer: Mean = field(default_factory=Mean)
    repair: Mean = field(default_factory=Mean)
    answer_worked: Mean = field(default_factory=Mean)
    repair_worked: Mean = field(default_factory=Mean)
    satisfaction: Mean = field(default_factory=Mean)
    #: Yuan of those that cost anything.
    costs: list[Decimal] = field(default_factory=list)
    #: Seconds for which each that is open had been so.
    ages: list[float] = field(default_factory=list)

    def __iadd__(self, other: "Sums") -> "Sums":
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self

    def add(self, one: Repair, begin: datetime, end: datetime) -> None:
        """Count one repair as of the end of a period."""
        if begin <= one.opened < end:
            self.opened += 1
            self.answer.add(_seconds(one.opened, one.answered))
            self.answer_worked.add(one.worked_answer)
        if one.done is None:
            self.ages.append((end - one.opened).total_seconds())
        elif begin <= one.done < end:
            if one.by_itself:
                self.by_itself += 1
            else:
                self._add_fixed(one, one.done)

    def _add_fixed(self, one: Repair, done: datetime) -> None:
        self.repaired += 1
        self.at_once += one.at_once
        self.repair.add(_seconds(one.opened, done))
        self.repair_worked.add(one.worked)
        if one.due is not None:
            self.promised += 1
            self.in_time += done <= one.due
        if one.cost is not None:
            self.costs.append(one.cost)

    def figures(self) -> Figures:
        """What they come to."""
        return Figures(
            opened=self.opened,
            repaired=self.repaired,
            by_itself=self.by_itself,
            mtta=self.answer.value,
            mttr=self.repair.value,
            mtta_worked=self.answer_worked.value,
            mttr_worked=self.repair_worked.value,
            first_time_fix=_share(self.at_once, self.repaired),
            sla_kept=_share(self.in_time, self.promised),
            backlog=len(self.ages),
            backlog_age=median(self.ages) if self.ages else None,
            cost=sum(self.costs, Decimal(0)) if self.costs else None,
            satisfaction=self.satisfaction.value,
            answers=self.satisfaction.count,
        )


def figures_of(repairs: Iterable[Repair], begin: datetime, end: datetime) -> Figures:
    """The figures of a period.

    Args:
        repairs: as of its end.
        begin: its first moment.
        end: the first moment after it.
    """
    sums = Sums()
    for one in repairs:
        sums.add(one, begin, end)
    return sums.figures()


def _seconds(begin: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - begin).total_seconds()


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
