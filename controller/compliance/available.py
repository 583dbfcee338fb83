"""Finding 3: did the line carry traffic in school hours, and how quickly. Pure.

Probes that nobody made, because the box was absent, are missing: neither up nor down. Without
enough of them the data are insufficient, unless the outages that were seen are too long already,
whatever the missing ones would have said.
"""

from controller.compliance.inputs import Method, Probes
from controller.compliance.results import Available, Note
from controller.compliance.states import State, worst


def available(probes: Probes, declared: int, method: Method) -> Available:
    """Availability and latency of a line.

    Args:
        probes: within the school hours that count.
        declared: seconds of these.
        method: what is asked for, and when probes suffice.
    """
    expected = declared // probes.every
    made = min(probes.made, expected) if expected else 0
    down = min(probes.made - probes.answered, made)
    up, notes = _up(expected, made, down, method)
    latency = _latency(probes, expected, method)
    if latency is State.non_compliant:
        notes = (*notes, Note.latency_above)
    return Available(
        state=worst((up, latency)) or up,
        declared=declared,
        expected=expected,
        made=probes.made,
        answered=probes.answered,
        share=(made - down) / made if made else None,
        latency=probes.latency,
        latency_state=latency,
        notes=notes,
    )


def _up(expected: int, made: int, down: int, method: Method) -> tuple[State, tuple[Note, ...]]:
    # Whole numbers: fractions of thousands of lines take a tenth of the whole verdict.
    share, of = method.availability.as_integer_ratio()
    if not expected:
        return State.insufficient_data, (Note.no_school_hours,)
    if down * of > (of - share) * expected:
        return State.non_compliant, (Note.outage_above,)
    if not made or _too_few(made, expected, method):
        return State.insufficient_data, (Note.probes_missing,)
    # With probes missing, an outage may be too long a part of what was seen and not of the whole.
    return (State.compliant if (made - down) * of >= share * made else State.marginal), ()


def _too_few(made: int, expected: int, method: Method) -> bool:
    share, of = method.presence.as_integer_ratio()
    return made * of < share * expected


def _latency(probes: Probes, expected: int, method: Method) -> State:
    """Silent probes are no round trips: they count as outage, not as latency."""
    if probes.latency is None or not expected:
        return State.insufficient_data
    if _too_few(probes.round_trips, min(expected, probes.answered), method):
        return State.insufficient_data
    return State.compliant if probes.latency <= method.latency else State.non_compliant
