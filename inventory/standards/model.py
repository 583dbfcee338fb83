"""A standard: the targets of one plan, each with its quote, whom it is for, and its caveats.

Files of ``sets/`` and rows of the register hold the same document. A version that binds anybody
is never changed: whoever edits it makes the next one.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from inventory.models import Medium, SchoolForm, Setting, Stage


class Unit(StrEnum):
    """What the value of a target counts."""

    mbps = "Mbit/s"
    ratio = "ratio"  # 0 to 1
    number = "count"
    students_per_computer = "students/computer"
    computers_per_teacher = "computers/teacher"
    hours = "h"
    level = "level"


class Measure(StrEnum):
    """What a target speaks of; the first five are of bandwidth (see the verdict's definition)."""

    access = "access"
    outlet = "outlet"
    per_class = "per_class"
    per_user = "per_user"
    terminal = "terminal"
    backbone = "backbone"
    outlets = "outlets"
    availability = "availability"
    wireless_coverage = "wireless_coverage"
    wired_coverage = "wired_coverage"
    campus_network = "campus_network"
    students_per_computer = "students_per_computer"
    computers_per_teacher = "computers_per_teacher"
    multimedia_per_class = "multimedia_per_class"
    whiteboards_per_classroom = "whiteboards_per_classroom"
    certified_administrators = "certified_administrators"
    senior_administrators = "senior_administrators"
    creative_spaces = "creative_spaces"
    subject_rooms = "subject_rooms"
    innovation_laboratories = "innovation_laboratories"
    recording_rooms = "recording_rooms"
    digital_campus = "digital_campus"
    digital_campuses_a_year = "digital_campuses_a_year"
    digital_kindergarten = "digital_kindergarten"
    smart_campuses = "smart_campuses"
    management_level = "management_level"
    city_cost_share = "city_cost_share"
    whiteboard_hours = "whiteboard_hours"
    terminal_hours = "terminal_hours"


#: Those a line is tested against.
BANDWIDTH = frozenset(
    {Measure.access, Measure.outlet, Measure.per_class, Measure.per_user, Measure.terminal}
)
_OF_UNITS = {
    Unit.mbps: BANDWIDTH | {Measure.backbone},
    Unit.students_per_computer: {Measure.students_per_computer},
    Unit.computers_per_teacher: {Measure.computers_per_teacher},
    Unit.level: {Measure.management_level},
    Unit.hours: {Measure.whiteboard_hours, Measure.terminal_hours},
    Unit.number: {
        Measure.outlets,
        Measure.creative_spaces,
        Measure.subject_rooms,
        Measure.innovation_laboratories,
        Measure.recording_rooms,
        Measure.digital_campuses_a_year,
        Measure.smart_campuses,
    },
}
#: Every measure has one unit.
UNITS: dict[Measure, Unit] = dict.fromkeys(Measure, Unit.ratio) | {
    measure: unit for unit, measures in _OF_UNITS.items() for measure in measures
}


class Holder(StrEnum):
    """Of whom a target is asked: of every school, or of a county or city as a whole."""

    school = "school"
    district = "district"


class Comparison(StrEnum):
    """On which side of the value is right; the value itself always is."""

    at_least = "at_least"
    at_most = "at_most"


class Flow(StrEnum):
    """The directions a target of bandwidth holds for; both where the plan is silent."""

    down = "down"
    up = "up"
    both = "both"


class QuestionKind(StrEnum):
    """What a question is answered with, and what its answer does."""

    #: The day from which the targets that need it hold; the plan's own years are unusable.
    begins_on = "begins_on"
    #: ``urban``, ``rural`` or ``none``: where schools of towns (镇区) belong.
    town_is = "town_is"
    #: ``yes`` or ``no``: whether the plan is read rightly.
    reading = "reading"


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what is read from files: an unknown field is a mistake."""


class Scope(_Document, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Kinds of schools; an empty field says nothing."""

    stages: tuple[Stage, ...] = ()
    settings: tuple[Setting, ...] = ()
    forms: tuple[SchoolForm, ...] = ()
    public: bool | None = None


class Question(_Document, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person has to confirm before the targets that need it may be used."""

    id: str
    kind: QuestionKind
    text: str
    translation: str


class Target(_Document, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One demand.

    Args:
        id: unique within the standard.
        quote: the plan's words; shown beside every figure.
        value: in ``unit``, which every measure has one of.
        holder: a school, or a district as a whole.
        flow: of bandwidth.
        medium: what the line has to be made of, where that is part of the target.
        effective_from: empty where a question asks for it, or from the beginning.
        effective_until: its last day.
        needs: ids of questions.
        baseline: what the plan found, not what it demands: shown, never judged.
        caveat: what to know of it, in the reader's two languages.
    """

    id: str
    quote: str
    translation: str
    measure: Measure
    value: Decimal
    unit: Unit
    comparison: Comparison = Comparison.at_least
    holder: Holder = Holder.school
    scope: Scope = Scope()
    flow: Flow | None = None
    medium: Medium | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    needs: tuple[str, ...] = ()
    baseline: bool = False
    caveat: str = ""
    caveat_translation: str = ""


class Standard(_Document, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The targets of one plan, in one version.

    Args:
        code: its name for ever, ``a-z 0-9 -``.
        plan: the citation shown in the product.
    """

    code: str
    version: int
    plan: str
    plan_translation: str
    year: int | None = None
    caveats: tuple[str, ...] = ()
    caveats_translation: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    targets: tuple[Target, ...]

    def target(self, target_id: str) -> Target | None:
        return next((one for one in self.targets if one.id == target_id), None)

    def question(self, question_id: str) -> Question | None:
        return next((one for one in self.questions if one.id == question_id), None)
