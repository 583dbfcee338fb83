"""What is in a batch: its weight, its bytes, and how it is cut when it is too large."""

import msgspec

from agent.uplink.spool import Encoder
from drivers.readings import (
    OUTCOME_METRIC,
    OUTCOMES,
    WIRE_VERSION,
    AgentStatus,
    Batch,
    Block,
    CommandResult,
    Configuration,
    Poll,
    Report,
    encode_batch,
)

#: About what a reading takes before compression.
_BYTES_A_READING = 20


def weight(poll: Poll) -> int:
    """Readings in a poll; a row of its facts counts as one, so that facts are bounded, too."""
    facts = poll.facts
    rows = len(facts.ports) + len(facts.components) + len(facts.neighbours) if facts else 0
    return sum(map(len, poll.blocks)) + rows


def weight_of_report(report: Report) -> int:
    """Readings that would take about as many bytes as a report."""
    match report:
        case Configuration():
            size = len(report.text)
        case CommandResult():
            size = len(report.attachment)
        case _:
            size = 0
    return 1 + size // _BYTES_A_READING


def split_poll(poll: Poll, limit: int) -> list[Poll]:
    """Cut a poll into polls of the same moment with at most ``limit`` readings each.

    Facts are not cut; they travel with the first part.
    """
    groups: list[list[Block]] = [[]]
    room = limit
    for block in poll.blocks:
        for piece in _cut(block, limit):
            if len(piece) > room and groups[-1]:
                groups.append([])
                room = limit
            groups[-1].append(piece)
            room -= len(piece)
    first = msgspec.structs.replace(poll, blocks=tuple(groups[0]))
    return [first] + [
        msgspec.structs.replace(poll, blocks=tuple(group), facts=None) for group in groups[1:]
    ]


def _cut(block: Block, limit: int) -> list[Block]:
    rows = max(1, limit // max(1, len(block.columns)))
    if len(block.parts) <= rows:
        return [block]
    return [
        Block(
            block.parts[start : start + rows],
            {metric: values[start : start + rows] for metric, values in block.columns.items()},
        )
        for start in range(0, len(block.parts), rows)
    ]


def encoder(
    agent: str,
    polls: tuple[Poll, ...],
    *,
    now_ms: int,
    status: AgentStatus | None,
    reports: tuple[Report, ...] = (),
) -> Encoder:
    """Bytes of these polls and reports, once the spool has given them a name."""

    def encode(epoch: str, sequence: int) -> bytes:
        return encode_batch(
            Batch(WIRE_VERSION, agent, epoch, sequence, now_ms, polls, status, reports), level=1
        )

    return encode


def with_outcome(poll: Poll) -> Poll:
    """The poll with its outcome as a reading, so that its end is history as its values are."""
    outcome = Block(("",), {OUTCOME_METRIC: [float(OUTCOMES.index(poll.outcome))]})
    return msgspec.structs.replace(poll, blocks=(outcome, *poll.blocks))


def readings_in(polls: tuple[Poll, ...]) -> int:
    """Readings proper, as drops are counted in."""
    return sum(len(block) for poll in polls for block in poll.blocks)


def shifted(whole: Batch, milliseconds: int) -> Batch:
    """The same batch with all its times moved."""
    replace = msgspec.structs.replace
    return replace(
        whole,
        created_at=whole.created_at + milliseconds,
        polls=tuple(replace(p, taken_at=p.taken_at + milliseconds) for p in whole.polls),
        reports=tuple(replace(r, at=r.at + milliseconds) for r in whole.reports),
    )


#: Polls and reports.
Content = tuple[tuple[Poll, ...], tuple[Report, ...]]


def two_of(whole: Batch) -> tuple[Content, Content] | None:
    """What is in a batch, in two parts; ``None`` when it cannot be parted."""
    polls, reports = list(whole.polls), whole.reports
    if polls and reports:
        return (tuple(polls), ()), ((), reports)
    if len(reports) > 1:
        middle = len(reports) // 2
        return ((), reports[:middle]), ((), reports[middle:])
    if len(polls) == 1:
        polls = _halves(polls[0])
    if len(polls) < 2:  # noqa: PLR2004 - two parts
        return None
    middle = len(polls) // 2
    return (tuple(polls[:middle]), ()), (tuple(polls[middle:]), ())


def _halves(poll: Poll) -> list[Poll]:
    """Two or more smaller polls of the same moment; facts go alone. One when it cannot be cut."""
    if poll.facts is not None and poll.blocks:
        return [
            msgspec.structs.replace(poll, blocks=()),
            msgspec.structs.replace(poll, facts=None),
        ]
    return split_poll(poll, max(1, weight(poll) // 2))
