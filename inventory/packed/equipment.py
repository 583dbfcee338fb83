"""The devices of many schools, one behind the other."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from inventory.packed.keeping import news, packed_under
from inventory.packed.reading import Failures, RecordRepository
from inventory.packed.records import RECORD, Records, unpacked
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Equipment:
    """Devices by school and id.

    Args:
        codes: of the schools that have any, in their order.
        records: of all devices, school by school.
        school: place in ``codes`` of each device.
    """

    codes: tuple[str, ...]
    records: Records
    school: npt.NDArray[np.int64]

    @classmethod
    def of(cls, parts: Mapping[str, Records]) -> "Equipment":
        """From the devices of each school."""
        codes = tuple(sorted(parts))
        lengths = [len(parts[code]) for code in codes]
        records = np.concatenate([parts[code] for code in codes] or [np.zeros(0, dtype=RECORD)])
        return cls(codes, records, np.repeat(np.arange(len(codes)), lengths))

    def without(self, codes: Collection[str]) -> "Equipment":
        """Only devices of other schools than these."""
        stays = np.array([code not in codes for code in self.codes], dtype=np.bool_)
        if stays.all():
            return self
        chosen, place = stays[self.school], np.cumsum(stays) - 1
        left = tuple(code for code in self.codes if code not in codes)
        return Equipment(left, self.records[chosen], place[self.school[chosen]])

    def having(self, state: int) -> "Equipment":
        """Only devices of a state that has any of these flags."""
        chosen = (self.records["state"] & state) != 0
        return Equipment(self.codes, self.records[chosen], self.school[chosen])


def equipment(
    session: Session,
    scope: Scope,
    under: str,
    *,
    now: datetime,
    failures: Callable[[], Failures],
) -> Equipment:
    """Devices of the schools below a path, from what is packed where that is fresh.

    Args:
        session: any.
        scope: of who asks.
        under: path of a bureau or school.
        now: to see whether what is packed is fresh.
        failures: asked what tickets tell, if the register is read.
    """
    if news(session, now) is None:
        live = RecordRepository(session, scope).records(under=under, failures=failures())
        return Equipment.of(live)
    packed = packed_under(session, scope, under)
    codes = tuple(sorted(packed))
    records = unpacked(b"".join(packed[code] for code in codes))
    lengths = [len(packed[code]) // RECORD.itemsize for code in codes]
    return Equipment(codes, records, np.repeat(np.arange(len(codes)), lengths))
