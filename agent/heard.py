"""What was heard on a broker, as one document a device."""

from collections.abc import Iterable
from datetime import UTC, datetime

from drivers.readings import Identity, Poll, PollDocument


def documents(polls: Iterable[Poll]) -> list[PollDocument]:
    """The last word of every device, in the order first heard.

    A device says who it is only once and its numbers now and then, so what it said last of each
    is taken together; outcome, detail and time are those of its last poll.
    """
    last: dict[str, Poll] = {}
    identities: dict[str, Identity] = {}
    numbers: dict[str, dict[tuple[str, str], float]] = {}
    for poll in polls:
        last[poll.subject] = poll
        if poll.facts is not None:
            identities[poll.subject] = poll.facts.identity
        values = numbers.setdefault(poll.subject, {})
        values.update(((one.metric, one.part), one.value) for one in poll.readings())
    return [
        PollDocument(
            address=None,
            taken_at=_iso(poll.taken_at),
            outcome=poll.outcome,
            detail=poll.detail,
            identity=identities.get(subject, Identity()),
            readings=tuple(
                {"metric": metric, "part": part, "value": value}
                for (metric, part), value in numbers[subject].items()
            ),
        )
        for subject, poll in last.items()
    ]


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
