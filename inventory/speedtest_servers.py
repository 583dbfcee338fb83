"""Test servers of bureaus: what the register takes, who may keep it, and which one is for whom."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, true
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from inventory.errors import Invalid, NotFound, OutOfScope, ServerAddressUnfit
from inventory.ids import new_id
from inventory.lines import MAX_MBPS
from inventory.models import NetworkPath, Organisation, SpeedtestServer
from inventory.repositories.scoped import Repository
from inventory.schools.checks import check_text
from inventory.scope import Scope

LONGEST_TEXT: Final = 200
LONGEST_NOTE: Final = 500
LONGEST_ADDRESS: Final = 300
IPERF3: Final = "iperf3://"
_SCHEMES: Final = frozenset({"http", "https", "iperf3"})
_HOST: Final = re.compile(r"[0-9a-zA-Z.:\[\]_-]+\Z")
_MEGA: Final = 1_000_000
_DAY: Final = timedelta(days=1)


class Server(NamedTuple):
    """A test server as it is registered: dates included, capacity in Mbit/s."""

    organisation_code: str
    address: str
    path: NetworkPath
    capacity_mbps: Decimal | None
    starts_on: date | None
    ends_on: date | None

    @property
    def capacity(self) -> int | None:
        """Bit/s, a direction."""
        return None if self.capacity_mbps is None else int(self.capacity_mbps * _MEGA)

    def runs(self, on: date) -> bool:
        begun = self.starts_on is None or self.starts_on <= on
        return begun and (self.ends_on is None or self.ends_on >= on)


_BEGINS, _ENDS = col(SpeedtestServer.starts_on), col(SpeedtestServer.ends_on)
_ROWS: Any = sa_select(
    *(SpeedtestServer.__table__.c[name] for name in Server._fields)  # type: ignore[attr-defined]
).where(
    _BEGINS.is_(None) | (bindparam("last") >= _BEGINS),
    _ENDS.is_(None) | (bindparam("first") <= _ENDS),
)


class Servers:
    """Servers for schools by the bureaus above them: the nearest bureau's come first.

    Of one bureau's the latest begun comes first, so that a new server takes over on its first day.

    Args:
        rows: in any order.
    """

    def __init__(self, rows: Iterable[Server]) -> None:
        self._rows: dict[str, list[Server]] = {}
        # Whole rows break ties, so that every controller finds the same order.
        for row in sorted(rows, key=lambda one: (one.starts_on or date.min, one.address)):
            self._rows.setdefault(row.organisation_code, []).insert(0, row)
        self._known: dict[str, tuple[Server, ...]] = {}

    @classmethod
    def read(cls, session: Session, first: date, last: date) -> "Servers":
        """Those that run on a day from ``first`` to ``last``, of every bureau.

        A bureau's servers are for its schools whoever asks, as its calendar and standards are.
        """
        session.flush()  # as a query of the mapper would
        dates = {"first": first, "last": last}
        return cls(Server._make(row) for row in session.connection().execute(_ROWS, dates))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def all(self) -> Sequence[Server]:
        """Those of every bureau, in no order."""
        return [row for rows in self._rows.values() for row in rows]

    def of(self, path: str) -> Sequence[Server]:
        """Those that are for the school at a path."""
        above = path.rstrip("/").rpartition("/")[0]
        found = self._known.get(above)
        if found is None:
            codes = reversed(above.strip("/").split("/"))
            found = tuple(row for code in codes for row in self._rows.get(code, ()))
            self._known[above] = found
        return found

    def at(self, path: str, on: date, way: NetworkPath) -> Server | None:
        """The one that a school's lines are tested against along a way on a day."""
        return next((one for one in self.of(path) if one.path is way and one.runs(on)), None)

    def named(self, path: str, address: str, on: date) -> Server | None:
        """What the register says of an address for a school on a day."""
        key = address_key(address)
        return next((one for one in self.of(path) if one.address == key and one.runs(on)), None)

    def until(self, path: str, on: date) -> date | None:
        """The last day on which they are those of that day; ``None``: no date is to come."""
        begin = (one.starts_on for one in self.of(path))
        days = [day - _DAY for day in begin if day is not None and day > on]
        ends = [one.ends_on for one in self.of(path) if one.ends_on and one.ends_on >= on]
        return min([*days, *ends], default=None)


class SpeedtestServerRepository(Repository):
    """Test servers of bureaus within the caller's scope, and of those above it."""

    def get(self, server_id: str) -> SpeedtestServer | None:
        query = self._visible().where(col(SpeedtestServer.id) == server_id)
        return self._session.exec(query).one_or_none()

    def all(self, on: date | None = None) -> Sequence[SpeedtestServer]:
        """By bureau and way; on a day, only those that run."""
        query = self._visible()
        if on is not None:
            begins, ends = col(SpeedtestServer.starts_on), col(SpeedtestServer.ends_on)
            query = query.where(begins.is_(None) | (begins <= on), ends.is_(None) | (ends >= on))
        ordered = query.order_by(
            col(Organisation.path), col(SpeedtestServer.path), col(SpeedtestServer.id)
        )
        return self._session.exec(ordered).all()

    def keep(self, server: SpeedtestServer) -> SpeedtestServer:
        """Keep a server (:func:`save_server` checks its values first).

        Raises:
            NotFound, OutOfScope: of the bureau.
        """
        self._admit_bureau(server.organisation_code)
        return self._save(server)

    def remove(self, server: SpeedtestServer) -> None:
        """Forget a server that was a mistake; one that is given up gets a last day instead.

        Raises:
            OutOfScope: the bureau is outside the scope.
        """
        self._admit_bureau(server.organisation_code)
        self._session.delete(server)
        self._session.flush()

    def _visible(self) -> SelectOfScalar[SpeedtestServer]:
        query = select(SpeedtestServer).join(
            Organisation, col(Organisation.code) == col(SpeedtestServer.organisation_code)
        )
        above = {code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/")}
        within = true() if self._sees_everything else self._scope.condition(col(Organisation.path))
        return query.where(or_(within, col(Organisation.code).in_(sorted(above - {""}))))

    def _admit_bureau(self, code: str) -> None:
        with self._session.no_autoflush:
            bureau = self._session.get(Organisation, code)
        if bureau is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=code)


def save_server(session: Session, scope: Scope, server: SpeedtestServer) -> SpeedtestServer:
    """Keep a test server, new or changed; a new one gets an id if it has none.

    Raises:
        Invalid: no name, a capacity that is not positive, or an end before the beginning.
        ServerAddressUnfit: the address is none that a test can go to.
        NotFound, OutOfScope: of the bureau.
    """
    with session.no_autoflush:
        server.name = check_text("name", server.name, LONGEST_TEXT, needed=True)
        server.note = check_text("note", server.note, LONGEST_NOTE)
        server.address = clean_address(server.address)
        capacity = server.capacity_mbps
        if capacity is not None and not (capacity.is_finite() and 0 < capacity < MAX_MBPS):
            raise Invalid(field="capacity_mbps", reason=str(capacity))
        if server.starts_on and server.ends_on and server.ends_on < server.starts_on:
            raise Invalid(field="ends_on", reason=f"{server.ends_on} < {server.starts_on}")
    server.id = server.id or new_id("ss")
    return SpeedtestServerRepository(session, scope).keep(server)


def clean_address(text: str) -> str:
    """The address as readings name it: nothing around it, no slash at its end.

    Raises:
        ServerAddressUnfit: no ``http``, ``https`` or ``iperf3`` address, or more than an address.
    """
    clean = text.strip()
    try:
        parts = urlsplit(clean)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ServerAddressUnfit from None
    is_fit = (
        parts.scheme in _SCHEMES
        and host
        and _HOST.match(parts.netloc)
        and not (parts.query or parts.fragment)
        and len(clean) <= LONGEST_ADDRESS
        and clean.isprintable()
        and " " not in clean
        and not (parts.scheme == "iperf3" and parts.path.strip("/"))
    )
    if not is_fit:
        raise ServerAddressUnfit
    return address_key(f"{parts.scheme}://{parts.netloc.lower()}{parts.path}")


def address_key(address: str) -> str:
    """By what an address of a setting or a reading is the same as one of the register."""
    return address.rstrip("/")


def method_of(address: str) -> str:
    """What is spoken with a server: ``iperf3`` or ``librespeed``."""
    return "iperf3" if address.startswith(IPERF3) else "librespeed"


def outside_addresses(session: Session, on: date) -> frozenset[str]:
    """Addresses that lie outside the education network for every bureau that names them."""
    rows = Servers.read(session, on, on).all()
    inside = {one.address for one in rows if one.path is NetworkPath.inside}
    return frozenset(one.address for one in rows) - inside
