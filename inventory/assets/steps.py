"""Steps of devices' lives that were taken, whoever took them and whichever way."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import event, inspect
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, col, select

from inventory.audit import actor_of
from inventory.database import SessionFactory
from inventory.days import day_of
from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.lifecycle import check_transition
from inventory.models import Device, Lifecycle, LifeStep
from inventory.models.base import utc_now

#: Characters a reason may have.
MAX_REASON: Final = 500


def take_step(
    session: Session, device: Device, after: Lifecycle, *, on: date, reason: str, now: datetime
) -> LifeStep:
    """Take a step in a device's life, with its day and its reason.

    Args:
        session: flushed, not committed.
        device: of a school within the caller's scope.
        after: the state it goes to.
        on: the day it happened; not one to come.
        reason: in a sentence; steps that end a life need one.
        now: when it is written down, aware.

    Raises:
        LifecycleTransitionRefused: a device cannot go there from where it is.
        DisposalNeeded: a disposal alone takes it there.
        Invalid: a day to come, a day before the last step, or a reason that is missing or too long.
    """
    check_transition(device.lifecycle, after)
    reason = reason.strip()
    if len(reason) > MAX_REASON or not reason.isprintable():
        raise Invalid(field="reason", reason=f"{len(reason)} (0-{MAX_REASON})")
    if not reason and after in (Lifecycle.retired, Lifecycle.disposed, Lifecycle.lost):
        raise Invalid(field="reason", reason="-")
    if on > day_of(now):
        raise Invalid(field="on", reason=str(on))
    last = steps_of(session, device.id)[:1]
    if last and on < last[0].on:
        raise Invalid(field="on", reason=f"{on} < {last[0].on}")
    step = _step(session, device, device.lifecycle, after, on=on, reason=reason, at=now)
    session.add(step)
    device.lifecycle = after
    session.add(device)
    session.flush()
    return step


def steps_of(session: Session, device_id: str) -> Sequence[LifeStep]:
    """Steps of a device, the last one first."""
    query = select(LifeStep).where(LifeStep.device_id == device_id)
    return session.exec(query.order_by(col(LifeStep.at).desc(), col(LifeStep.id).desc())).all()


def keep_steps(factory: SessionFactory) -> SessionFactory:
    """The same factory, whose sessions write down every step: imports and orders take some, too."""

    @event.listens_for(factory, "before_flush")
    def _flushing(session: Session, _context: UOWTransaction, _instances: Any) -> None:
        told = {row.device_id for row in session.new if isinstance(row, LifeStep)}
        for row in session.dirty:
            if isinstance(row, Device) and row.id not in told:
                before = inspect(row).attrs["lifecycle"].history.deleted
                if before and before[0] is not row.lifecycle:
                    now = utc_now()
                    session.add(
                        _step(session, row, before[0], row.lifecycle, on=day_of(now), at=now)
                    )

    return factory


def _step(
    session: Session,
    device: Device,
    before: Lifecycle,
    after: Lifecycle,
    *,
    on: date,
    at: datetime,
    reason: str = "",
) -> LifeStep:
    actor = actor_of(session)
    return LifeStep(
        id=new_id("h"),
        device_id=device.id,
        school_code=device.school_code,
        before=before,
        after=after,
        on=on,
        reason=reason,
        at=at,
        actor=actor.login if actor is not None else "",
    )
