"""When a line is tested: at the controller's moments, else at a random one of every period.

Pure: the clock and the random numbers are passed in. Days are those of the school's own time.
"""

from collections.abc import Sequence

from drivers.plan import LineTest, Window

#: Tests keep away from the end of their period, so that none runs into the next one's.
_USABLE_SHARE = 0.9
_DAY = 86_400
_MINUTE = 60
#: How far ahead a period with an open moment is looked for: longer than the summer holidays.
_LONGEST_LOOK = 100 * _DAY
#: 1970-01-01 was a Thursday.
_FIRST_WEEKDAY = 3

#: A planned moment that is past by less may still be begun: the controller keeps its minute free.
_LATEST = 20.0

#: From and until, seconds since the epoch.
Span = tuple[float, float]


def next_start(
    test: LineTest, now: float, draw: float, *, again: bool, begun: float = 0.0
) -> float | None:
    """The controller's next moment; where it plans none, a random open one of this period or later.

    Periods are counted from the epoch, so that a restart does not add a test to a period each.

    Args:
        test: its period, windows and blackouts.
        now: seconds since the epoch.
        draw: random number in [0, 1).
        again: the test of this period has been made.
        begun: when the last planned test was to begin, seconds since the epoch.

    Returns:
        Seconds since the epoch; None when no window opens within a hundred days.
    """
    until = 0.0 if test.planned is None else test.planned.until / 1000
    if test.planned is not None and now < until:
        ahead = (at / 1000 for at in test.planned.at)
        moment = next((at for at in ahead if at > begun and at >= now - _LATEST), None)
        if moment is not None:
            return moment
        now, again = until, False
    every = test.every_seconds
    period = now - now % every
    if again:
        period += every
    # Without windows the first or second period is open; blackouts may close some of them.
    while period < now + _LONGEST_LOOK:
        usable = period + every * _USABLE_SHARE
        if not open_spans(test, period, usable):
            usable = period + every  # open at its very end, if at all
        spans = open_spans(test, max(now, period), usable)
        length = sum(until - since for since, until in spans)
        if length > 0:
            return _at(spans, draw * length)
        period = _next_period(test, period, every)
    return None


def is_open(test: LineTest, now: float) -> bool:
    """Whether the line may be tested at this moment."""
    return bool(open_spans(test, now, now + 1.0))


def is_planned(test: LineTest, start: float) -> bool:
    """Whether that is one of the controller's moments."""
    return test.planned is not None and any(at / 1000 == start for at in test.planned.at)


def is_too_late(start: float, now: float) -> bool:
    """Whether the minute that was kept free for a planned test is over, or nearly so."""
    return now > start + _LATEST


def open_spans(test: LineTest, since: float, until: float) -> list[Span]:
    """The parts of a stretch of time in which the line may be tested, in order."""
    if since >= until:
        return []
    spans = [(since, until)]
    if test.windows:
        spans = _windows(test.windows, test.utc_offset_seconds, since, until)
    for begins, ends in test.blackouts:
        spans = _without(spans, begins / 1000, ends / 1000)
    return spans


def _windows(windows: Sequence[Window], offset: int, since: float, until: float) -> list[Span]:
    spans: list[Span] = []
    day = int((since + offset) // _DAY)
    while day * _DAY - offset < until:
        midnight = day * _DAY - offset
        for window in windows:
            if (day + _FIRST_WEEKDAY) % 7 in window.weekdays:
                begins = max(since, midnight + window.begins * _MINUTE)
                ends = min(until, midnight + window.ends * _MINUTE)
                if begins < ends:
                    spans.append((begins, ends))
        day += 1
    return _merged(spans)


def _merged(spans: list[Span]) -> list[Span]:
    """Overlapping spans as one, so that no moment is drawn twice as often."""
    merged: list[Span] = []
    for since, until in sorted(spans):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return merged


def _without(spans: Sequence[Span], begins: float, ends: float) -> list[Span]:
    rest: list[Span] = []
    for since, until in spans:
        if since < min(until, begins):
            rest.append((since, min(until, begins)))
        if max(since, ends) < until:
            rest.append((max(since, ends), until))
    return rest


def _at(spans: Sequence[Span], distance: float) -> float:
    """The moment ``distance`` seconds into the spans, gaps not counted."""
    for since, until in spans:
        if distance < until - since:
            return since + distance
        distance -= until - since
    return spans[-1][1]


def _next_period(test: LineTest, period: float, every: float) -> float:
    """The next period; whole days of short closed ones are not gone through one by one."""
    following = period + every
    ahead = open_spans(test, following, following + _DAY)
    if ahead:
        return max(following, ahead[0][0] - ahead[0][0] % every)
    day = following + _DAY
    return max(following, day - day % every)
