"""The work list: rows that follow the contradictions, come and go by themselves, and come once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from inventory.ids import new_id
from inventory.models import (
    Contradiction,
    Device,
    DeviceTransfer,
    ItemState,
    KnownFirmware,
    ReconciliationItem,
    Resolution,
    TransferItem,
    TransferState,
)
from inventory.reconciliation.contradictions import Shown

#: What somebody brought into order and still contradicts after so long is to be looked at again.
SETTLED_AFTER = timedelta(days=1)
#: When the network showed something last is written this often, and not with every run.
_SEEN_EVERY = timedelta(days=1)
_AT_ONCE = 500
_FIRMWARE = SQLModel.metadata.tables["known_firmware"]
_ONGOING = (ItemState.open, ItemState.ignored, ItemState.ticket)
_TOLD = ("registered", "shown", "place", "room_id", "proposal_id", "school_code")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written of one key: a new row (``before`` is ``None``), or columns of one."""

    key: str
    before: ItemState | None
    values: Mapping[str, Any]


def changes(session: Session, found: Mapping[str, Shown], now: datetime) -> Sequence[Change]:
    """What makes the work list say what was found; nothing where it says so already."""
    known = {
        row.key: row
        for row in session.exec(
            select(ReconciliationItem).where(col(ReconciliationItem.state) != ItemState.gone)
        )
    }
    known |= _gone_before(session, sorted(found.keys() - known.keys()))
    moving = _on_their_way(session)
    wanted = []
    for key, one in found.items():
        row = known.get(key)
        if row is None:
            wanted.append(Change(key, None, _new(one, now)))
        elif _waits_for_transfer(row, moving):
            continue
        elif values := _again(row, one, now):
            wanted.append(Change(key, row.state, values))
    for key, row in known.items():
        if key not in found and row.state in _ONGOING:
            wanted.append(Change(key, row.state, {"state": ItemState.gone}))
    return wanted


def write(session: Session, some: Sequence[Change]) -> None:
    """Write a few hundred of them; what somebody decided meanwhile stays. Flushes only."""
    keys = [change.key for change in some]
    rows = {
        row.key: row
        for row in session.exec(
            select(ReconciliationItem).where(col(ReconciliationItem.key).in_(keys))
        )
    }
    for change in some:
        row = rows.get(change.key)
        if row is None and change.before is None:
            session.add(ReconciliationItem(**change.values))
        elif row is not None and row.state is change.before:
            for name, value in change.values.items():
                setattr(row, name, value)
            session.add(row)
    session.flush()


def unknown_versions(session: Session, most: int) -> Sequence[tuple[str, str]]:
    """Devices whose version nobody has noted yet, with it; at most so many."""
    rows = session.exec(
        select(Device.id, Device.version)
        .outerjoin(KnownFirmware, col(KnownFirmware.device_id) == Device.id)
        .where(col(Device.version).is_not(None), col(KnownFirmware.device_id).is_(None))
        .limit(most)
    )
    return [(device_id, version) for device_id, version in rows if version is not None]


def note_versions(session: Session, versions: Sequence[tuple[str, str]]) -> None:
    """Note versions of :func:`unknown_versions`, so that the next one is a change."""
    rows = [{"device_id": key, "version": version} for key, version in versions]
    session.execute(insert(_FIRMWARE), rows)


def _gone_before(session: Session, keys: Sequence[str]) -> dict[str, ReconciliationItem]:
    return {
        row.key: row
        for start in range(0, len(keys), _AT_ONCE)
        for row in session.exec(
            select(ReconciliationItem).where(
                col(ReconciliationItem.key).in_(keys[start : start + _AT_ONCE]),
                ReconciliationItem.state == ItemState.gone,
            )
        )
    }


def _new(one: Shown, now: datetime) -> dict[str, Any]:
    return asdict(one) | {"id": new_id("i"), "first_at": now}


def _on_their_way(session: Session) -> frozenset[str]:
    """Devices whose transfer waits for somebody."""
    query = (
        select(TransferItem.device_id)
        .join(DeviceTransfer, col(DeviceTransfer.id) == TransferItem.transfer_id)
        .where(col(DeviceTransfer.state).in_((TransferState.proposed, TransferState.agreed)))
    )
    return frozenset(session.exec(query))


def _waits_for_transfer(row: ReconciliationItem, moving: Collection[str]) -> bool:
    """Whether somebody has said where the device belongs, and schools have yet to agree."""
    return (
        row.kind is Contradiction.wrong_school
        and row.state is ItemState.resolved
        and row.resolution is Resolution.accept
        and row.device_id in moving
    )


def _again(row: ReconciliationItem, one: Shown, now: datetime) -> dict[str, Any]:
    """Columns that a contradiction which is found again changes."""
    told = {name: getattr(one, name) for name in _TOLD}
    values = {name: value for name, value in told.items() if getattr(row, name) != value}
    if one.seen_at - row.seen_at >= _SEEN_EVERY or values:
        values |= {} if one.seen_at == row.seen_at else {"seen_at": one.seen_at}
    if _returns(row, one, now):
        values |= {
            "state": ItemState.open,
            "first_at": now,
            "seen_at": one.seen_at,
            "resolution": None,
            "ignored_until": None,
            "ticket_id": None,
            "decided_at": None,
            "decided_by": None,
            "note": "",
        }
    elif row.state is ItemState.resolved:
        return {}
    return values


def _returns(row: ReconciliationItem, one: Shown, now: datetime) -> bool:
    if row.state is ItemState.gone:
        return True
    if row.state is ItemState.ignored:
        return row.ignored_until is not None and row.ignored_until <= now
    if row.state is not ItemState.resolved:
        return False
    if row.resolution is Resolution.reject:
        # The register is right about that one; about another one nobody has said so.
        return one.shown != row.shown
    return row.decided_at is not None and row.decided_at <= now - SETTLED_AFTER
