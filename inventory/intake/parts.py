"""Components and neighbours of a device: replaced as a whole with each inventory it tells.

Only the facts that the device's state has taken (``facts_at``) are written, so older ones that
come late from a spool change nothing, and the same ones twice end in the same rows.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from drivers.readings import Facts, Poll
from inventory.intake.observed import MAX_NAME, MAX_TEXT, clean, instant
from inventory.models import Component, DeviceState, Neighbour

#: A large chassis has under 2,000 parts; more are cut.
MOST_ROWS = 5_000


def record_parts(session: Session, polls: Iterable[Poll]) -> None:
    """Write what polls say of components and neighbours; after ``record_polls``, never commits."""
    told: dict[str, Poll] = {}
    for poll in polls:
        if poll.facts is not None and (
            poll.subject not in told or told[poll.subject].taken_at <= poll.taken_at
        ):
            told[poll.subject] = poll
    if not told:
        return
    query = select(DeviceState.device_id, DeviceState.facts_at).where(
        col(DeviceState.device_id).in_(told)
    )
    current = dict(session.exec(query).all())
    for device_id, poll in told.items():
        if poll.facts is None or current.get(device_id) != instant(poll.taken_at):
            continue
        for model, rows in (
            (Component, _components(poll.facts)),
            (Neighbour, _neighbours(poll.facts)),
        ):
            session.execute(delete(model).where(col(model.device_id) == device_id))
            seen = {"device_id": device_id, "seen_at": instant(poll.taken_at)}
            if rows:
                session.execute(
                    insert(model), [row | seen | {"place": n} for n, row in enumerate(rows)]
                )


def _components(facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "class_": clean(part.class_, 32) or "",
            "name": clean(part.name),
            "model": clean(part.model),
            "serial": clean(part.serial, MAX_NAME),
        }
        for part in facts.components[:MOST_ROWS]
    ]


def _neighbours(facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "local_port": clean(one.local_port, MAX_NAME) or "",
            "remote_name": clean(one.remote_name, MAX_TEXT),
            "remote_port": clean(one.remote_port, MAX_NAME),
            "protocol": clean(one.protocol, 16) or "",
        }
        for one in facts.neighbours[:MOST_ROWS]
    ]
