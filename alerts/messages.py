"""What alerts and tickets say, in the reader's language.

Alerts and tickets keep a rule's name and the values of its message; the words are made when
somebody reads them. Every function takes ``translate``, the reader's gettext.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from alerts.fault_words import NAMES, TITLES, more_text
from alerts.models import Alert, Ticket
from alerts.sla.steps import Step, step_of
from alerts.storm import words as storms
from drivers.readings import Outcome

Translate = Callable[[str], str]


def N_(message: str) -> str:  # noqa: N802 - the marker every gettext tool knows
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


_RULES = {
    **NAMES,
    **storms.NAMES,
    "device_down": N_("Device down"),
    "power_cut": N_("Power cut"),
    "bandwidth_below_target": N_("Bandwidth below target"),
    "external": N_("Alert of another system"),
}
_EVENTS = {
    "opened": N_("Opened"),
    "recurred": N_("The fault came back"),
    "recovered": N_("The fault is gone"),
    "withdrawn": N_("Not watched any more"),
    "reopened": N_("Reopened"),
    "assigned": N_("Assigned"),
    "started": N_("Work began"),
    "waiting": N_("Waiting"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
    "commented": N_("Comment"),
    "prioritised": N_("Priority set"),
    "merged": N_("Merged"),
    "absorbed": N_("Another ticket was merged into this one"),
    "acknowledged": N_("Alert acknowledged"),
    "unacknowledged": N_("Acknowledgement taken back"),
    "silenced": N_("Alert silenced"),
    "joined": N_("Somebody else reported it, too"),
    "list_grew": N_("Added to the list"),
    "confirmed": N_("The reporter says that it works again"),
    "pictured": N_("Photo added"),
    "unpictured": N_("Photo removed"),
    "escalated": N_("Escalated"),
    "part_used": N_("Parts used"),
    "labour_noted": N_("Working time"),
    "supplier_called": N_("Given to a supplier"),
    "entry_removed": N_("Entry taken back"),
    "checked": N_("Checked"),
    "unchecked": N_("Check taken back"),
    "linked": N_("Linked to another ticket"),
    "split": N_("Split off into another ticket"),
    "put_back": N_("Put back into the queue"),
    "unlinked": N_("Link to another ticket taken back"),
    "split_undone": N_("Splitting off taken back"),
    "unmerged": N_("Merge taken back"),
    "released": N_("Another ticket was taken out of this one"),
}
_STEPS = {
    Step.answer_near: N_("The answer is nearly due"),
    Step.answer_over: N_("The answer is overdue"),
    Step.repair_near: N_("The repair is nearly due"),
    Step.repair_over: N_("The repair is overdue"),
}
_DOWN_TITLES = {
    Outcome.timeout: N_("{subject} does not answer"),
    Outcome.unreachable: N_("{subject} cannot be reached"),
    Outcome.auth_rejected: N_("{subject} refuses the credentials"),
    Outcome.malformed: N_("{subject} answers with garbage"),
}
_DOWN_TEXTS = {
    Outcome.timeout: N_("No valid answer to {failures} polls in a row."),
    Outcome.unreachable: N_(
        "The network said that it cannot be reached, {failures} polls in a row."
    ),
    Outcome.auth_rejected: N_("It refused our credentials {failures} polls in a row ({detail})."),
    Outcome.malformed: N_("Nothing it sent could be read, {failures} polls in a row ({detail})."),
}
_BEHIND = N_("{behind} devices behind it do not answer either.")
_BANDWIDTH_TITLES = {
    "down": N_("{subject}: download below target"),
    "up": N_("{subject}: upload below target"),
}
_BANDWIDTH_TEXT = N_(
    "{passed} of {tests} tests reached {share} of the target of {target_mbps} Mbit/s;"
    " the median was {median_mbps} Mbit/s."
)
_POWER_TITLE = N_("Power cut: {subject} runs on its battery")
_DARK = N_("{behind} devices do not answer because of it.")
_OTHER_TITLE = N_("{subject}: {rule}")


def rule_name(rule: str, translate: Translate) -> str:
    """A rule in the reader's words; a rule without words keeps its name."""
    return translate(_RULES[rule]) if rule in _RULES else rule


def event_name(kind: str, translate: Translate) -> str:
    """A kind of ticket event in the reader's words."""
    return translate(_EVENTS[kind]) if kind in _EVENTS else kind


def step_name(step: str, translate: Translate) -> str:
    """A step of escalation, as a line of a log names it, in the reader's words."""
    return translate(_STEPS[step_of(step)])


def fault_title(
    rule: str, part: str, arguments: Mapping[str, Any], subject: str, translate: Translate
) -> str:
    """One line: what is wrong with what.

    Args:
        rule: name of the rule.
        part: what of the subject.
        arguments: the finding's values.
        subject: what people call the device or the line.
        translate: the reader's gettext.
    """
    if rule == "external":
        return f"{subject}: {arguments.get('name', rule)}"
    if rule == "device_down":
        title = _DOWN_TITLES.get(arguments.get("outcome", ""), _DOWN_TITLES[Outcome.timeout])
    elif rule == "bandwidth_below_target":
        title = _BANDWIDTH_TITLES["up" if part == "up" else "down"]
    elif rule == "power_cut":
        title = _POWER_TITLE
    else:
        title = TITLES.get(rule) or storms.TITLES.get(rule, _OTHER_TITLE)
    # What is in no list of people has its name from the finding.
    subject = subject or str(arguments.get("name", ""))
    return (
        translate(title)
        .format(subject=subject, part=part, rule=rule_name(rule, translate))
        .replace("  ", " ")
    )


def fault_text(rule: str, arguments: Mapping[str, Any], translate: Translate) -> str:
    """What was found, with its figures; empty for a rule that has no more to say."""
    if rule == "external":
        return str(arguments.get("summary", ""))
    if rule == "power_cut":
        dark = arguments.get("behind", 0)
        return translate(_DARK).format(behind=dark) if dark else ""
    if rule in storms.TITLES:
        return storms.storm_text(rule, arguments, translate)
    if rule == "device_down":
        text = _DOWN_TEXTS.get(arguments.get("outcome", ""), _DOWN_TEXTS[Outcome.timeout])
        values = {"failures": arguments.get("failures", 0), "detail": arguments.get("detail", "")}
    elif rule == "bandwidth_below_target":
        text = _BANDWIDTH_TEXT
        values = {
            "passed": arguments.get("passed", 0),
            "tests": arguments.get("tests", 0),
            "share": f"{arguments.get('share', 0):.0%}",
            "target_mbps": f"{arguments.get('target_mbps', 0):g}",
            "median_mbps": f"{arguments.get('median_mbps', 0):.1f}",
        }
    else:
        return more_text(rule, arguments, translate)
    said = translate(text).format(**values)
    if arguments.get("behind"):
        said += " " + translate(_BEHIND).format(behind=arguments["behind"])
    return said


def alert_title(alert: Alert, subject: str, translate: Translate) -> str:
    """The line an alert shows; ``subject`` is what people call its device or line."""
    return fault_title(alert.rule, alert.part, json.loads(alert.arguments), subject, translate)


def alert_text(alert: Alert, translate: Translate) -> str:
    return fault_text(alert.rule, json.loads(alert.arguments), translate)


def ticket_title(ticket: Ticket, subject: str, translate: Translate) -> str:
    """A person's own words where a person opened it, else the rule's."""
    if ticket.title or not ticket.rule:
        return ticket.title
    part = ticket.fault_key.rsplit("|", 1)[-1]
    return fault_title(ticket.rule, part, json.loads(ticket.arguments), subject, translate)


def ticket_text(ticket: Ticket, translate: Translate) -> str:
    if ticket.description or not ticket.rule:
        return ticket.description
    return fault_text(ticket.rule, json.loads(ticket.arguments), translate)
