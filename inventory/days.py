"""On which day something happens: that of the bureau's calendar, wherever the server stands.

China has one time zone, so an installation has it, too. A document of January 1st, 07:00 in Beijing
is one of the new fiscal year, though the server's clock, which is kept in UTC, still says
December 31st.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

#: The zone whose days people mean: of numbers, deadlines, fiscal years, last days of schools.
ZONE: Final = ZoneInfo("Asia/Shanghai")


def day_of(at: datetime) -> date:
    """The day that people have at an aware moment."""
    return at.astimezone(ZONE).date()
