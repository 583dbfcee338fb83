"""Words for why batches are set aside, and for what somebody can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.language import N_


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, and what to do; both message ids."""

    text: str
    advice: str


REASONS: Mapping[str, Why] = {
    "batch_malformed": Why(
        N_("Not readable"),
        N_(
            "Agent and controller may be of versions that do not fit, or something between them"
            " damages what is sent: bring both to the same version, then try again."
        ),
    ),
    "batch_foreign_agent": Why(
        N_("Names another agent"),
        N_(
            "Two boxes may run from a copy of one disk. Let one of them join anew with a token of"
            " its own, and throw this away."
        ),
    ),
    "batch_foreign_school": Why(
        N_("School not assigned to this agent"),
        N_(
            "If the agent is to serve that school, let it join again with a token for it, then try"
            " again. Otherwise throw this away."
        ),
    ),
    "batch_foreign_subject": Why(
        N_("Device or line not in the register"),
        N_(
            "If it was removed or moved by mistake, put it back into the register, then try again."
            " Otherwise throw this away."
        ),
    ),
    "batch_absurd_time": Why(
        N_("Time far from ours"),
        N_(
            "Set the clock of the box. A time in the future can be stored once it has come; what"
            " was read in 1970 cannot: throw it away."
        ),
    ),
    "batch_invalid": Why(
        N_("A value out of bounds"),
        N_(
            "A device or its driver told something impossible. Download the batch for those who"
            " maintain the product; try again after an update of the controller."
        ),
    ),
    "batch_invalid_block": Why(
        N_("Readings that do not fit together"),
        N_(
            "A device or its driver told something impossible. Download the batch for those who"
            " maintain the product; try again after an update of the controller."
        ),
    ),
    "batch_unstorable": Why(
        N_("The database cannot hold a value"),
        N_(
            "Look into the controller's log of that time. Try again after an update of the"
            " controller."
        ),
    ),
    "batch_unprocessable": Why(
        N_("The controller failed on it"),
        N_(
            "Look into the controller's log of that time. Try again after an update of the"
            " controller."
        ),
    ),
    "too_many_readings": Why(
        N_("Too many readings"),
        N_("The agent has to be updated: it sends larger batches than the controller takes."),
    ),
}
#: For a reason an older or newer controller gave.
OTHER = Why(N_("Another reason"), N_("Look into the controller's log of that time."))


def why(reason: str) -> Why:
    """The words for a reason."""
    return REASONS.get(reason, OTHER)
