"""How much a ticket matters and how it stands; apart from the tables, because clocks know none."""

from enum import StrEnum


class Impact(StrEnum):
    """How many people a fault keeps from their work (ITIL: impact)."""

    one = "one"
    #: A class or a room.
    room = "room"
    school = "school"


class Urgency(StrEnum):
    """How soon it hurts (ITIL: urgency)."""

    low = "low"
    medium = "medium"
    high = "high"


class Priority(StrEnum):
    """What follows from both; the words sort the most pressing first."""

    p1 = "p1"
    p2 = "p2"
    p3 = "p3"
    p4 = "p4"


class WaitingFor(StrEnum):
    """For what a ticket waits."""

    parts = "parts"
    user = "user"
    supplier = "supplier"
    #: For anything else: a key, a helping hand. The clock goes on.
    other = "other"


class Origin(StrEnum):
    """Where a ticket came from."""

    alert = "alert"
    person = "person"
    #: Somebody without an account, by the code on the device's label.
    qr = "qr"
    stocktaking = "stocktaking"
    #: A school's own repair log of before.
    record = "record"
