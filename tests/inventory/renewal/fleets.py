"""Fleets made by hand or by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from hypothesis import strategies as st

from drivers.readings import Kind
from inventory.renewal.fleet import UNKNOWN, Fleet, month_of

TODAY = date(2026, 9, 15)
NOW = month_of(TODAY)
KINDS = (Kind.projector, Kind.terminal, Kind.whiteboard)


@dataclass(frozen=True)
class One:
    """One device; ages in months, money in fen."""

    age: int | None = 0
    life: int = 72
    support_left: int | None = None
    warranty_left: int | None = None
    price: int | None = 100_000
    cost: int | None = 100_000
    failures: int = 0
    repairs: int = 0
    hours: float | None = None
    weak: bool = False
    kind: int = 0
    model: int = UNKNOWN


def fleet_of(devices: Sequence[One]) -> Fleet:
    def column(values: list[int | None]) -> np.ndarray:
        return np.array([UNKNOWN if one is None else one for one in values], dtype=np.int64)

    count = len(devices)
    return Fleet(
        ids=np.array([f"d{place:04}" for place in range(count)], dtype="S20"),
        kinds=KINDS,
        schools=("S1",),
        models=("V M1", "V M2"),
        kind=column([one.kind for one in devices]),
        school=np.zeros(count, dtype=np.int64),
        model=column([one.model for one in devices]),
        bought=column([None if one.age is None else NOW - one.age for one in devices]),
        life=column([one.life for one in devices]),
        support=column(
            [None if one.support_left is None else NOW + one.support_left for one in devices]
        ),
        warranty=column(
            [None if one.warranty_left is None else NOW + one.warranty_left for one in devices]
        ),
        price=column([one.price for one in devices]),
        cost=column([one.cost for one in devices]),
        is_estimated=np.zeros(count, dtype=np.bool_),
        failures=column([one.failures for one in devices]),
        repairs=column([one.repairs for one in devices]),
        hours=np.array([np.nan if one.hours is None else one.hours for one in devices]),
        weak=np.array([one.weak for one in devices], dtype=np.bool_),
    )


DEVICES = st.builds(
    One,
    age=st.none() | st.integers(0, 240),
    life=st.integers(1, 180),
    support_left=st.none() | st.integers(-60, 60),
    warranty_left=st.none() | st.integers(-60, 60),
    price=st.none() | st.integers(0, 10_000_000),
    cost=st.none() | st.integers(0, 10_000_000),
    failures=st.integers(0, 10),
    repairs=st.integers(0, 10_000_000),
    hours=st.none() | st.floats(0, 168),
    weak=st.booleans(),
    kind=st.integers(0, 2),
    model=st.integers(UNKNOWN, 1),
)
FLEETS = st.lists(DEVICES, max_size=40)
