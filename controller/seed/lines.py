"""Internet lines of the city's schools: what the contract says, and what the line carries."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from controller.seed.chance import chance, weighted
from controller.seed.options import CitySpec
from controller.seed.places import Fate, SeedSchool
from controller.seed.terms import CHINA
from inventory.models import Medium, SchoolForm, Setting

#: Provider, hotline, share, and the letters of its circuit numbers.
_PROVIDERS: Final = (
    (("中国电信", "10000", "TEL"), 5.0),
    (("中国移动", "10086", "CMC"), 4.0),
    (("中国联通", "10010", "UNI"), 2.5),
    (("中国广电", "10099", "CBN"), 0.5),
)
#: CNY a year by Mbit/s.
_FEES: Final = {
    20: 1_800, 50: 3_600, 100: 6_000, 200: 9_600, 300: 12_000, 500: 18_000, 1_000: 30_000,
    2_000: 52_000, 10_000: 138_000,
}  # fmt: skip
#: Mbit/s that a target asks for in both directions, twice.
_ASYMMETRIC: Final = 200
_LARGE: Final = 48
_MIDDLE: Final = 12


@dataclass(frozen=True, slots=True)
class SeedLine:
    """One line; rates in Mbit/s.

    Args:
        carries_down: what really comes through from the Internet.
        peak_down: what the school asks for in its busiest lesson.
    """

    provider: str
    hotline: str
    circuit: str
    medium: Medium
    down: int
    up: int
    starts: date
    ends: date
    fee: Decimal
    carries_down: float
    carries_up: float
    peak_down: float


def line_of(school: SeedSchool, spec: CitySpec) -> SeedLine:
    """The line of a school."""
    dice = chance(spec.seed, "line", school.code)
    (provider, hotline, letters), down = weighted(dice, _PROVIDERS), _contract(school, dice)
    # Some lines of the country are slower towards the Internet, mostly those with room to be.
    halves = 0.5 if down >= _ASYMMETRIC else 0.08
    up = down // 2 if school.setting is not Setting.urban and dice.random() < halves else down
    today = spec.until.astimezone(CHINA).date()
    starts = today.replace(day=1) - timedelta(days=dice.randrange(30, 700))
    share = dice.uniform(0.985, 1.0)
    if school.fate is Fate.slow_line:
        share = dice.uniform(0.32, 0.6) * min(1.0, target_mbps(school) / down)
    demand = school.students * dice.uniform(0.06, 0.16) + school.classes
    peak = min(demand, down * share * dice.uniform(0.3, 0.72))
    if school.fate is Fate.overloaded_line:
        peak = down * dice.uniform(1.25, 1.7)
    is_fibre = school.form is not SchoolForm.teaching_point or dice.random() < 0.85  # noqa: PLR2004
    return SeedLine(
        provider=provider,
        hotline=hotline,
        circuit=f"{letters}-{school.code}-{dice.randrange(10_000):04d}",
        medium=Medium.fibre if is_fibre else Medium.wireless,
        down=down,
        up=up,
        starts=starts,
        ends=starts + timedelta(days=365 * 3 - 1),
        fee=Decimal(round(_FEES[down] * dice.uniform(0.85, 1.2), -1)).quantize(Decimal("0.01")),
        carries_down=down * share,
        carries_up=up * dice.uniform(0.985, 1.0),
        peak_down=peak,
    )


def _contract(school: SeedSchool, dice: random.Random) -> int:
    if school.form is SchoolForm.teaching_point:
        return weighted(dice, ((20, 2.0), (50, 3.0), (100, 5.0)))
    if school.setting is Setting.urban:
        if school.classes >= _LARGE:
            return weighted(dice, ((1_000, 5.0), (2_000, 3.0), (10_000, 2.0)))
        return weighted(dice, ((500, 0.8), (1_000, 9.0), (2_000, 0.7)))
    if school.classes >= _MIDDLE:
        return weighted(dice, ((200, 3.0), (300, 2.0), (500, 3.0), (1_000, 2.0)))
    return weighted(dice, ((50, 0.5), (100, 5.0), (200, 4.0)))


def target_mbps(school: SeedSchool) -> int:
    """What the city's standard asks of a school's access: Zibo's, by which towns count as rural."""
    if school.setting is Setting.urban:
        return 1_000
    return 4 if school.form is SchoolForm.teaching_point else 100
