"""What city is asked for, and whether such a one can be made."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from controller.seed.terms import CHINA

#: A school's network has room for so many addresses.
MOST_DEVICES_A_SCHOOL: Final = 1_000
#: Every school has a gateway, a switch and an access point.
FEWEST_DEVICES_A_SCHOOL: Final = 3
#: Schools have networks of their own within 10.0.0.0/8.
MOST_SCHOOLS: Final = 15_000
MOST_DAYS: Final = 3_660
_FIRST_DAY: Final = datetime(2021, 1, 1, tzinfo=UTC)
#: Tickets are planned some weeks ahead.
_LAST_DAY: Final = datetime(2035, 7, 1, tzinfo=UTC)


class History(StrEnum):
    """Of what there are readings, besides the line tests of every school."""

    tests = "tests"
    #: The port each line arrives on.
    uplinks = "uplinks"
    #: The uplinks, the lines' probes, and the vitals of a few devices a school.
    sample = "sample"
    #: The vitals of every device that tells some.
    all = "all"


class BadCity(ValueError):
    """Such a city cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySpec:
    """A city. Equal specifications make equal cities.

    Args:
        schools: how many.
        devices: how many, of all schools together.
        days: how far line tests, alerts and tickets reach back.
        recent_days: how far traffic and vitals reach back.
        every: seconds between two samples of traffic.
        history: of what there are readings.
        seed: another one makes another city, with another code.
        until: the moment the city is shown at; nothing is younger.

    Raises:
        BadCity: it cannot be made.
    """

    schools: int
    devices: int
    days: int
    recent_days: int
    every: int
    history: History
    seed: int
    until: datetime

    def __post_init__(self) -> None:
        least, most = FEWEST_DEVICES_A_SCHOOL, MOST_DEVICES_A_SCHOOL // 5
        for name, value, low, high in (
            ("--schools", self.schools, 1, MOST_SCHOOLS),
            ("--devices", self.devices, least * self.schools, most * self.schools),
            ("--days", self.days, 1, MOST_DAYS),
            ("--recent-days", self.recent_days, 0, self.days),
            ("--every", self.every, 10, 3_600),
            ("--seed", self.seed, 0, 2**32 - 1),
        ):
            if not low <= value <= high:
                raise BadCity(f"{name} {value}: {low} - {high}")
        if self.until.tzinfo is None or self.until.microsecond:
            raise BadCity(f"--until {self.until}: whole seconds of UTC")
        if not self.begin >= _FIRST_DAY or self.until >= _LAST_DAY:
            raise BadCity(
                f"--until {self.until:%Y-%m-%d} --days {self.days}: 2021-01-01 - 2035-06-30"
            )

    @property
    def begin(self) -> datetime:
        """When line tests, alerts and tickets begin."""
        return self.until - timedelta(days=self.days)

    @property
    def recent(self) -> datetime:
        """When traffic and vitals begin."""
        return self.until - timedelta(days=self.recent_days)

    @property
    def probed(self) -> datetime:
        """When probes of school hours begin: with the first month of which traffic is told."""
        month = self.recent.astimezone(CHINA).replace(day=1, hour=0, minute=0)
        return max(self.begin, month.astimezone(UTC)) if self.recent_days else self.until

    @property
    def city_code(self) -> str:
        """Of the city's bureau; every code below begins with it."""
        return f"98{self.seed % 100:02d}"
