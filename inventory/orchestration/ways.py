"""Along which ways a school's lines are tested on a day: one server each, and whose share it takes.

What bureaus have registered comes before the installation's settings, and a school's own entry in
the settings before both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from inventory.models import NetworkPath, Outlet, OutletKind
from inventory.speedtest_servers import Server, Servers

_INSIDE, _OUTSIDE = NetworkPath.inside, NetworkPath.outside
_MEGA = 1_000_000
_DAY = timedelta(days=1)


class HowTested(Protocol):
    """What the installation's settings say of test servers."""

    @property
    def speedtest_server(self) -> str | None: ...
    @property
    def speedtest_servers(self) -> Mapping[str, str]: ...
    @property
    def most_bits_per_second(self) -> int | None: ...
    @property
    def outlet_share(self) -> float: ...


class Share(NamedTuple):
    """What tests of one moment may carry together.

    Args:
        owner: code of the bureau whose outlets it is a share of; empty: the installation's own.
        bits_per_second: a direction; ``None`` for no limit.
    """

    owner: str
    bits_per_second: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """One way along which a school's lines are tested.

    Args:
        path: what its tests go through.
        server: address, as the plan and the readings name it.
        most: bit/s that one test may carry; ``None``: as much as it has to.
        share: that it takes from.
    """

    path: NetworkPath
    server: str
    most: int | None
    share: Share

    @property
    def outside(self) -> bool:
        return self.path is _OUTSIDE


class _Rates(NamedTuple):
    """An Internet outlet: Mbit/s, and when it runs."""

    organisation_code: str
    down_mbps: Decimal
    up_mbps: Decimal
    starts_on: date | None
    ends_on: date | None

    def runs(self, on: date) -> bool:
        begun = self.starts_on is None or self.starts_on <= on
        return begun and (self.ends_on is None or self.ends_on >= on)


_RATES: Any = select(
    *(Outlet.__table__.c[name] for name in _Rates._fields)  # type: ignore[attr-defined]
).where(
    col(Outlet.kind) == OutletKind.internet,
    col(Outlet.starts_on).is_(None) | (col(Outlet.starts_on) <= bindparam("last")),
    col(Outlet.ends_on).is_(None) | (col(Outlet.ends_on) >= bindparam("first")),
)


class Ways:
    """Ways of all schools on days from ``first`` to ``last``; read once."""

    def __init__(self, session: Session, first: date, last: date, how: HowTested) -> None:
        self._how = how
        self.servers = Servers.read(session, first, last)
        self._outlets: dict[str, list[_Rates]] = {}
        self._shares: dict[tuple[str, date], Share] = {}
        # Where nobody tests across an outlet, none is asked about.
        if self.servers:
            dates = {"first": first, "last": last}
            for row in session.connection().execute(_RATES, dates):
                self._outlets.setdefault(row[0], []).append(_Rates._make(row))

    def of(self, school: str, path: str, on: date) -> Sequence[Way]:
        """Those of a school on a day, within the education network first; none: it is not tested.

        Args:
            school: its code.
            path: its place in the tree.
            on: the day.
        """
        own = self._how.speedtest_servers.get(school)
        if own == "":
            return ()
        inside = self._registered(path, on, _INSIDE)
        outside = self._registered(path, on, _OUTSIDE)
        default = self._how.speedtest_server or ""
        if own and self._is_outside(path, own, on):
            outside = own
        elif own:
            inside = own
        elif not inside and not self._is_outside(path, default, on):
            inside = default
        ways = ((_INSIDE, inside), (_OUTSIDE, outside))
        return tuple(self._way(path, on, way, server) for way, server in ways if server)

    def until(self, path: str, on: date) -> date | None:
        """The last day for which a school's ways are sure to be those of ``on``."""
        days = [self.servers.until(path, on)]
        if self.servers.at(path, on, _OUTSIDE) is not None:
            for code in path.strip("/").split("/"):
                for one in self._outlets.get(code, ()):
                    if one.starts_on is not None and one.starts_on > on:
                        days.append(one.starts_on - _DAY)
                    days.append(one.ends_on if one.ends_on and one.ends_on >= on else None)
        return min(filter(None, days), default=None)

    def _registered(self, path: str, on: date, way: NetworkPath) -> str:
        found = self.servers.at(path, on, way)
        return found.address if found else ""

    def _is_outside(self, path: str, address: str, on: date) -> bool:
        found = self.servers.named(path, address, on)
        return found is not None and found.path is _OUTSIDE

    def _way(self, path: str, on: date, way: NetworkPath, server: str) -> Way:
        share = self._share(path, on) if way is _OUTSIDE else self._own_share
        known: Server | None = self.servers.named(path, server, on)
        limits = [share.bits_per_second, known.capacity if known else None]
        return Way(way, server, min((one for one in limits if one), default=None), share)

    @property
    def _own_share(self) -> Share:
        return Share("", self._how.most_bits_per_second)

    def _share(self, path: str, on: date) -> Share:
        """Of the Internet outlets of the nearest bureau that has any: there traffic goes out."""
        above = path.rstrip("/").rpartition("/")[0]
        found = self._shares.get((above, on))
        if found is None:
            codes = reversed(above.strip("/").split("/"))
            running = (
                (code, [one for one in self._outlets.get(code, ()) if one.runs(on)])
                for code in codes
            )
            shares = (
                Share(code, int(_weaker(some) * _MEGA * Decimal(str(self._how.outlet_share))))
                for code, some in running
                if some
            )
            found = self._shares[above, on] = next(shares, self._own_share)
        return found


def _weaker(outlets: Sequence[_Rates]) -> Decimal:
    """Mbit/s of all together, in the weaker direction."""
    down = sum((one.down_mbps for one in outlets), Decimal(0))
    return min(down, sum((one.up_mbps for one in outlets), Decimal(0)))
