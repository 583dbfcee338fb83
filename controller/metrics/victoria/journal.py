"""The journal in PostgreSQL: requests wait here until the metric server has them for certain.

A server keeps what it took in memory for some seconds. So a request stays for a while after it
was taken, together with when that server's process began; found to have begun anew since, the
request waits again. Sending one twice changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import zstandard
from sqlalchemy import Connection, text

from controller.metrics.victoria.encode import Request

#: Requests one claim takes at most.
_CLAIM = 16
#: An own request is delivered by the process that wrote it; after so many seconds by anybody.
ADOPT_SECONDS = 3
#: Days for which a refused request is kept for a look.
_REFUSED_DAYS = 30

#: Whatever the database is set to: what was committed is on its disk, and a controller whose
#: machine is gone without a word holds neither agents nor requests for longer than this.
_BEGIN = text(
    "SELECT set_config('synchronous_commit', 'on', true),"
    " set_config('idle_in_transaction_session_timeout', '90s', true)"
)
_PUT = text(
    "INSERT INTO metric_journal (body, size, samples) VALUES (:body, :size, :samples) RETURNING id"
)
_CLAIM_OWN = text(
    "SELECT id, samples FROM metric_journal WHERE id = ANY(CAST(:ids AS bigint[]))"
    " AND delivered_to IS NULL AND refusal = '' ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED"
)
_CLAIM_ANY = text(
    "SELECT id, samples, body FROM metric_journal WHERE delivered_to IS NULL AND refusal = ''"
    " AND written_at < now() - make_interval(secs => :age)"
    " ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED"
)
_DELIVERED = text(
    "UPDATE metric_journal SET delivered_to = :server, delivered_at = clock_timestamp()"
    " WHERE id = ANY(CAST(:ids AS bigint[]))"
)
_REFUSED = text("UPDATE metric_journal SET refusal = left(:why, 255) WHERE id = :id")
_AGAIN = text(
    "UPDATE metric_journal SET delivered_to = NULL, delivered_at = NULL"
    " WHERE delivered_to IS NOT NULL AND delivered_to <> :server"
)
_PRUNE = text(
    "DELETE FROM metric_journal WHERE (delivered_to = :server"
    " AND delivered_at < clock_timestamp() - make_interval(secs => :age))"
    " OR (refusal <> '' AND written_at < now() - make_interval(days => :days))"
)
_BACKLOG = text(
    "SELECT count(*), coalesce(sum(size), 0),"
    " coalesce(extract(epoch FROM now() - min(written_at)), 0),"
    " (SELECT count(*) FROM metric_journal WHERE refusal <> '')"
    " FROM metric_journal WHERE delivered_to IS NULL AND refusal = ''"
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for the metric server: requests, their bytes, seconds since the oldest came.

    ``refused`` requests wait for nothing: the server calls them wrong, and somebody has to look.
    """

    requests: int
    size: int
    seconds: float
    refused: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that no other process delivers as long as the transaction lasts.

    ``body`` is compressed; ``None`` where the caller was said to have it.
    """

    id: int
    samples: int
    body: bytes | None


def packed(request: Request) -> bytes:
    """A request as the journal keeps it."""
    return zstandard.ZstdCompressor(level=1).compress(request.body)


def unpacked(body: bytes, samples: int) -> Request:
    """The inverse of :func:`packed`."""
    return Request(zstandard.ZstdDecompressor().decompress(body), samples)


def begin(connection: Connection) -> None:
    """First in a transaction: what it writes is durable, and nobody waits for it for ever."""
    connection.execute(_BEGIN)


def put(connection: Connection, body: bytes, samples: int) -> int:
    """Keep a packed request; returns its id."""
    row = {"body": body, "size": len(body), "samples": samples}
    return int(connection.execute(_PUT, row).scalar_one())


def portion(ids: Collection[int]) -> set[int]:
    """Those of them that one claim asks for: the oldest."""
    return set(sorted(ids)[:_CLAIM])


def claim_own(connection: Connection, ids: Collection[int]) -> Sequence[Claim]:
    """Waiting requests in a portion of these, whose bodies the caller has, oldest first."""
    wanted = {"ids": list(portion(ids)), "most": _CLAIM}
    return [Claim(id_, samples, None) for id_, samples in connection.execute(_CLAIM_OWN, wanted)]


def claim_any(connection: Connection, *, age: float = ADOPT_SECONDS) -> Sequence[Claim]:
    """Waiting requests of any process that are older than ``age`` seconds, oldest first."""
    found = connection.execute(_CLAIM_ANY, {"age": age, "most": _CLAIM})
    return [Claim(id_, samples, bytes(body)) for id_, samples, body in found]


def delivered(connection: Connection, ids: Collection[int], *, server: int) -> None:
    """Note that the server whose process began at ``server`` took these requests."""
    if ids:
        connection.execute(_DELIVERED, {"ids": list(ids), "server": server})


def refused(connection: Connection, id_: int, why: str) -> None:
    """Set a request aside that the server will never take."""
    connection.execute(_REFUSED, {"id": id_, "why": why or "no reason"})


def wait_again(connection: Connection, *, server: int) -> int:
    """Let requests wait that a process took which is no more; returns how many."""
    return connection.execute(_AGAIN, {"server": server}).rowcount


def prune(connection: Connection, *, server: int, age: float) -> int:
    """Remove what the living server has had for longer than ``age`` seconds."""
    wanted = {"server": server, "age": age, "days": _REFUSED_DAYS}
    return connection.execute(_PRUNE, wanted).rowcount


def backlog(connection: Connection) -> Backlog:
    """How much waits."""
    requests, size, seconds, set_aside = connection.execute(_BACKLOG).one()
    return Backlog(int(requests), int(size), float(seconds), int(set_aside))
