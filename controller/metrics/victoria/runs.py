"""The ledger in PostgreSQL: runs of stored sequence numbers, a row or few for every epoch."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, text

from controller.metrics.store import BatchKey

#: Parts the locks on agents from other advisory locks.
_SEED = 0x6D657472  # "metr"

_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(agent, :seed))"
    " FROM unnest(CAST(:agents AS text[])) AS agent"
)
_STORED = text(
    "SELECT EXISTS (SELECT FROM metric_run WHERE agent = :agent AND epoch = :epoch"
    " AND first <= :sequence AND last >= :sequence)"
)
_NEAR = text(
    "SELECT DISTINCT r.agent, r.epoch, r.first, r.last FROM metric_run r"
    " JOIN unnest(CAST(:agents AS text[]), CAST(:epochs AS text[]), CAST(:sequences AS bigint[]))"
    " AS k (agent, epoch, sequence) ON r.agent = k.agent AND r.epoch = k.epoch"
    " AND r.first - 1 <= k.sequence AND r.last >= k.sequence - 1"
)
_REMOVE = text(
    "DELETE FROM metric_run r USING unnest(CAST(:agents AS text[]), CAST(:epochs AS text[]),"
    " CAST(:firsts AS bigint[])) AS k (agent, epoch, first)"
    " WHERE r.agent = k.agent AND r.epoch = k.epoch AND r.first = k.first"
)
_PUT = text(
    "INSERT INTO metric_run (agent, epoch, first, last) SELECT * FROM unnest("
    "CAST(:agents AS text[]), CAST(:epochs AS text[]), CAST(:firsts AS bigint[]),"
    " CAST(:lasts AS bigint[]))"
    " ON CONFLICT (agent, epoch, first) DO UPDATE SET last = excluded.last"
)

_Run = tuple[str, str, int, int]


def is_stored(connection: Connection, key: BatchKey) -> bool:
    """Whether the ledger holds a batch."""
    wanted = {"agent": key.agent, "epoch": key.epoch, "sequence": key.sequence}
    return bool(connection.execute(_STORED, wanted).scalar_one())


def enter(connection: Connection, keys: Collection[BatchKey]) -> set[BatchKey]:
    """Enter batches; returns those that were not there yet.

    Until the transaction ends, nobody else enters a batch of the same agents.
    """
    agents = sorted({key.agent for key in keys})  # in one order everywhere: no deadlocks
    connection.execute(_LOCK, {"agents": agents, "seed": _SEED})
    wanted = {
        "agents": [key.agent for key in keys],
        "epochs": [key.epoch for key in keys],
        "sequences": [key.sequence for key in keys],
    }
    held: set[_Run] = {(a, e, f, n) for a, e, f, n in connection.execute(_NEAR, wanted)}
    fresh = {key for key in keys if not _covers(held, key)}
    if not fresh:
        return fresh
    wanted_runs = merged_runs(
        [*held, *((key.agent, key.epoch, key.sequence, key.sequence) for key in fresh)]
    )
    kept = {run[:3] for run in wanted_runs}
    _run(connection, _REMOVE, [run for run in held if run[:3] not in kept])
    _run(connection, _PUT, [run for run in wanted_runs if run not in held])
    return fresh


def merged_runs(runs: Iterable[_Run]) -> list[_Run]:
    """The same numbers in as few (agent, epoch, first, last) as there can be."""
    answer: list[_Run] = []
    for agent, epoch, first, last in sorted(runs):
        if answer and answer[-1][:2] == (agent, epoch) and first <= answer[-1][3] + 1:
            answer[-1] = (*answer[-1][:3], max(last, answer[-1][3]))
        else:
            answer.append((agent, epoch, first, last))
    return answer


def _covers(held: Iterable[_Run], key: BatchKey) -> bool:
    return any(
        (agent, epoch) == (key.agent, key.epoch) and first <= key.sequence <= last
        for agent, epoch, first, last in held
    )


def _run(connection: Connection, statement: object, runs: Collection[_Run]) -> None:
    if not runs:
        return
    agents, epochs, firsts, lasts = zip(*runs, strict=True)
    connection.execute(
        statement,  # type: ignore[call-overload]
        {
            "agents": list(agents),
            "epochs": list(epochs),
            "firsts": list(firsts),
            "lasts": list(lasts),
        },
    )
