"""The form of a packed device: a fixed number of bytes, read without a loop."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.readings import Kind
from inventory.models import Lifecycle, RoomKind

Records: TypeAlias = npt.NDArray[Any]
#: One device. Months count from year 0, amounts are fen; -1 where nobody knows. Model and room
#: are here by :func:`key_of`, 0 for none; ``life`` is that of the asset class, in months.
RECORD = np.dtype(
    [
        ("id", "S20"),
        ("catalogue", "<i8"),
        ("room", "<i8"),
        ("price", "<i8"),
        ("repairs", "<i8"),
        ("bought", "<i4"),
        ("warranty", "<i4"),
        ("life", "<i4"),
        ("hours", "<f4"),
        ("failures", "<u2"),
        ("kind", "u1"),
        ("room_kind", "u1"),
        ("state", "u1"),
    ]
)
KINDS = tuple(Kind)
#: The first stands for a device without a room.
ROOM_KINDS: tuple[RoomKind | None, ...] = (None, *RoomKind)
PLANNED, OWNED, ORDERED = 1, 2, 4
#: What of a device's life counts for what: a plan replaces what is lent as well, a standard asks
#: what works in the school or will again.
STATES: Mapping[Lifecycle, int] = {
    Lifecycle.in_service: PLANNED | OWNED,
    Lifecycle.in_repair: PLANNED | OWNED,
    Lifecycle.in_stock: PLANNED | OWNED,
    Lifecycle.lent: PLANNED,
    Lifecycle.ordered: ORDERED,
}
MOST_FAILURES = 2**16 - 1


def _form() -> str:
    words = repr((RECORD.descr, KINDS, ROOM_KINDS, sorted(STATES.items())))
    return blake2b(words.encode(), digest_size=4).hexdigest()


#: Another form, another name: what one release packs the next one never takes for its own.
FORM = _form()


@lru_cache(maxsize=16_384)
def key_of(text: str | None) -> int:
    """64 bits that stand for an id or a code; 0 for none."""
    if not text:
        return 0
    digest = blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1


def unpacked(packed: bytes) -> Records:
    """The devices of one school, or of several one behind the other."""
    return np.frombuffer(packed, dtype=RECORD)
