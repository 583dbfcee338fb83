"""The list of batches that were set aside, and what can be done with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown
from controller.words.quarantine import Why, why
from inventory.models import Agent, QuarantinedBatch
from inventory.repositories.quarantine import QuarantineRepository

_KILO = 1_000


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One batch."""

    batch: QuarantinedBatch
    agent: Agent
    why: Why
    size: str


@dataclass(frozen=True, slots=True)
class QuarantineList:
    """One page of the list.

    Args:
        steps: what can be done with the rows shown: ``retry`` and ``discard``, or ``undo``.
        stored: how many of those tried again a moment ago are stored now.
        refused: how many were refused again.
    """

    rows: Sequence[QuarantineRow]
    shown: Shown
    choices: Sequence[Choice]
    steps: Sequence[str]
    filtered: bool
    here: str
    stored: int
    refused: int


def quarantine_list(
    look: Look, *, state: str, reason: str, number: int, stored: int = 0, refused: int = 0
) -> QuarantineList:
    """One page of the batches within the reader's scope."""
    scope = look.caller.require(Permission.manage_quarantine)
    found = QuarantineRepository(look.session, scope)
    discarded = state == "discarded"
    page = found.page(
        discarded=discarded,
        reason=reason or None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    return QuarantineList(
        rows=[_row(look, batch, agent) for batch, agent in page.items],
        shown=Shown(look, number, page.total),
        choices=_choices(look, discarded=discarded, chosen=reason, reasons=found.reasons()),
        steps=("undo",) if discarded else ("retry", "discard"),
        filtered=discarded or bool(reason),
        here=look.link({"stored": "", "refused": ""}),
        stored=stored,
        refused=refused,
    )


def _row(look: Look, batch: QuarantinedBatch, agent: Agent) -> QuarantineRow:
    kilobytes = max(1, round(batch.size / _KILO))
    return QuarantineRow(batch, agent, why(batch.reason), f"{look.lang.number(kilobytes)} kB")


def _choices(
    look: Look, *, discarded: bool, chosen: str, reasons: Sequence[str]
) -> Sequence[Choice]:
    translate = look.lang.gettext
    states = [
        Option("", translate(N_("Waiting")), not discarded),
        Option("discarded", translate(N_("Thrown away")), discarded),
    ]
    known = [Option(one, translate(why(one).text), one == chosen) for one in reasons]
    return [
        Choice("state", N_("Status"), states),
        Choice("reason", N_("Reason"), [Option("", translate(N_("All"))), *known]),
    ]
