"""Devices of a scope, read once for everybody who plans with them, and kept until there is news."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from controller.packing import failures_of
from controller.prometheus.remembered import Remembered
from inventory.packed.equipment import Equipment, equipment
from inventory.packed.keeping import news
from inventory.scope import Scope
from inventory.summaries import worth_counting

KEPT_SECONDS = 600.0
#: Of a city that is not packed yet the register is read once a minute at most.
_LIVE_SECONDS = 60
#: One of 200,000 devices is some 15 MB.
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Read:
    """Devices, and when they were read; equal ``of`` means the same devices."""

    of: object
    equipment: Equipment
    read_at: datetime


class KeptEquipment:
    """What ``app.state.equipment`` is."""

    def __init__(self) -> None:
        self._kept: Remembered[object, Read] = Remembered(KEPT_SECONDS, room=_KEPT)

    def below(self, session: Session, scope: Scope, under: str, *, now: datetime) -> Read:
        """Devices of the schools below a path; of a small register as they are right now.

        Raises:
            Unavailable: too many ask at the same moment.
        """

        def read() -> Read:
            found = equipment(
                session,
                scope,
                under,
                now=now,
                failures=lambda: failures_of(session, scope, now),
            )
            return Read(of, found, now)

        number = news(session, now)
        of: object = (scope.prefixes, under, "packed", number)
        if number is None:
            if not worth_counting(session):
                of = (scope.prefixes, under, "now", now)
                return read()
            of = (scope.prefixes, under, "minute", int(now.timestamp()) // _LIVE_SECONDS)
        return self._kept.get(of, read)
