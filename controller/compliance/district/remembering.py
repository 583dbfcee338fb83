"""Figures of months that have not changed since they were last counted, kept in memory.

A trend of two years reads 48,000 verdicts of a city, and all but the running month are what they
were. A month's figures are used again while its stamp is the same: how many verdicts there are and
when the oldest and the newest were computed, and the setting of every school.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from datetime import date
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlmodel import Session

from controller.compliance.district.figures import MonthFigures
from controller.compliance.district.spread import trend_of
from inventory.verdicts.keeping import MonthVerdictRepository
from inventory.verdicts.rows import SchoolFacts

#: Months of places; each takes some two kilobytes.
_ROOM = 2048


class _Remembered:
    """The months used last, by place and month, with the stamp they had."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, tuple[Hashable, MonthFigures]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, stamp: Hashable) -> MonthFigures | None:
        with self._lock:
            found = self._found.get(key)
            if found is None or found[0] != stamp:
                return None
            self._found.move_to_end(key)
            return found[1]

    def keep(self, key: Hashable, stamp: Hashable, figures: MonthFigures) -> None:
        with self._lock:
            self._found[key] = stamp, figures
            while len(self._found) > _ROOM:
                self._found.popitem(last=False)


_by_engine: WeakKeyDictionary[Engine, _Remembered] = WeakKeyDictionary()


def trend_below(
    session: Session,
    repository: MonthVerdictRepository,
    schools: Sequence[SchoolFacts],
    months: Sequence[date],
    *,
    under: str,
    seen: Sequence[str],
) -> tuple[MonthFigures, ...]:
    """Figures of months, read anew only where something has changed.

    Args:
        session: that the repository reads with.
        repository: of who asks.
        schools: every visible one below the path.
        months: in order.
        under: path of the place.
        seen: prefixes of paths that the reader may see.
    """
    kept = _kept(session)
    stamps = repository.stamps(months[0], months[-1], under)
    kinds = hash(tuple((one.code, one.setting) for one in schools))

    def named(month: date) -> tuple[Hashable, Hashable]:
        return (tuple(seen), under, month), (stamps.get(month), kinds)

    found = {month: kept.get(*named(month)) for month in months}
    missing = [month for month in months if found[month] is None]
    if not missing:
        return tuple(one for one in found.values() if one is not None)
    rows = repository.between(missing[0], missing[-1], under)
    counted = {one.month: one for one in trend_of(rows, schools, missing)}
    for month, figures in counted.items():
        kept.keep(*named(month), figures)
    return tuple(found[month] or counted[month] for month in months)


def _kept(session: Session) -> _Remembered:
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    return _by_engine.setdefault(engine, _Remembered())
