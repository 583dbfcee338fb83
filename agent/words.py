"""The words of the wire in the words people use; the glossary's, as in the console."""

from agent.language import gettext
from drivers.readings import Kind, Outcome


def N_(text: str) -> str:  # noqa: N802  (the name gettext tools know)
    """Mark a message for extraction where it is defined; it is translated where it is shown."""
    return text


_KINDS = {
    Kind.switch: N_("Switch"),
    Kind.router: N_("Router"),
    Kind.firewall: N_("Firewall"),
    Kind.access_point: N_("Access point"),
    Kind.wireless_controller: N_("Wireless controller"),
    Kind.whiteboard: N_("Interactive whiteboard"),
    Kind.terminal: N_("Terminal"),
    Kind.server: N_("Server"),
    Kind.printer: N_("Printer"),
    Kind.projector: N_("Projector"),
    Kind.display: N_("Display"),
    Kind.ups: N_("UPS"),
    Kind.pdu: N_("PDU"),
    Kind.camera: N_("Camera"),
    Kind.recorder: N_("Recorder"),
    Kind.storage: N_("Storage"),
    Kind.sensor: N_("Sensor"),
    Kind.unknown: N_("Unknown kind"),
}
_OUTCOMES = {
    Outcome.ok: N_("Answered"),
    Outcome.partial: N_("Answered in part"),
    Outcome.timeout: N_("No answer"),
    Outcome.unreachable: N_("Unreachable"),
    Outcome.auth_rejected: N_("Credentials rejected"),
    Outcome.malformed: N_("Unreadable answer"),
}


def kind_word(kind: Kind) -> str:
    """What a device is, in the terminal's language."""
    return gettext(_KINDS[kind])


def outcome_word(outcome: Outcome) -> str:
    """How a poll ended, in the terminal's language."""
    return gettext(_OUTCOMES[outcome])
