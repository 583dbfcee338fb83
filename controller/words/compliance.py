"""The bandwidth verdict in words, as message ids: states, notes, findings, directions, measures.

What a state means and what to do about it stand apart, so that a table shows the word and a page
the sentence. ``docs/glossary/terms.yaml`` is where words are decided.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from controller.compliance.results import Note
from controller.compliance.states import State
from controller.language import N_
from inventory.models import NetworkPath
from inventory.standards.model import Comparison, Flow, Holder, Measure, QuestionKind, Unit

#: What a school without a judged target is called where its state would be.
NO_TARGET = "no_target"
#: Likewise one whose targets all await a person's answer.
PENDING = "pending"


class Finding(StrEnum):
    """The four findings of a target."""

    provisioned = "provisioned"
    delivered = "delivered"
    available = "available"
    sufficient = "sufficient"


STATES: Mapping[str, str] = MappingProxyType(
    {
        State.compliant: N_("Compliant"),
        State.non_compliant: N_("Non-compliant"),
        State.marginal: N_("Marginal"),
        State.insufficient_data: N_("Insufficient data"),
        State.not_testable: N_("Not testable"),
        State.exempt: N_("Exempt"),
        NO_TARGET: N_("No target set"),
        PENDING: N_("Awaits confirmation"),
    }
)
#: Colours of states, as the console names them.
TONES: Mapping[str, str] = MappingProxyType(
    {
        State.compliant: "good",
        State.non_compliant: "bad",
        State.marginal: "warn",
        State.insufficient_data: "warn",
        State.not_testable: "info",
        State.exempt: "idle",
        NO_TARGET: "idle",
        PENDING: "idle",
    }
)
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        State.compliant: N_("Contract, tests and availability all meet what the plan asks."),
        State.non_compliant: N_("At least one finding surely misses what the plan asks."),
        State.marginal: N_("The tests suffice, but fall too near the limit to be sure either way."),
        State.insufficient_data: N_(
            "Too little was measured or registered to say anything; this is neither met nor missed."
        ),
        State.not_testable: N_(
            "Agent, test server or test cap are slower than the target, so no test can prove it;"
            " this is never a failure."
        ),
        State.exempt: N_("The school is held against nothing in this period."),
        NO_TARGET: N_("No target of bandwidth holds for this school, so nothing is judged."),
        PENDING: N_("A target holds, but the plan leaves open how to read it: nothing is judged."),
    }
)
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        State.compliant: N_("Nothing has to be done."),
        State.non_compliant: N_(
            "Look at which finding failed: a contract is changed with the provider, a slow or"
            " broken line is reported to it with these tests."
        ),
        State.marginal: N_("Let the tests go on for a longer period, and ask the provider."),
        State.insufficient_data: N_(
            "See which numbers are missing: keep the agent running in school hours, or complete"
            " the register."
        ),
        State.not_testable: N_(
            "Use an agent with a faster port, a faster test server or a higher cap; until then"
            " the contract is what speaks."
        ),
        State.exempt: N_("The exemption and who approved it are listed below."),
        NO_TARGET: N_("A bureau applies a standard to the school."),
        PENDING: N_("A person of the bureau answers the questions on the standard's page."),
    }
)
NOTES: Mapping[Note, str] = MappingProxyType(
    {
        Note.no_contract: N_("No line is registered for this period."),
        Note.contract_below: N_("The contracted rate is below the target."),
        Note.port_below: N_("The port the line arrives on is slower than the target."),
        Note.port_unknown: N_("The speed of the port the line arrives on is not known."),
        Note.wrong_medium: N_("The line is not of the medium the plan asks for."),
        Note.numbers_unknown: N_(
            "The school's numbers of classes or users, which the target is multiplied by, are not"
            " known."
        ),
        Note.no_line_tested: N_("No agent tests a line of this school."),
        Note.tests_below: N_("Too few tests reach the tolerated share of the target."),
        Note.tests_uncertain: N_(
            "Whether enough tests reach the tolerated share of the target is not certain."
        ),
        Note.too_few_tests: N_("There are too few tests."),
        Note.too_few_days: N_("The tests lie on too few school days."),
        Note.hours_not_sampled: N_("Some hours of the school day have no test."),
        Note.too_many_missing: N_("Too many of the scheduled tests are missing."),
        Note.fails_whatever_is_missing: N_("It fails whatever the missing tests would have said."),
        Note.limit_below: N_("Agent, test server or test cap are slower than the target."),
        Note.not_on_this_path: N_(
            "Tests within the education network say nothing of the outlet to the Internet."
        ),
        Note.no_server_outside: N_(
            "No test server outside the education network is registered for this school, so no test"
            " crosses the outlet to the Internet."
        ),
        Note.only_outside: N_(
            "There are tests across the outlet alone; what fails there may fail beyond the school's"
            " line."
        ),
        Note.proven_outside: N_(
            "Tests across the outlet prove it: the way there leads over this line."
        ),
        Note.probes_missing: N_("Too many probes of the line are missing."),
        Note.latency_above: N_("Round trips take longer than the limit."),
        Note.outage_above: N_("The line was out for longer than is allowed."),
        Note.policy_not_adopted: N_("No bureau has adopted a tolerance: 80/80 is assumed."),
        Note.no_school_hours: N_("The calendar has no school hours in this period."),
    }
)
FINDINGS: Mapping[Finding, str] = MappingProxyType(
    {
        Finding.provisioned: N_("Provisioned bandwidth"),
        Finding.delivered: N_("Delivered bandwidth"),
        Finding.available: N_("Availability"),
        Finding.sufficient: N_("Sufficiency"),
    }
)
FLOWS: Mapping[Flow, str] = MappingProxyType(
    {Flow.down: N_("Download"), Flow.up: N_("Upload"), Flow.both: N_("Both directions")}
)
PATHS: Mapping[NetworkPath, str] = MappingProxyType(
    {
        NetworkPath.inside: N_("Within the education network"),
        NetworkPath.outside: N_("To the Internet"),
    }
)
MEASURES: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.access: N_("Access bandwidth"),
        Measure.outlet: N_("Outlet bandwidth"),
        Measure.per_class: N_("Bandwidth per class"),
        Measure.per_user: N_("Bandwidth per user"),
        Measure.terminal: N_("Terminal speed"),
        Measure.backbone: N_("Backbone bandwidth"),
        Measure.outlets: N_("Internet outlets"),
        Measure.availability: N_("Availability of the network"),
        Measure.wireless_coverage: N_("Rooms with wireless coverage"),
        Measure.wired_coverage: N_("Rooms with a wired network"),
        Measure.campus_network: N_("Schools with a campus network"),
        Measure.students_per_computer: N_("Students per computer"),
        Measure.computers_per_teacher: N_("Computers per teacher"),
        Measure.multimedia_per_class: N_("Multimedia platforms per class"),
        Measure.whiteboards_per_classroom: N_("Classrooms with a whiteboard"),
        Measure.certified_administrators: N_("Administrators with a certificate"),
        Measure.senior_administrators: N_("Administrators of middle or senior level"),
        Measure.creative_spaces: N_("Maker spaces"),
        Measure.subject_rooms: N_("Subject classrooms"),
        Measure.innovation_laboratories: N_("Digital innovation laboratories"),
        Measure.recording_rooms: N_("Lecture recording rooms"),
        Measure.digital_campus: N_("Digital campuses"),
        Measure.digital_campuses_a_year: N_("Digital campuses this year"),
        Measure.digital_kindergarten: N_("Digital kindergartens"),
        Measure.smart_campuses: N_("Smart campuses"),
        Measure.management_level: N_("Level of management"),
        Measure.city_cost_share: N_("The city's share of costs"),
        Measure.whiteboard_hours: N_("Hours of use a whiteboard and week"),
        Measure.terminal_hours: N_("Hours of use a terminal and week"),
    }
)
#: Units that are words; the others are written as they are.
UNITS: Mapping[Unit, str] = MappingProxyType(
    {
        Unit.students_per_computer: N_("students per computer"),
        Unit.computers_per_teacher: N_("computers per teacher"),
        Unit.level: N_("level"),
        Unit.hours: N_("hours"),
    }
)
COMPARISONS: Mapping[Comparison, str] = MappingProxyType(
    {Comparison.at_least: N_("at least"), Comparison.at_most: N_("at most")}
)
HOLDERS: Mapping[Holder, str] = MappingProxyType(
    {Holder.school: N_("Every school"), Holder.district: N_("County or city as a whole")}
)
QUESTIONS: Mapping[QuestionKind, str] = MappingProxyType(
    {
        QuestionKind.begins_on: N_("First day"),
        QuestionKind.town_is: N_("Where town schools belong"),
        QuestionKind.reading: N_("Reading of the plan"),
    }
)


def state_word(state: State | str | None) -> str:
    """The message id of a state; ``None`` and ``no_target`` are a school nothing is judged of."""
    return STATES[NO_TARGET if state is None else str(state)]


def state_tone(state: State | str | None) -> str:
    """The colour of a state."""
    return TONES[NO_TARGET if state is None else str(state)]


def note_word(note: Note | str) -> str:
    """The message id of a note: a whole sentence."""
    return NOTES[Note(note)]


def finding_word(finding: Finding | str) -> str:
    """The message id of a finding's name."""
    return FINDINGS[Finding(finding)]


def flow_word(flow: Flow | str) -> str:
    """The message id of a direction."""
    return FLOWS[Flow(flow)]


def measure_word(measure: Measure | str) -> str:
    """The message id of what a target measures."""
    return MEASURES[Measure(measure)]
