"""Steps are written down as they are taken, and taken back by counter-entries.

A step names the rows it changes and those it rests on. The entry keeps the values before and
after, so that a counter-entry restores exactly what was: it is refused while a later step stands
that touched a row which the entry changed, and where somebody changed such a row by other means.
Along each row, steps are therefore taken back last first.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, delete, select

from inventory.days import ZONE, day_of
from inventory.errors import Invalid, NotFound
from inventory.models import Attachment, DeviceState, LifeStep
from inventory.models.device import Device
from inventory.models.organisation import Organisation, School
from inventory.models.people import Role
from inventory.models.procurement_ledger import ProcurementEntry, ProcurementTouch, Subject
from inventory.models.procurement_movement import (
    DeviceTransfer,
    Disposal,
    DisposalItem,
    TransferItem,
)
from inventory.models.procurement_order import (
    Delivery,
    DeliveryLine,
    OrderLine,
    PurchaseOrder,
    ReceivedItem,
)
from inventory.models.procurement_project import (
    ProcurementProject,
    ProjectLine,
    ProjectStageRow,
)
from inventory.models.procurement_request import EquipmentRequest, RequestApproval, RequestLine
from inventory.money.amounts import CENT
from inventory.procurement.actor import Actor
from inventory.procurement.booking import unbook
from inventory.procurement.entries import EntryRepository
from inventory.procurement.errors import (
    ChangedSince,
    HasHistory,
    LaterStepsRest,
    OtherRoleNeeded,
    UndoneAlready,
)
from inventory.procurement.room_left import check_room, hold
from inventory.scope import Scope

MAX_COMMENT = 2_000
#: The step by which an order becomes an expense.
ACCEPT = "accept"
_TABLES: Mapping[str, type[SQLModel]] = {
    str(model.__tablename__): model
    for model in (
        Attachment,
        Device,
        DeviceState,
        DeviceTransfer,
        TransferItem,
        Disposal,
        DisposalItem,
        PurchaseOrder,
        OrderLine,
        Delivery,
        DeliveryLine,
        ReceivedItem,
        ProcurementProject,
        ProjectLine,
        ProjectStageRow,
        EquipmentRequest,
        RequestApproval,
        RequestLine,
    )
}
#: Columns that others count and that mean nothing to a step.
_COUNTED = frozenset({"revision", "status_rank"})
_TAKE = text(
    "INSERT INTO procurement_number (series, last) VALUES (:series, 1)"
    " ON CONFLICT (series) DO UPDATE SET last = procurement_number.last + 1 RETURNING last"
)
_MEANINGS: Mapping[str, Callable[[str], object]] = {
    "decimal": Decimal,
    "instant": datetime.fromisoformat,
    "day": date.fromisoformat,
}
Document = EquipmentRequest | ProcurementProject | PurchaseOrder | DeviceTransfer | Disposal
_SUBJECTS: Mapping[type[SQLModel], Subject] = {
    EquipmentRequest: Subject.request,
    ProcurementProject: Subject.project,
    PurchaseOrder: Subject.order,
    DeviceTransfer: Subject.transfer,
    Disposal: Subject.disposal,
}


def take_number(session: Session, letters: str, now: datetime) -> str:
    """The next number of a series and year, such as ``SQ-2026-0001``; without gaps."""
    series = f"{letters}-{day_of(now).year}"
    last: int = session.connection().execute(_TAKE, {"series": series}).scalar_one()
    return f"{series}-{last:04d}"


class Step:
    """Rows of one step while it is taken."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before: list[tuple[SQLModel, dict[str, Any]]] = []
        self._created: list[SQLModel] = []
        self._removed: list[dict[str, Any]] = []
        self._rested: list[SQLModel] = []

    def change(self, *rows: SQLModel) -> None:
        """These rows are about to be changed."""
        self._before += [(row, _values(row)) for row in rows]

    def create(self, *rows: SQLModel) -> None:
        """Keep new rows; a counter-entry takes them away again."""
        self._session.add_all(rows)
        self._session.flush()
        self._created += rows

    def remove(self, *rows: SQLModel) -> None:
        """Take rows away; a counter-entry brings them back."""
        for row in rows:
            self._removed.append({**_name(row), "before": _told(_values(row)), "after": None})
            self._session.delete(row)
        self._session.flush()

    def rest_on(self, *rows: SQLModel) -> None:
        """What stands here now is taken for granted: it cannot be taken back from under it."""
        self._rested += rows

    def changes(self) -> Sequence[dict[str, Any]]:
        """What the step did, as the ledger keeps it."""
        self._session.flush()
        told = list(self._removed)
        told += [
            {**_name(row), "before": None, "after": _told(_values(row))} for row in self._created
        ]
        for row, before in self._before:
            after = _values(row)
            fields = [name for name in after if after[name] != before[name]]
            if fields:
                told.append(
                    {
                        **_name(row),
                        "before": _told({name: before[name] for name in fields}),
                        "after": _told({name: after[name] for name in fields}),
                    }
                )
        return told

    def touches(self, changes: Sequence[dict[str, Any]]) -> Mapping[tuple[str, str], bool]:
        """Rows by table and key: whether the step changed them."""
        found = {(n["table"], n["key"]): False for n in map(_name, self._rested)}
        return found | {(change["table"], change["key"]): True for change in changes}


class Ledger:
    """Writes steps of one person; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now

    @contextmanager
    def step(
        self,
        document: Document,
        name: str,
        *,
        comment: str = "",
        role: Role | None = None,
        at_school: str | None = None,
    ) -> Iterator[Step]:
        """Take a step: what happens inside is written when it ends without an error.

        Args:
            document: what the step is about; kept already, or created inside.
            name: of the step.
            comment: in the person's words.
            role: the person acts in; without one, the first that has the right there.
            at_school: which of the two, where a document concerns two schools.

        Raises:
            Invalid: the comment is too long.
            OutOfScope: the person has the right somewhere else only.
        """
        if len(comment) > MAX_COMMENT:
            raise Invalid(field="comment", reason=f"{len(comment)} (0-{MAX_COMMENT})")
        school, organisation = _place(document)
        path = self._path(at_school or school, organisation)
        role = role or self._actor.role_at(path)
        step = Step(self._session)
        yield step
        changes = step.changes()
        entry = ProcurementEntry(
            subject=_SUBJECTS[type(document)],
            subject_id=document.id,
            step=name,
            at=self._now,
            actor_id=self._actor.id,
            role=role,
            right=self._actor.right,
            comment=comment.strip(),
            changes=json.dumps(changes, ensure_ascii=False),
            school_code=at_school or school,
            organisation_code=organisation,
        )
        self._keep(entry, step.touches(changes))

    def undo(self, entry_id: int, reason: str) -> ProcurementEntry:
        """Take a step back by a counter-entry that restores the state before it.

        Raises:
            NotFound: no such step within the person's scope.
            Invalid: no reason, or too long a one.
            OtherRoleNeeded: it was taken in a role the person does not have there.
            UndoneAlready: it was taken back already, or is a counter-entry.
            LaterStepsRest: a step that rests on it still stands.
            ChangedSince: a row was changed outside procurement since.
            HasHistory: a device that the step made was polled or moved on by others since.
            CeilingExceeded: other orders took what an order gave back to its contract.
            DeviceBusy: a device that was let go is part of another transfer or disposal.
            NumberTaken: another device bears by now the number of one that was disposed of.
        """
        if not 0 < len(reason.strip()) <= MAX_COMMENT:
            raise Invalid(field="reason", reason=f"{len(reason.strip())} (1-{MAX_COMMENT})")
        entries = EntryRepository(self._session, self._actor.scope)
        entry = entries.get(entry_id)
        if entry is None:
            raise NotFound(what="entry", key=entry_id)
        path = self._path(entry.school_code, entry.organisation_code)
        if entry.right is not self._actor.right or entry.role not in self._actor.roles_at(path):
            raise OtherRoleNeeded(key=entry.subject_id, role=entry.role)
        hold(self._session, entry.subject, entry.subject_id)
        if entry.undoes_id is not None or entries.is_undone(entry_id):
            raise UndoneAlready(key=entry_id)
        for later in entries.standing_on(entry_id):
            raise LaterStepsRest(
                key=later.subject_id,
                step=later.step,
                at=later.at.astimezone(ZONE).isoformat(" ", "minutes"),
            )
        self._restore(json.loads(entry.changes))
        if (entry.subject, entry.step) == (Subject.order, ACCEPT):
            unbook(self._session, entry.subject_id, reason, self._actor.id)
        check_room(self._session, entry.subject, entry.subject_id)
        counter = ProcurementEntry(
            subject=entry.subject,
            subject_id=entry.subject_id,
            step=entry.step,
            at=self._now,
            actor_id=self._actor.id,
            role=entry.role,
            right=entry.right,
            comment=reason.strip(),
            undoes_id=entry.id,
            school_code=entry.school_code,
            organisation_code=entry.organisation_code,
        )
        return self._keep(counter, {})

    def _keep(
        self, entry: ProcurementEntry, touches: Mapping[tuple[str, str], bool]
    ) -> ProcurementEntry:
        self._session.add(entry)
        self._session.flush()
        assert entry.id is not None  # noqa: S101 - the flush has given it one
        for (table, key), changed in touches.items():
            self._session.add(
                ProcurementTouch(entry_id=entry.id, row_table=table, row_key=key, changed=changed)
            )
        self._session.flush()
        return entry

    def _path(self, school: str | None, organisation: str | None) -> str:
        if school is not None:
            return self._session.get_one(School, school).path
        return self._session.get_one(Organisation, organisation).path

    def _restore(self, changes: Sequence[Mapping[str, Any]]) -> None:
        rows = [(change, self._row(change)) for change in changes if change["after"] is not None]
        for change, row in rows:
            now = _told(_values(row))
            if any(now[name] != value for name, value in change["after"].items()):
                raise ChangedSince(key=_title(row))
        changed = [(change["before"], row) for change, row in rows if change["before"] is not None]
        for before, row in changed:
            for name, value in before.items():
                setattr(row, name, _meant(value))
            self._session.add(row)
        self._session.flush()
        self._delete([row for change, row in rows if change["before"] is None])
        for change in changes:
            if change["after"] is None:
                values = {name: _meant(value) for name, value in change["before"].items()}
                self._session.add(_TABLES[change["table"]](**values))
        self._session.flush()
        for _, row in changed:
            self._session.refresh(row)

    def _row(self, change: Mapping[str, Any]) -> SQLModel:
        model = _TABLES[change["table"]]
        key = tuple(change["key"].split("/"))
        row = self._session.get(model, key, populate_existing=True, with_for_update=True)
        if row is None:
            raise ChangedSince(key=change["key"])
        return row

    def _delete(self, rows: Sequence[SQLModel]) -> None:
        """Take away what a step had made; a device that is in use by now stays."""
        for row in reversed(rows):
            if isinstance(row, Device):
                self._check_untouched(row)
            try:
                with self._session.begin_nested():
                    if isinstance(row, Device):
                        # It never came, so it has had no life but that of steps taken back.
                        self._session.exec(
                            delete(LifeStep).where(col(LifeStep.device_id) == row.id)
                        )
                    self._session.delete(row)
                    self._session.flush()
            except IntegrityError:
                raise ChangedSince(key=_title(row)) from None

    def _check_untouched(self, device: Device) -> None:
        """Let a device go that procurement alone has had in its hands.

        Raises:
            HasHistory: it was polled, or somebody else took a step of its life.
        """
        steps = select(func.count()).where(col(LifeStep.device_id) == device.id)
        own = EntryRepository(self._session, Scope.everything()).life_steps_of(device.id)
        polled = self._session.get(DeviceState, device.id) is not None
        if polled or self._session.exec(steps.select_from(LifeStep)).one() > own:
            raise HasHistory(key=device.name)


def _place(document: Document) -> tuple[str | None, str | None]:
    if isinstance(document, ProcurementProject):
        return None, document.organisation_code
    if isinstance(document, DeviceTransfer):
        return document.from_school_code, None
    return document.school_code, None


def _name(row: SQLModel) -> dict[str, str]:
    mapper = inspect(type(row))
    key = "/".join(str(part) for part in mapper.primary_key_from_instance(row))
    return {"table": str(type(row).__tablename__), "key": key}


def _title(row: SQLModel) -> str:
    return str(getattr(row, "name", "") or getattr(row, "number", "") or _name(row)["key"])


def _values(row: SQLModel) -> dict[str, Any]:
    columns = inspect(type(row)).columns
    return {
        column.key: getattr(row, column.key) for column in columns if column.key not in _COUNTED
    }


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _as_json(value) for name, value in values.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value.quantize(CENT))}
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def _meant(value: Any) -> Any:
    if isinstance(value, dict):
        [(kind, written)] = value.items()
        return _MEANINGS[kind](written)
    return value
