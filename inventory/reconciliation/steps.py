"""Steps of a device's life that a count or a contradiction brings about, with their reasons."""

from datetime import datetime

from sqlmodel import Session

from inventory.assets.steps import MAX_REASON, steps_of, take_step
from inventory.days import day_of
from inventory.models import Device, Lifecycle


def step_now(
    session: Session, device: Device, after: Lifecycle, reason: str, now: datetime
) -> None:
    """Take a step today; none where the device is there already.

    A step taken by the clock of another time zone may bear tomorrow's date: then so does this one.

    Raises:
        LifecycleTransitionRefused: a device cannot go there from where it is.
    """
    if device.lifecycle is after:
        return
    last = steps_of(session, device.id)[:1]
    on = max(day_of(now), last[0].on) if last else day_of(now)
    told = "".join(sign for sign in " ".join(reason.split()) if sign.isprintable())
    take_step(session, device, after, on=on, reason=told[:MAX_REASON] or "-", now=now)
