"""Lines of the lists behind figures of one school."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CaseKind(StrEnum):
    """What a line of the list is."""

    room = "room"
    device = "device"
    person = "person"
    recognition = "recognition"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the list behind a figure.

    Args:
        id: of the room, device, person or recognition.
        name: as the register has it; of a recognition its programme.
        place: building or room; of a recognition the notice it was published in.
        counts: whether it is in the numerator (of students for a computer: in the denominator);
            ``None`` where nobody knows.
        speed: of the port a terminal hangs on, bit/s.
        hours: a week in which a device is in use.
        level: of a recognition.
        since: the day of a recognition.
    """

    kind: CaseKind
    id: str
    name: str
    place: str
    counts: bool | None
    speed: int | None = None
    hours: float | None = None
    level: int | None = None
    since: date | None = None
