"""What calendars say, as message ids: why a day has no school hours, holidays, weekdays."""

from collections.abc import Mapping

from controller.language import N_
from inventory.calendars import Reason

CALENDAR_REASONS: Mapping[Reason, str] = {
    Reason.day_off: N_("Day off"),
    Reason.statutory_holiday: N_("Statutory holiday"),
    Reason.vacation: N_("Vacation"),
    Reason.weekend: N_("Weekend"),
    Reason.no_hours: N_("No school hours"),
    Reason.blackout: N_("Nothing left beside exams and live lessons"),
    Reason.no_term: N_("Unknown: no term entered"),
    Reason.holidays_unknown: N_("Unknown: holidays not published"),
}
#: By the names the library of statutory holidays has for them.
HOLIDAYS: Mapping[str, str] = {
    "New Year's Day": N_("New Year's Day"),
    "Spring Festival": N_("Spring Festival"),
    "Tomb-sweeping Day": N_("Tomb-sweeping Day"),
    "Labour Day": N_("Labour Day"),
    "Dragon Boat Festival": N_("Dragon Boat Festival"),
    "Mid-autumn Festival": N_("Mid-autumn Festival"),
    "National Day": N_("National Day"),
}
#: By number, 1 Monday to 7 Sunday.
WEEKDAYS: Mapping[int, str] = {
    1: N_("Monday"),
    2: N_("Tuesday"),
    3: N_("Wednesday"),
    4: N_("Thursday"),
    5: N_("Friday"),
    6: N_("Saturday"),
    7: N_("Sunday"),
}
