"""How what was heard becomes a poll."""

from collections.abc import Iterator, Mapping

from drivers.readings import ALIVE, Block, Facts, Outcome, Poll

#: Values by part and metric.
Rows = dict[str, dict[str, float]]


def poll_of(
    subject: str,
    school: str,
    outcome: Outcome,
    detail: str,
    rows: Mapping[str, Mapping[str, float]],
    *,
    at: int,
    facts: Facts | None,
) -> Poll:
    """A poll with ``online`` and the values; ``at`` in milliseconds since the epoch."""
    online = Block(("",), {"online": [1.0 if outcome in ALIVE else 0.0]})
    return Poll(
        subject=subject,
        school=school,
        taken_at=at,
        outcome=outcome,
        detail=detail,
        blocks=(online, *_blocks(rows)),
        facts=facts,
    )


def _blocks(rows: Mapping[str, Mapping[str, float]]) -> Iterator[Block]:
    """One block a set of metrics: the parts that share them travel together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for part, values in rows.items():
        groups.setdefault(tuple(values), []).append(part)
    for metrics, parts in groups.items():
        columns: dict[str, list[float | None]] = {
            metric: [rows[part][metric] for part in parts] for metric in metrics
        }
        yield Block(tuple(parts), columns)
