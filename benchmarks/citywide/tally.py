"""What became of the requests of all boxes together."""

from collections import Counter
from dataclasses import dataclass, field

from agent.uplink.sender import Answer


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch: what makes it again, and its name. ``until`` is in milliseconds."""

    agent: str
    epoch: str
    sequence: int
    after: int
    until: int


@dataclass(slots=True)
class Tally:
    """Counts, and seconds each answer took.

    Args:
        taken: answers to batches with which the controller took them on, now or before.
        seconds: of every exchange of a batch that had an answer, refusals included.
        most_waiting: batches of one box that waited at the same moment.
        latest: seconds the driver itself was late with a batch, at worst.
    """

    answers: Counter[Answer] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    batches: int = 0
    readings: int = 0
    bytes: int = 0
    most_waiting: int = 0
    latest: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    #: Kept where somebody checks the store afterwards.
    acknowledged: list[Sent] | None = None

    def begin_anew(self) -> None:
        """Forget what was counted so far; names of batches that were taken are kept."""
        fresh = Tally(acknowledged=self.acknowledged)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def answered(self, answer: Answer, status: int, seconds: float) -> None:
        self.answers[answer] += 1
        self.statuses[status] += 1
        if answer is not Answer.lost:
            self.seconds.append(seconds)

    def taken(self, batch: Sent, readings: int, size: int) -> None:
        self.batches += 1
        self.readings += readings
        self.bytes += size
        if self.acknowledged is not None:
            self.acknowledged.append(batch)

    @property
    def refused(self) -> int:
        """Answers with which a real box would have lost something, or stopped."""
        bad = (Answer.refused, Answer.too_large, Answer.unauthorised)
        return sum(self.answers[one] for one in bad)

    def percentile(self, share: float) -> float:
        """Seconds within which that share of answers came; 0 without any."""
        if not self.seconds:
            return 0.0
        found = sorted(self.seconds)
        return found[min(len(found) - 1, int(share * len(found)))]
