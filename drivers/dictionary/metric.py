"""What is said of one metric."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Args:
        name: as it travels and is stored.
        unit: of the value; ``1`` for a ratio, ``0/1`` for a state.
        part: what a part of it is; empty when the whole device is meant.
        en: meaning in English.
        zh: meaning in Chinese.
    """

    name: str
    unit: str
    part: str
    en: str
    zh: str
