"""What a batch must be before anything of it is stored. Pure: the inventory's answers come in.

Every refusal is a ``RejectedBatch`` with a stable code; the agent drops such a batch, so what is
only too large is a ``TooManyReadings`` instead, which the agent splits.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from controller.errors import RejectedBatch, TooManyReadings
from drivers.readings import (
    MAX_READINGS_A_BATCH,
    MAX_REPORT_BYTES,
    AgentStatus,
    Batch,
    Block,
    Event,
    Facts,
    Identity,
    Poll,
    Report,
)

MAX_PART = 255
MAX_TEXT = 4096
#: How far an agent's clock may run ahead of ours: a wrong zone is found, drift is not punished.
MAX_AHEAD_MS = 3_600_000
#: Older than any spool keeps.
MAX_AGE_MS = 400 * 86_400_000
#: Rows of ports, components and neighbours of one device; a large chassis has under 2,000.
MAX_FACT_ROWS = 10_000
#: Named texts in an event or a result.
MAX_FIELDS = 64
_MAX_INT32 = 2**31 - 1
_MAX_SPEED = 10**15
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")


def check_shape(batch: Batch, agent_id: str, now_ms: int) -> int:
    """Check everything that needs no database; returns the number of readings.

    Raises:
        RejectedBatch: another agent's, or something in it can never be stored.
        TooManyReadings: split it.
    """
    if batch.agent != agent_id:
        raise RejectedBatch("batch_foreign_agent", "the batch names another agent")
    _check_text("epoch", batch.epoch)
    if not batch.epoch or len(batch.epoch) > MAX_PART:
        raise RejectedBatch("batch_invalid", "epoch: 1 to 255 characters")
    if not 0 <= batch.sequence < 2**63:
        raise RejectedBatch("batch_invalid", "sequence: 0 to 2^63-1")
    readings = sum(_check_poll(poll, now_ms) for poll in batch.polls)
    if readings > MAX_READINGS_A_BATCH or len(batch.polls) > MAX_READINGS_A_BATCH:
        raise TooManyReadings(limit=MAX_READINGS_A_BATCH)
    if len(batch.reports) > MAX_READINGS_A_BATCH:
        raise TooManyReadings(limit=MAX_READINGS_A_BATCH)
    for report in batch.reports:
        _check_report(report, now_ms)
    if batch.status is not None:
        _check_status(batch.status)
    return readings


def _check_status(status: AgentStatus) -> None:
    _check_text("status.version", status.version)
    _check_text("status.spool_fault", status.spool_fault)
    figures = (
        status.spool_batches,
        status.spool_bytes,
        status.spool_dropped,
        status.spool_dropped_readings,
    )
    skew = status.clock_skew_seconds
    if (
        not all(0 <= figure < 2**63 for figure in figures)
        or not 0 <= status.spool_set_aside <= _MAX_INT32
        or not (skew is None or math.isfinite(skew))
    ):
        raise RejectedBatch("batch_invalid", "status: figures out of range")


def part_foreign(
    polls: Iterable[Poll], authorised: Collection[str], school_of: Mapping[str, str]
) -> tuple[tuple[Poll, ...], tuple[RejectedBatch, ...]]:
    """Part the polls the agent may write from those it may not, and say why, one reason a poll.

    A device that moved, or a school that got another box, while batches waited in a spool must
    not cost the readings of everybody else in them.

    Args:
        polls: of one batch.
        authorised: codes of the agent's schools.
        school_of: school code of each subject that exists.

    Raises:
        RejectedBatch: nothing is left: ``batch_foreign_school`` or ``batch_foreign_subject``.
    """
    ours: list[Poll] = []
    refusals: list[RejectedBatch] = []
    for poll in polls:
        if poll.school not in authorised:
            refusals.append(
                RejectedBatch(
                    "batch_foreign_school",
                    f"this agent may not write for school {_shown(poll.school)}",
                )
            )
        elif school_of.get(poll.subject) != poll.school:
            refusals.append(
                RejectedBatch(
                    "batch_foreign_subject",
                    f"school {poll.school} has no device or line {_shown(poll.subject)}",
                )
            )
        else:
            ours.append(poll)
    if refusals and not ours:
        raise refusals[0]
    return tuple(ours), tuple(refusals)


def _check_poll(poll: Poll, now_ms: int) -> int:
    if not now_ms - MAX_AGE_MS <= poll.taken_at <= now_ms + MAX_AHEAD_MS:
        raise RejectedBatch(
            "batch_absurd_time",
            f"{_shown(poll.subject)}: taken_at {poll.taken_at} is not within 400 days before and"
            " 1 hour after this server's time; set the agent's clock",
        )
    _check_text("detail", poll.detail)
    if poll.attachment is not None:
        _check_text("attachment", poll.attachment.device + poll.attachment.port)
    if poll.facts is not None:
        _check_facts(poll.facts)
    return sum(_check_block(poll.subject, block) for block in poll.blocks)


def _check_block(subject: str, block: Block) -> int:
    parts = block.parts
    if len(set(parts)) != len(parts):
        raise _bad_block(subject, "parts repeat")
    if parts and max(map(len, parts)) > MAX_PART:
        raise _bad_block(subject, f"a part is longer than {MAX_PART} characters")
    if "\0" in "".join(parts):
        raise _bad_block(subject, "a part holds a NUL character")
    readings = 0
    for metric, values in block.columns.items():
        if not _is_metric(metric):
            raise _bad_block(subject, f"{_shown(metric)} is no metric name")
        if len(values) != len(parts):
            raise _bad_block(subject, f"{metric}: {len(values)} values for {len(parts)} parts")
        # Gaps and zeros fall out; a sum shows any NaN or infinity at the speed of C.
        if not math.isfinite(sum(filter(None, values))) and not all(
            map(math.isfinite, filter(None, values))
        ):
            raise _bad_block(subject, f"{metric}: a value is not finite")
        readings += len(values) - values.count(None)
    return readings


def _check_facts(facts: Facts) -> None:
    rows = len(facts.ports) + len(facts.components) + len(facts.neighbours)
    if rows > MAX_FACT_ROWS:
        raise RejectedBatch("batch_invalid", f"facts: {rows} rows, at most {MAX_FACT_ROWS}")
    for row in (facts.identity, *facts.ports, *facts.components, *facts.neighbours):
        for name in row.__struct_fields__:
            value = getattr(row, name)
            if isinstance(value, str):
                _check_text(name, value)
    for port in facts.ports:
        fits = 0 <= port.index <= _MAX_INT32 and 0 <= (port.type or 0) <= _MAX_INT32
        if not fits or not 0 <= (port.speed_bits_per_second or 0) <= _MAX_SPEED:
            raise RejectedBatch("batch_invalid", "facts: a port's number is out of range")
        if max(len(port.name or ""), len(port.description or "")) > MAX_PART:
            raise RejectedBatch("batch_invalid", "facts: a port's name is too long")


def _check_report(report: Report, now_ms: int) -> None:
    """Texts short and clean, files bounded, times believable: whatever kind it is."""
    if not now_ms - MAX_AGE_MS <= report.at <= now_ms + MAX_AHEAD_MS:
        raise RejectedBatch("batch_absurd_time", f"a report's time {report.at} is far from ours")
    for name in report.__struct_fields__:
        value = getattr(report, name)
        if name in ("text", "attachment"):
            if len(value) > MAX_REPORT_BYTES or (isinstance(value, str) and "\0" in value):
                raise RejectedBatch("batch_invalid", f"{name}: too large, or holds a NUL character")
        elif isinstance(value, str):
            _check_text(name, value)
        elif isinstance(value, dict):
            _check_fields(name, value)
        elif isinstance(value, Identity):
            _check_facts(Facts(value))
    if isinstance(report, Event) and not _is_metric(report.kind):
        raise RejectedBatch("batch_invalid", f"{_shown(report.kind)} is no kind of event")


def _check_fields(name: str, fields: Mapping[str, str]) -> None:
    if len(fields) > MAX_FIELDS:
        raise RejectedBatch("batch_invalid", f"{name}: more than {MAX_FIELDS}")
    for text in (*fields, *fields.values()):
        _check_text(name, text)


def _check_text(name: str, text: str) -> None:
    """PostgreSQL stores no NUL; nothing we keep as text is longer than a page."""
    if len(text) > MAX_TEXT or "\0" in text:
        raise RejectedBatch("batch_invalid", f"{name}: too long, or holds a NUL character")


@lru_cache(maxsize=4096)
def _is_metric(name: str) -> bool:
    return _METRIC.match(name) is not None


def _bad_block(subject: str, what: str) -> RejectedBatch:
    return RejectedBatch("batch_invalid_block", f"{_shown(subject)}: {what}")


def _shown(text: str) -> str:
    """Somebody else's text, safe for a log line and an answer."""
    return ascii(text[:64])
