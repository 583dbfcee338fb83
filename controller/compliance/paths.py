"""Which way tests went, and what their servers can carry: by what was registered at their time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from inventory.models import NetworkPath
from inventory.orchestration.school_time import begin_of
from inventory.speedtest_servers import Server, address_key

_OUTSIDE = NetworkPath.outside


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test server as the verdict takes it; ``capacity`` is bit/s, dates are included.

    ``organisation`` is the bureau whose register says so; empty: whoever asked for the verdict.
    """

    address: str
    path: NetworkPath
    capacity: float | None = None
    first: date | None = None
    last: date | None = None
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Paths:
    """Servers for one school.

    Args:
        servers: registered ones; of one address the first that ran decides.
        internet: others that lie outside the education network at all times.
    """

    servers: Sequence[Server] = ()
    internet: frozenset[str] = frozenset()

    def outside(self, server: str, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Of tests to a server at these times, which crossed the outlet to the Internet."""
        found = np.full(len(at), server in self.internet)
        for row, its in self._spans(server, at):
            found[its] |= row.path is _OUTSIDE
        return found

    def capacity(self, server: str, at: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """What the server could carry, bit/s; NaN where not known, ``None`` if that is always."""
        if not any(one.capacity for one in self._named(server)):
            return None
        found = np.full(len(at), np.nan)
        for row, its in self._spans(server, at):
            found[its] = row.capacity or np.nan
        return found

    @property
    def facts(self) -> tuple[ServerFacts, ...]:
        """The same for the evidence."""
        registered = tuple(
            ServerFacts(
                address=one.address,
                path=one.path,
                capacity=one.capacity,
                first=one.starts_on,
                last=one.ends_on,
                organisation=one.organisation_code,
            )
            for one in self.servers
        )
        told = (ServerFacts(address=one, path=_OUTSIDE) for one in sorted(self.internet))
        return (*registered, *told)

    def _named(self, server: str) -> Sequence[Server]:
        key = address_key(server)
        return [one for one in self.servers if one.address == key]

    def _spans(
        self, server: str, at: NDArray[np.int64]
    ) -> Iterator[tuple[Server, NDArray[np.bool_]]]:
        left = np.ones(len(at), dtype=np.bool_)
        for row in self._named(server):
            its = left
            if row.starts_on is not None:
                its = its & (at >= begin_of(row.starts_on))
            if row.ends_on is not None:
                its = its & (at < begin_of(row.ends_on, 1))
            yield row, its
            left = left & ~its


NOWHERE = Paths()
