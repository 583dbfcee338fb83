"""Chapters of the annual report beyond lines: equipment, money, repairs, people, each counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import extract, func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from alerts.models import Ticket
from alerts.repositories.bureaus import no_others_bureau
from controller.reports.chapters import Chapter, ChapterKind, Figure
from inventory.days import ZONE, day_of
from inventory.models import (
    BudgetEntry,
    BudgetLine,
    Device,
    DeviceUsage,
    Lifecycle,
    OrderState,
    Organisation,
    ProcurementProject,
    Programme,
    ProgrammeCategory,
    ProjectStage,
    PurchaseOrder,
    School,
    StaffRole,
    StageState,
)
from inventory.models.procurement_project import ProjectStageRow
from inventory.repositories.school_records import StaffRepository
from inventory.repositories.scoped import Repository, within
from inventory.schools.staff import is_advanced, is_certified, person_of
from inventory.scope import Scope

#: Not in the register's stock: what has not come yet, and what is gone.
_ELSEWHERE = (Lifecycle.requested, Lifecycle.ordered, Lifecycle.disposed, Lifecycle.lost)
_NOTHING = Decimal(0)
#: Hours within which tickets are resolved, to be held against whatever a bureau has agreed upon.
_QUICK = (24, 72, 168)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearAsked:
    """Of what the chapters are.

    Args:
        path: of a bureau or a school.
        first: day of the year; ``last`` is its last one.
        on: day on which the register is counted.
        money: whether amounts are told.
    """

    path: str
    first: date
    last: date
    on: date
    money: bool = True


def chapters_of(session: Session, scope: Scope, asked: YearAsked) -> tuple[Chapter, ...]:
    """Every chapter that has something to say; equipment as the register stands."""
    counts = _Counts(session, scope, asked)
    found = [
        Chapter(kind=ChapterKind.equipment, figures=(*counts.equipment(), *counts.usage())),
        Chapter(kind=ChapterKind.procurement, figures=tuple(counts.procurement())),
        Chapter(kind=ChapterKind.maintenance, figures=tuple(counts.maintenance())),
        Chapter(kind=ChapterKind.administrators, figures=_administrators(session, scope, asked)),
    ]
    return tuple(one for one in found if one.figures)


class _Counts(Repository):
    """What chapters count, within the caller's scope and below a path."""

    def __init__(self, session: Session, scope: Scope, asked: YearAsked) -> None:
        super().__init__(session, scope)
        self._asked = asked
        self._begin = datetime.combine(asked.first, time(), ZONE)
        self._end = datetime.combine(asked.last + timedelta(days=1), time(), ZONE)

    def equipment(self) -> Iterable[Figure]:
        """Devices in all, by kind, by status and by year of purchase; none of people's own."""
        year = extract("year", col(Device.purchased_on))
        rows = self._session.execute(
            columns(col(Device.kind), col(Device.lifecycle), year, func.count())
            .join(School, col(School.code) == col(Device.school_code))
            .where(
                *self._schools(),
                col(Device.is_personal).is_(False),
                col(Device.lifecycle).not_in(_ELSEWHERE),
            )
            .group_by(col(Device.kind), col(Device.lifecycle), year)
        ).all()
        all_of = sum(count for *_, count in rows)
        if not all_of:
            return
        on, used = self._asked.on, Lifecycle.in_service
        running = sum(count for _, state, _, count in rows if state is used)
        yield _figure("devices_in_service", "", running, all_of, on)
        for kind in sorted({row[0] for row in rows}):
            some = [row for row in rows if row[0] is kind]
            inside = sum(count for _, state, _, count in some if state is used)
            yield _figure("devices_of_kind", kind, inside, sum(row[3] for row in some), on)
        for name, at in (("devices_in_state", 1), ("devices_bought", 2)):
            for key in sorted({row[at] for row in rows if row[at] is not None}):
                number = sum(row[3] for row in rows if row[at] == key)
                told = key if isinstance(key, str) else str(int(key))
                yield _figure(name, told, number, all_of, on)

    def usage(self) -> Iterable[Figure]:
        """Hours a week that devices are in use, in the mean and by kind, as counted last."""
        rows = self._session.execute(
            columns(
                col(Device.kind), func.sum(col(DeviceUsage.hours_a_week)), func.count(),
                func.max(col(DeviceUsage.counted_at)),
            )
            .join(Device, col(Device.id) == col(DeviceUsage.device_id))
            .join(School, col(School.code) == col(DeviceUsage.school_code))
            .where(*self._schools(), col(Device.is_personal).is_(False))
            .group_by(col(Device.kind))
            .order_by(col(Device.kind))
        ).all()  # fmt: skip
        if not rows:
            return
        on = day_of(max(at for *_, at in rows))
        yield _figure(
            "hours_in_use", "", _tenths(sum(r[1] for r in rows)), sum(r[2] for r in rows), on
        )
        for kind, hours, devices, at in rows:
            yield _figure("hours_of_kind", kind, _tenths(hours), devices, day_of(at))

    def procurement(self) -> Iterable[Figure]:
        """Projects begun and orders placed in the year; amounts where they may be told."""
        finished = columns(col(ProjectStageRow.project_id)).where(
            col(ProjectStageRow.stage) == ProjectStage.completion_acceptance,
            col(ProjectStageRow.state) == StageState.approved,
        )
        projects = self._session.execute(
            columns(func.count(), func.count().filter(col(ProcurementProject.id).in_(finished)))
            .join(
                Organisation,
                col(Organisation.code) == col(ProcurementProject.organisation_code),
            )
            .where(*self._bureaus(), *self._during(ProcurementProject.created_at))
        ).one()
        if projects[0]:
            yield _figure("projects", "", projects[1], projects[0], self._asked.last)
        accepted = col(PurchaseOrder.state) == OrderState.accepted
        total = func.sum(col(PurchaseOrder.total_cny))
        orders = self._session.execute(
            columns(func.count(), func.count().filter(accepted), total, total.filter(accepted))
            .join(School, col(School.code) == col(PurchaseOrder.school_code))
            .where(
                *self._schools(),
                *self._during(PurchaseOrder.placed_at),
                col(PurchaseOrder.state) != OrderState.cancelled,
            )
        ).one()
        if orders[0]:
            yield _figure("orders", "", orders[1], orders[0], self._asked.last)
            if self._asked.money:
                yield _figure("ordered_cny", "", orders[3] or 0, orders[2] or 0, self._asked.last)
        if self._asked.money:
            yield from self._budgets()

    def maintenance(self) -> Iterable[Figure]:
        """Tickets opened in the year, month by month, and how long the resolved ones took."""
        rows = self._session.execute(
            columns(col(Ticket.opened_at), col(Ticket.resolved_at))
            .join(School, col(School.code) == col(Ticket.school_code))
            .where(
                *self._schools(),
                *self._during(Ticket.opened_at),
                no_others_bureau(Scope.of([self._asked.path]), Ticket.organisation_code),
            )
        ).all()
        if not rows:
            return
        done = [(opened, resolved) for opened, resolved in rows if resolved is not None]
        yield _figure("tickets", "", len(done), len(rows), self._asked.last)
        hours = sum((resolved - opened).total_seconds() for opened, resolved in done) / 3600
        if done:
            told = Decimal(hours).quantize(Decimal("0.01"))
            yield _figure("hours_to_repair", "", told, len(done), self._asked.last)
        took = [resolved - opened for opened, resolved in done]
        for limit in _QUICK:
            within = sum(one <= timedelta(hours=limit) for one in took)
            yield _figure("tickets_within", str(limit), within, len(rows), self._asked.last)
        months = [opened.astimezone(ZONE).date().replace(day=1) for opened, _ in rows]
        closed = [opened.astimezone(ZONE).date().replace(day=1) for opened, _ in done]
        for month in sorted(set(months)):
            key = f"{month:%Y-%m}"
            yield _figure("tickets", key, closed.count(month), months.count(month), month)

    def _budgets(self) -> Iterable[Figure]:
        """What programmes planned for the year their budget has its number of, and spent."""
        year = self._asked.first.year
        planned = self._by_category(BudgetLine, func.sum(col(BudgetLine.to_cny)), year)
        spent = self._by_category(BudgetEntry, func.sum(col(BudgetEntry.amount_cny)), year)
        keys = list(dict.fromkeys((*planned, *spent)))
        if not keys:
            return
        yield _figure(
            "budget_cny",
            str(year),
            sum(spent.values(), _NOTHING),
            sum(planned.values(), _NOTHING),
            self._asked.last,
        )
        for key in keys:
            yield _figure(
                "budget_of_category",
                " · ".join(key),
                spent.get(key, _NOTHING),
                planned.get(key, _NOTHING),
                self._asked.last,
            )

    def _by_category(
        self, model: type[BudgetLine | BudgetEntry], total: Any, year: int
    ) -> Mapping[tuple[str, str], Decimal]:
        """Amounts by programme and category, in the order of both."""
        row: Any = model
        rows = self._session.execute(
            columns(col(Programme.name), col(ProgrammeCategory.name), total)
            .join(Programme, col(Programme.id) == row.programme_id)
            .join(
                ProgrammeCategory,
                (col(ProgrammeCategory.programme_id) == row.programme_id)
                & (col(ProgrammeCategory.code) == row.category),
            )
            .join(Organisation, col(Organisation.code) == col(Programme.organisation_code))
            .where(*self._bureaus(), row.year == year)
            .group_by(
                col(Programme.name),
                col(ProgrammeCategory.name),
                col(Programme.id),
                col(ProgrammeCategory.position),
            )
            .order_by(col(Programme.id), col(ProgrammeCategory.position))
        )
        found: dict[tuple[str, str], Decimal] = {}
        for programme, category, amount in rows:
            key = (programme, category)
            found[key] = found.get(key, _NOTHING) + (amount or _NOTHING)
        return found

    def _schools(self) -> Sequence[Any]:
        return self._below(School.path)

    def _bureaus(self) -> Sequence[Any]:
        return self._below(Organisation.path)

    def _below(self, path: Any) -> Sequence[Any]:
        return (self._scope.condition(col(path)), within(col(path), self._asked.path))

    def _during(self, at: Any) -> Sequence[Any]:
        return (col(at) >= self._begin, col(at) < self._end)


def _administrators(session: Session, scope: Scope, asked: YearAsked) -> tuple[Figure, ...]:
    """People who look after networks on the last day, each once, and their certificates."""
    found: dict[str, list[bool]] = {}
    for row in StaffRepository(session, scope).in_role(StaffRole.network_administrator, asked.last):
        if row.path.startswith(asked.path):
            told = found.setdefault(person_of(row), [False, False])
            told[0] |= is_certified(row, asked.last)
            told[1] |= is_advanced(row, asked.last)
    if not found:
        return ()
    names = ("administrators_certified", "administrators_advanced")
    return tuple(
        _figure(name, "", sum(told[at] for told in found.values()), len(found), asked.last)
        for at, name in enumerate(names)
    )


def _tenths(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"))


def _figure(name: str, key: str, above: Any, below: Any, on: date) -> Figure:
    return Figure(name=name, key=key, numerator=Decimal(above), denominator=Decimal(below), on=on)
