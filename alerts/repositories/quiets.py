"""Maintenance and silences as the judging wants them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.judging.facts import Quiet
from alerts.quiet.times import quiet_times

_MOMENT = timedelta(microseconds=1)


def quiets_now(
    session: Session, paths: Mapping[str, str], now: datetime, of: Callable[[datetime], float]
) -> Mapping[str, Sequence[Quiet]]:
    """What holds now, by school; schools in which nothing is quiet are left out.

    Args:
        session: only reads.
        paths: of the schools, by code.
        now: aware.
        of: a moment as facts have it.
    """
    return {
        code: [
            Quiet(
                begin=of(one.begin),
                end=of(one.told_from),
                subjects=one.subjects,
                rules=frozenset((one.rule,) if one.rule else ()),
                reason=one.reason,
            )
            for one in times
        ]
        for code, times in quiet_times(session, paths, now, now + _MOMENT).items()
    }
