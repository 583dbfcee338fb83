"""Figures of coverage and equipment in words."""

from collections.abc import Mapping

from controller.language import N_
from inventory.coverage.tally import Stand
from inventory.models import CampusProgramme
from inventory.standards.model import Measure

CAMPUS_PROGRAMMES: Mapping[CampusProgramme, str] = {
    CampusProgramme.digital_campus: N_("Digital campus"),
    CampusProgramme.digital_kindergarten: N_("Digital kindergarten"),
    CampusProgramme.smart_campus: N_("Smart campus"),
    CampusProgramme.management: N_("Informatisation of management"),
}
#: Those that are counted, in the order of the page.
COUNTED: Mapping[Measure, str] = {
    Measure.campus_network: N_("Schools with a campus network"),
    Measure.wired_coverage: N_("Rooms with a wired network"),
    Measure.wireless_coverage: N_("Rooms with wireless coverage"),
    Measure.terminal: N_("Terminals at 100 Mbit/s or more"),
    Measure.students_per_computer: N_("Students per computer"),
    Measure.computers_per_teacher: N_("Computers per teacher"),
    Measure.multimedia_per_class: N_("Multimedia platforms per class"),
    Measure.whiteboards_per_classroom: N_("Classrooms with a whiteboard"),
    Measure.whiteboard_hours: N_("Hours of use a whiteboard and week"),
    Measure.terminal_hours: N_("Hours of use a terminal and week"),
    Measure.creative_spaces: N_("Maker spaces"),
    Measure.subject_rooms: N_("Subject classrooms"),
    Measure.innovation_laboratories: N_("Digital innovation laboratories"),
    Measure.recording_rooms: N_("Lecture recording rooms"),
    Measure.certified_administrators: N_("Administrators with a certificate"),
    Measure.senior_administrators: N_("Administrators of middle or senior level"),
    Measure.digital_campus: N_("Digital campuses"),
    Measure.digital_campuses_a_year: N_("Digital campuses this year"),
    Measure.digital_kindergarten: N_("Digital kindergartens"),
    Measure.smart_campuses: N_("Smart campuses"),
    Measure.management_level: N_("Level of management"),
}
STANDS: Mapping[Stand, str] = {
    Stand.met: N_("Met"),
    Stand.missed: N_("Missed"),
    Stand.open: N_("To be looked at"),
    Stand.nothing: N_("Nothing to count"),
}
#: Colours of states.
TONES: Mapping[Stand, str] = {
    Stand.met: "good",
    Stand.missed: "bad",
    Stand.open: "warn",
    Stand.nothing: "off",
}
