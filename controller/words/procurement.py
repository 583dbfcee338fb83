"""Words of procurement: states, stages, decisions, and the steps of its ledger."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from controller.language import N_
from inventory.models import (
    ApprovalDecision,
    DisposalState,
    OrderState,
    ProjectForm,
    ProjectStage,
    RequestState,
    StageState,
    TransferState,
    WipeMethod,
)

REQUEST_STATES: Mapping[RequestState, str] = {
    RequestState.draft: N_("Draft"),
    RequestState.submitted: N_("Waits for approval"),
    RequestState.returned: N_("Sent back for changes"),
    RequestState.approved: N_("Approved"),
    RequestState.rejected: N_("Turned down"),
    RequestState.withdrawn: N_("Withdrawn"),
    RequestState.planned: N_("Part of a project"),
}
DECISIONS: Mapping[ApprovalDecision, str] = {
    ApprovalDecision.approve: N_("Approve"),
    ApprovalDecision.send_back: N_("Send back for changes"),
    ApprovalDecision.reject: N_("Turn down"),
}
FORMS: Mapping[ProjectForm, str] = {
    ProjectForm.framework: N_("Framework contract"),
    ProjectForm.tender: N_("Tender"),
}
STAGES: Mapping[ProjectStage, str] = {
    ProjectStage.technical_standard: N_("Technical standard"),
    ProjectStage.planning_review: N_("Planning review"),
    ProjectStage.budget: N_("Budgeting of funds"),
    ProjectStage.contract: N_("Tender and contract"),
    ProjectStage.completion_acceptance: N_("Completion acceptance"),
    ProjectStage.operation: N_("Operation and maintenance"),
    ProjectStage.evaluation: N_("Evaluation of effects"),
}
STAGE_STATES: Mapping[StageState, str] = {
    StageState.waiting: N_("Not begun"),
    StageState.submitted: N_("Waits for approval"),
    StageState.approved: N_("Approved"),
}
ORDER_STATES: Mapping[OrderState, str] = {
    OrderState.placed: N_("Order placed"),
    OrderState.closed: N_("Closed short"),
    OrderState.accepted: N_("Accepted as promised"),
    OrderState.cancelled: N_("Order cancelled"),
}
TRANSFER_STATES: Mapping[TransferState, str] = {
    TransferState.proposed: N_("Proposed"),
    TransferState.agreed: N_("Both sides agree"),
    TransferState.done: N_("Handed over"),
    TransferState.refused: N_("Consent refused"),
}
DISPOSAL_STATES: Mapping[DisposalState, str] = {
    DisposalState.proposed: N_("Proposed"),
    DisposalState.appraised: N_("Appraised"),
    DisposalState.approved: N_("Approved"),
    DisposalState.wiped: N_("Data wiped"),
    DisposalState.done: N_("Disposed of"),
    DisposalState.rejected: N_("Turned down"),
}
WIPE_METHODS: Mapping[WipeMethod, str] = {
    WipeMethod.overwritten: N_("Overwritten"),
    WipeMethod.purged: N_("Purged"),
    WipeMethod.destroyed: N_("Storage destroyed"),
    WipeMethod.no_storage: N_("Has no storage"),
    WipeMethod.lost: N_("Not wiped: lost"),
}
TABLES: tuple[Mapping[Any, str], ...] = (
    REQUEST_STATES,
    DECISIONS,
    FORMS,
    STAGES,
    STAGE_STATES,
    ORDER_STATES,
    TRANSFER_STATES,
    DISPOSAL_STATES,
    WIPE_METHODS,
)
#: Steps of the ledger; those of stages are made of the stage's word.
STEPS: Mapping[str, str] = {
    "draft": N_("Draft begun"),
    "change": N_("Draft changed"),
    "quote": N_("Quote attached"),
    "submit": N_("Put forward"),
    "withdraw": N_("Withdrawn"),
    "approve": N_("Approved"),
    "send_back": N_("Sent back for changes"),
    "reject": N_("Turned down"),
    "create": N_("Project begun"),
    "return": N_("Sent back for changes"),
    "place": N_("Order placed"),
    "cancel": N_("Order cancelled"),
    "close": N_("Closed short"),
    "deliver": N_("Delivery came"),
    "receive": N_("Unpacked and scanned"),
    "put_in_service": N_("Taken into service"),
    "accept": N_("Accepted as promised"),
    "propose": N_("Proposed"),
    "consent": N_("Agreed"),
    "refuse": N_("Consent refused"),
    "appraise": N_("Appraised"),
    "wipe": N_("Data wiped"),
    "complete": N_("Completed"),
}


def step_words(step: str) -> tuple[str, str]:
    """Message ids of a step: what was done, and of which stage (empty where of none)."""
    for stage in ProjectStage:
        if step.endswith(f"_{stage.value}"):
            return STEPS[step.removesuffix(f"_{stage.value}")], STAGES[stage]
    return STEPS[step], ""


def tone(state: StrEnum) -> str:
    """How a state looks; the words say the same."""
    if state.value in ("approved", "accepted", "done", "planned", "wiped"):
        return "good"
    if state.value in ("rejected", "refused", "cancelled", "returned"):
        return "bad"
    return "idle" if state.value in ("draft", "withdrawn", "waiting", "closed") else "info"
