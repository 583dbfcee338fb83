"""Words of editions of reports: kinds, states of the flow, appeals, work in the background."""

from collections.abc import Mapping
from typing import Any

from controller.language import N_
from inventory.models import AppealRemedy, AppealState, EditionKind, EditionState

EDITION_KINDS: Mapping[EditionKind, str] = {
    EditionKind.month: N_("Monthly report"),
    EditionKind.year: N_("Annual development report"),
}
EDITION_STATES: Mapping[EditionState, str] = {
    EditionState.computing: N_("Being computed"),
    EditionState.computed: N_("Computed"),
    EditionState.draft: N_("Draft open to schools"),
    EditionState.review: N_("Under review"),
    EditionState.issued: N_("Issued"),
    EditionState.frozen: N_("Frozen"),
    EditionState.withdrawn: N_("Withdrawn"),
}
APPEAL_STATES: Mapping[AppealState, str] = {
    AppealState.open: N_("Waits for an answer"),
    AppealState.upheld: N_("Upheld"),
    AppealState.rejected: N_("Not upheld"),
}
APPEAL_REMEDIES: Mapping[AppealRemedy, str] = {
    AppealRemedy.exclusion: N_("Time is left out"),
    AppealRemedy.recomputation: N_("Put right and computed anew"),
}
#: How states look: what waits for somebody, what holds, what is over.
TONES: Mapping[EditionState, str] = {
    EditionState.computing: "info",
    EditionState.computed: "warn",
    EditionState.draft: "info",
    EditionState.review: "warn",
    EditionState.issued: "info",
    EditionState.frozen: "good",
    EditionState.withdrawn: "idle",
}
APPEAL_TONES: Mapping[AppealState, str] = {
    AppealState.open: "warn",
    AppealState.upheld: "good",
    AppealState.rejected: "idle",
}
TABLES: tuple[Mapping[Any, str], ...] = (
    EDITION_KINDS,
    EDITION_STATES,
    APPEAL_STATES,
    APPEAL_REMEDIES,
)
