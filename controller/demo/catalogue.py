"""The demonstration's catalogue of models, and how old what is of them is.

Makers of network equipment are real; lives, dates and prices are all invented, and none of them
is a word of a maker's about the end of anything. Days are told from the day of the demonstration,
so that what is due soon is due soon whenever somebody looks.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from drivers.readings import Kind
from drivers.simulate.campus import CENTRAL, POINT, URBAN, CampusDevice
from inventory.assets.catalogue import ModelWish, add_model

_DAYS_A_MONTH: Final = 30.4375


@dataclass(frozen=True, slots=True)
class DemoModel:
    """One model of the catalogue.

    Args:
        years: how long one is expected to last.
        price: yuan by the list.
        support: months from today until support ends; below zero: it has ended; ``None``: nobody
            has said.
    """

    vendor: str
    name: str
    kind: Kind
    years: int
    price: int
    support: int | None = None


MODELS: Final = (
    DemoModel("H3C", "MSR3620", Kind.router, 8, 8_600, 30),
    DemoModel("H3C", "S5560X-30C-EI", Kind.switch, 8, 14_800, 54),
    DemoModel("H3C", "S5130S-28S-EI", Kind.switch, 8, 3_900, 10),
    DemoModel("Huawei", "S5735-L48T4X-A", Kind.switch, 8, 6_200, 48),
    DemoModel("Ruijie", "RG-AP820-L", Kind.access_point, 6, 1_280, 20),
    DemoModel("Huawei", "UPS2000-G-6KRTL", Kind.ups, 8, 6_800),
    DemoModel("Brother", "HL-5590DN", Kind.printer, 6, 2_900, -4),
    DemoModel("Campus Panels", "CP-86", Kind.whiteboard, 8, 18_900, 40),
    DemoModel("Campus Panels", "CP-70", Kind.whiteboard, 8, 14_500, -14),
    DemoModel("Campus Panels", "CP-75", Kind.display, 8, 9_600, 5),
    DemoModel("Campus Computers", "CC-400", Kind.terminal, 6, 4_300, 34),
    DemoModel("Campus Computers", "CC-300", Kind.terminal, 6, 3_600, 2),
    DemoModel("Campus Projectors", "CL-5000", Kind.projector, 6, 9_800, 26),
    DemoModel("Campus Projectors", "CL-3000", Kind.projector, 6, 5_600, -20),
    DemoModel("Campus Cameras", "CC-4MP", Kind.camera, 6, 980),
)

#: Months since a school bought its things of a kind; of what has a number, by it.
_AGES: Final = {
    URBAN.code: {
        Kind.router: (58,),
        Kind.switch: (58, 88, 58, 88, 34),
        Kind.access_point: (70, 70, 70, 70, 34, 34, 34, 34, 16, 16),
        Kind.ups: (92,),
        Kind.printer: (76, 30),
        Kind.whiteboard: (94, 94, 94, 58, 58, 34, 16, 16),
        Kind.terminal: (66, 66, 35, 35, 16, 75, 75, 75),
        Kind.display: (46, 46, 28, 28),
        Kind.projector: (82, 46),
        Kind.camera: (40,),
    },
    CENTRAL.code: {
        Kind.router: (82,),
        Kind.switch: (82, 82, 82),
        Kind.access_point: (82, 82, 46, 46, 22),
        Kind.ups: (100,),
        Kind.printer: (64,),
        Kind.whiteboard: (94, 94, 70, 70, 46, 22),
        Kind.terminal: (70, 70, 46, 82, 82),
        Kind.display: (70, 31),
        Kind.projector: (70,),
        Kind.camera: (64,),
    },
    POINT.code: {
        Kind.router: (70,),
        Kind.switch: (70,),
        Kind.access_point: (70, 46),
        Kind.printer: (94,),
        Kind.whiteboard: (82, 33),
        Kind.terminal: (82, 58, 94),
        Kind.display: (70,),
        Kind.projector: (94,),
        Kind.camera: (70,),
    },
}


def months_before(today: date, months: int) -> date:
    """A day so many months before; after it where there are fewer than none."""
    return today - timedelta(days=round(months * _DAYS_A_MONTH))


def ages(devices: tuple[CampusDevice, ...]) -> dict[str, int]:
    """Months since each device was bought, by its id."""
    counted: dict[tuple[str, Kind], int] = {}
    found = {}
    for device in devices:
        place = counted.get((device.school, device.kind), 0)
        counted[device.school, device.kind] = place + 1
        known = _AGES[device.school][device.kind]
        found[device.id] = known[place % len(known)]
    return found


def write_catalogue(session: Session, today: date) -> None:
    """Put every model into the catalogue."""
    for model in MODELS:
        end = None if model.support is None else months_before(today, -model.support)
        add_model(
            session,
            ModelWish(
                vendor=model.vendor,
                model=model.name,
                kind=model.kind,
                expected_life_months=12 * model.years,
                end_of_sale=None if end is None else months_before(end, 30),
                end_of_support=end,
                end_of_security_patches=end,
                list_price_cny=Decimal(model.price),
            ),
        )
