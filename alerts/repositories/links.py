"""Who sees whom by LLDP and CDP, out of what devices told of their neighbours."""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, select

from alerts.judging.tree import Link
from drivers.readings import Kind
from inventory.models import Device, Lifecycle, Neighbour


def links_of(session: Session, schools: Collection[str]) -> tuple[list[Link], dict[str, Kind]]:
    """Who sees whom by LLDP and CDP, among the devices of the same school."""
    seen: Any = (
        select(Device.school_code, Neighbour.device_id, Neighbour.local_port)
        .add_columns(col(Neighbour.remote_name))
        .join(Device, col(Device.id) == Neighbour.device_id)
        .where(
            col(Device.school_code).in_(schools),
            # One that was replaced often has the name of the other.
            col(Device.lifecycle) == Lifecycle.in_service,
            col(Neighbour.remote_name).is_not(None),
        )
    )
    told = session.exec(seen).all()
    if not told:
        return [], {}
    known: Any = select(Device.school_code, Device.name, Device.id, Device.kind).where(
        col(Device.school_code).in_(schools), col(Device.lifecycle) == Lifecycle.in_service
    )
    ids: dict[tuple[str, str], str] = {}
    kinds: dict[str, Kind] = {}
    for school, name, device, kind in session.exec(known):
        ids[school, _short(name)] = device
        kinds[device] = kind
    links = [
        Link(device, port, ids[school, _short(name)])
        for school, device, port, name in told
        if (school, _short(name)) in ids
    ]
    return links, kinds


def _short(name: str) -> str:
    """A host's name without its domain."""
    return name.split(".", 1)[0].casefold()
