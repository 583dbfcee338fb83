"""The life of the demonstration's equipment before today: a county's books, as they would be."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from controller.demo.contracts import tell_contracts
from controller.demo.money import register_money
from controller.demo.movements import tell_disposals, tell_transfers
from controller.demo.repairs import tell_repairs
from controller.demo.requests import tell_requests
from controller.demo.schools import register_figures, register_staff, register_standards
from controller.demo.stocktaking import tell_stocktaking
from controller.demo.telling import Telling
from controller.demo.unwatched import register_unwatched
from inventory.days import day_of
from inventory.models import Device


def register_life(
    session: Session, now: datetime, *, devices: Mapping[str, str], users: Mapping[str, str]
) -> None:
    """People, money and every document; flushed, not committed.

    Args:
        session: with schools and devices in it.
        now: the moment of the demonstration; everything is dated back from it.
        devices: ids in the register by ids of the simulation.
        users: ids of users by log-in.
    """
    today = day_of(now)
    register_figures(session, today)
    register_staff(session, today, users)
    register_standards(session, today)
    unwatched = register_unwatched(session, now)
    told = Telling(session, users, now, devices)
    tell_repairs(told)
    register_money(session, today, devices, users)
    # The teaching point was counted before anything of this year happened.
    tell_stocktaking(told)
    tell_contracts(told, tell_requests(told))
    tell_transfers(told, unwatched)
    tell_disposals(told, unwatched)
    _what_the_register_has_wrong(session, devices)


def _what_the_register_has_wrong(session: Session, devices: Mapping[str, str]) -> None:
    """Two slips that the network shows: a serial number, and the building of a panel."""
    mistyped = session.get_one(Device, devices["lh-ap3"])
    mistyped.serial = "CF26LHAP0030"
    elsewhere = session.get_one(Device, devices["qh1-lp1"])
    elsewhere.room_id = session.get_one(Device, devices["qh1-wb1"]).room_id
    session.flush()
