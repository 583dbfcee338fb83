"""The equipment of one school: what, how many, how old, where, and how it is watched."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from typing import Final

from controller.seed.catalogue import MODELS, SERVICE_YEARS, Model
from controller.seed.chance import Ids, chance, weighted
from controller.seed.options import FEWEST_DEVICES_A_SCHOOL, BadCity, CitySpec
from controller.seed.places import SeedSchool
from controller.seed.rooms import Rooms, SeedRoom
from controller.seed.terms import CHINA
from drivers.readings import Kind
from inventory.models import Lifecycle, Protocol, SchoolForm, Stage

#: Addresses of one school: a /22 within 10.16.0.0/12 and the networks after it.
_HOSTS: Final = 1_020
#: Of a hundred devices besides the first ones; terminals take what is left.
_SHARES: Final = (
    (Kind.switch, 7.0), (Kind.access_point, 16.0), (Kind.whiteboard, 19.0), (Kind.printer, 3.5),
    (Kind.projector, 2.5), (Kind.display, 1.5), (Kind.camera, 11.0),
)  # fmt: skip
#: One each, from so many devices on.
_SINGLES: Final = (
    (Kind.ups, 12), (Kind.recorder, 25), (Kind.wireless_controller, 70), (Kind.server, 60),
    (Kind.storage, 110),
)  # fmt: skip
_WORDS: Final = {
    Kind.switch: "接入交换机", Kind.access_point: "无线AP", Kind.whiteboard: "电子白板",
    Kind.printer: "打印机", Kind.projector: "投影机", Kind.display: "信息发布屏",
    Kind.camera: "摄像机", Kind.terminal: "计算机", Kind.ups: "UPS电源", Kind.recorder: "录像机",
    Kind.wireless_controller: "无线控制器", Kind.server: "服务器", Kind.storage: "网络存储",
}  # fmt: skip
_WATCHED: Final = {
    Kind.whiteboard: Protocol.mqtt, Kind.projector: Protocol.pjlink, Kind.display: Protocol.pjlink,
    Kind.camera: Protocol.ping, Kind.recorder: Protocol.ping, Kind.terminal: Protocol.presence,
}  # fmt: skip
_LIVES: Final = (
    (Lifecycle.in_service, 0.962), (Lifecycle.in_repair, 0.009), (Lifecycle.in_stock, 0.012),
    (Lifecycle.retired, 0.013), (Lifecycle.lent, 0.002), (Lifecycle.lost, 0.002),
)  # fmt: skip
#: Years from being bought to the next renewal, of kinds that nobody has named.
_USUAL_YEARS: Final = 7
_LARGE_SCHOOL: Final = 80


@dataclass(slots=True, eq=False)
class SeedDevice:
    """One device; ``address`` and ``mac`` as the register keeps them.

    Args:
        bought: when it was registered, which is when it was put up.
        ports: names of its ports, the one to what is above it last.
        uplink: its port to what is above it.
    """

    id: str
    school: SeedSchool
    room: SeedRoom
    name: str
    kind: Kind
    model: Model
    serial: str
    version: str | None
    asset: str
    lifecycle: Lifecycle
    protocol: Protocol
    address: str
    mac: str
    bought: datetime
    ports: tuple[str, ...] = ()
    uplink: str = ""

    @property
    def is_watched(self) -> bool:
        """Whether polls of it say whether it is well."""
        return self.lifecycle is Lifecycle.in_service and self.protocol is not Protocol.presence


def shares(schools: Sequence[SeedSchool], devices: int) -> list[int]:
    """How many devices each school has; together exactly ``devices``.

    Raises:
        BadCity: the largest school would have more than its network has room for.
    """
    weights = [_weight(school) for school in schools]
    spare = devices - FEWEST_DEVICES_A_SCHOOL * len(schools)
    exact = [spare * weight / sum(weights) for weight in weights]
    numbers = [int(some) for some in exact]
    left = spare - sum(numbers)
    rest = sorted(range(len(exact)), key=lambda n: (numbers[n] - exact[n], n))
    for n in rest[:left]:
        numbers[n] += 1
    if max(numbers) + FEWEST_DEVICES_A_SCHOOL > _HOSTS:
        raise BadCity(f"--devices {devices}: > {_HOSTS} / {len(schools)}")
    return [number + FEWEST_DEVICES_A_SCHOOL for number in numbers]


def _weight(school: SeedSchool) -> float:
    if school.stage is Stage.kindergarten:
        return 2 + 2.2 * school.classes
    return (2 if school.form is SchoolForm.teaching_point else 8) + 5.5 * school.classes


def equipment(
    school: SeedSchool, number: int, rooms: Rooms, ids: Ids, *, spec: CitySpec, fast: bool
) -> list[SeedDevice]:
    """``number`` devices of a school: gateway and core switch first.

    A line that is ``fast`` is faster than 1 Gbit/s.
    """
    dice = chance(spec.seed, "equipment", school.code)
    maker = _Maker(school, rooms, ids, spec, dice)
    maker.fast = fast
    return [maker.make(kind, n) for kind, n in _kinds(school, number)]


def _kinds(school: SeedSchool, number: int) -> Iterator[tuple[Kind, int]]:
    """Kinds and the number of each among its own, from 0."""
    yield (Kind.firewall if number >= _LARGE_SCHOOL else Kind.router), 0
    yield Kind.switch, 0
    yield Kind.access_point, 0
    left = number - FEWEST_DEVICES_A_SCHOOL
    for kind, least in _SINGLES:
        if number >= least and left:
            left -= 1
            yield kind, 0
    whole = left
    for kind, share in _SHARES:
        some = round(whole * share / 100)
        if kind is Kind.whiteboard:
            some = min(max(some, min(school.classes, whole // 3)), school.classes)
        some = min(some, left)
        left -= some
        first = 1 if kind in (Kind.switch, Kind.access_point) else 0
        for n in range(some):
            yield kind, first + n
    for n in range(left):
        yield Kind.terminal, n


class _Maker:
    """Makes devices of one school, one after the other."""

    def __init__(
        self, school: SeedSchool, rooms: Rooms, ids: Ids, spec: CitySpec, dice: random.Random
    ) -> None:
        self.fast = False
        self._school, self._rooms, self._ids, self._dice = school, rooms, ids, dice
        self._today = spec.until.astimezone(CHINA).date()
        self._hosts = count(1)
        self._seed = spec.seed
        #: Equipment is bought in rounds: the same year, the same model.
        self._rounds: dict[tuple[Kind, int], tuple[datetime, Model]] = {}

    def make(self, kind: Kind, n: int) -> SeedDevice:
        dice, school, host = self._dice, self._school, next(self._hosts)
        bought, model = self._bought(kind, n)
        room = self._rooms.place(kind, n)
        is_core = kind is Kind.switch and n == 0
        if is_core:
            room = self._rooms.centre
        rank = school.rank
        number = rank * _HOSTS + host
        lifecycle = Lifecycle.in_service
        if host > FEWEST_DEVICES_A_SCHOOL:
            lifecycle = weighted(dice, _LIVES)
        ports, uplink = _ports(kind, model, is_first=n == 0, fast=self.fast)
        years = max(0, self._today.year - bought.year)
        return SeedDevice(
            id=self._ids.new("d", bought),
            school=school,
            room=room,
            name=_name(kind, n),
            kind=kind,
            model=model,
            serial=f"{model.vendor[:2].upper().replace(' ', '')}{bought:%y%m}{self._seed % 100:02d}"
            f"{number:08X}",
            version=model.version.format(n=max(1, 24 - years)) if model.version else None,
            asset=f"ZC{bought:%Y}-{school.code}-{host:04d}",
            lifecycle=lifecycle,
            protocol=_WATCHED.get(kind, Protocol.snmp),
            address=f"10.{16 + rank // 64}.{rank % 64 * 4 + host // 256}.{host % 256}",
            mac=f"02{self._seed % 100:02x}{number:08x}",
            bought=bought,
            ports=ports,
            uplink=uplink,
        )

    def _bought(self, kind: Kind, n: int) -> tuple[datetime, Model]:
        """A round of purchases a dozen devices; they are renewed at some time after being due."""
        batch = (kind, n // 12)
        if batch not in self._rounds:
            dice = self._dice
            life = SERVICE_YEARS.get(kind, _USUAL_YEARS)
            # Some are used beyond their time, by three years at most.
            age = timedelta(days=int(dice.triangular(20, 365 * (life + 3), 365 * 3.5)))
            day = self._today - age
            at = datetime.combine(day, time(9), CHINA)
            sold = [model for model in MODELS[kind] if model.sold_in(day.year)]
            known = sold or [MODELS[kind][-1 if day.year > MODELS[kind][-1].since else 0]]
            model = weighted(dice, [(one, one.share) for one in known])
            self._rounds[batch] = at, model
        at, model = self._rounds[batch]
        return at + timedelta(minutes=n), model


def _name(kind: Kind, n: int) -> str:
    if kind in (Kind.router, Kind.firewall):
        return "出口路由器" if kind is Kind.router else "出口防火墙"
    if kind is Kind.switch:
        return "核心交换机" if n == 0 else f"接入交换机{n:02d}"
    single = kind in (Kind.ups, Kind.recorder, Kind.wireless_controller, Kind.server, Kind.storage)
    return _WORDS[kind] if single else f"{_WORDS[kind]}{n + 1:02d}"


def _ports(kind: Kind, model: Model, *, is_first: bool, fast: bool) -> tuple[tuple[str, ...], str]:
    if kind in (Kind.router, Kind.firewall):
        outside = f"{'X' if fast else ''}GigabitEthernet0/0/0"
        names = tuple(f"GigabitEthernet0/0/{port}" for port in range(1, model.ports))
        return (outside, *names), outside
    if kind is Kind.switch:
        upper = "XGigabitEthernet" if is_first else "GigabitEthernet"
        names = tuple(f"GigabitEthernet0/0/{port + 1}" for port in range(model.ports))
        above = tuple(f"{upper}0/0/{model.ports + port + 1}" for port in range(4))
        return names + above, above[-1]
    if kind is Kind.access_point:
        return ("GigabitEthernet0",), "GigabitEthernet0"
    return (), ""
