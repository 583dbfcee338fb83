"""The list of devices that were found, and what can be said to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import school_choice, school_name
from controller.words.terms import KINDS
from drivers.readings import Kind
from inventory.models import Match, Proposal, ProposalState
from inventory.repositories import DeviceRepository
from inventory.repositories.proposals import ProposalRepository
from inventory.repositories.proposals import ProposalRow as Found

STATES: Mapping[ProposalState, tuple[str, str]] = {
    ProposalState.open: (N_("To decide"), "warn"),
    ProposalState.accepted: (N_("Accepted"), "good"),
    ProposalState.rejected: (N_("Rejected"), "idle"),
}
MATCHES: Mapping[Match, str] = {
    Match.new: N_("New device"),
    Match.moved: N_("Known, at a new address"),
    Match.replaced: N_("Replaces another?"),
    Match.known: N_("In the register"),
}
_HOW: Mapping[str, str] = {
    "snmp": "SNMP",
    "ping": N_("Ping"),
    "mqtt": "MQTT",
    "lldp": "LLDP",
    "cdp": "CDP",
    "arp": "ARP",
    "nd": N_("IPv6 neighbours"),
}


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """What was asked for, as it stands in the address."""

    search: str = ""
    state: str = ""
    match: str = ""
    kind: str = ""
    school: str = ""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One device that was found; words are message ids."""

    proposal: Proposal
    name: str
    school_name: str
    state: str
    tone: str
    match: str
    how: str
    device_name: str


@dataclass(frozen=True, slots=True)
class ProposalList:
    """One page of the list.

    Args:
        steps: what can be said to the rows shown: ``accept`` and ``reject``, or ``undo``.
    """

    rows: Sequence[ProposalRow]
    shown: Shown
    filter: ProposalFilter
    choices: Sequence[Choice]
    steps: Sequence[str]
    filtered: bool
    here: str


def proposal_list(look: Look, wanted: ProposalFilter, number: int) -> ProposalList:
    """One page of the devices found in the schools whose access the reader manages."""
    scope = look.caller.require(Permission.manage_access)
    state = one_of(ProposalState, wanted.state) or ProposalState.open
    found = ProposalRepository(look.session, scope).page(
        state=state,
        match=one_of(Match, wanted.match),
        kind=one_of(Kind, wanted.kind),
        school=wanted.school or None,
        search=wanted.search,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    ids = sorted({row.proposal.device_id for row in found.items if row.proposal.device_id})
    devices = DeviceRepository(look.session, scope).named(ids)
    names = {device.id: device.name for device in devices}
    return ProposalList(
        rows=[_row(look, row, names) for row in found.items],
        shown=Shown(look, number, found.total),
        filter=wanted,
        choices=_choices(look, wanted, state),
        steps=("accept", "reject") if state is ProposalState.open else ("undo",),
        filtered=any((wanted.search, wanted.match, wanted.kind, wanted.school))
        or state is not ProposalState.open,
        here=look.here,
    )


def _row(look: Look, row: Found, names: Mapping[str, str]) -> ProposalRow:
    proposal = row.proposal
    word, tone = STATES[proposal.state]
    return ProposalRow(
        proposal=proposal,
        name=proposal.name or proposal.model or proposal.address,
        school_name=school_name(look, row.school),
        state=word,
        tone=tone,
        match=MATCHES[proposal.match],
        how=_HOW.get(proposal.how, proposal.how),
        device_name=names.get(proposal.device_id or "", ""),
    )


def _choices(look: Look, wanted: ProposalFilter, state: ProposalState) -> Sequence[Choice]:
    translate = look.lang.gettext
    everything = Option("", translate(N_("All")))
    states = [Option(key, translate(word), key == state) for key, (word, _) in STATES.items()]
    matches = [Option(key, translate(word), key == wanted.match) for key, word in MATCHES.items()]
    kinds = [Option(key, translate(word), key == wanted.kind) for key, word in KINDS.items()]
    return [
        Choice("state", N_("Status"), states),
        Choice("match", N_("Register"), [everything, *matches]),
        Choice("kind", N_("Kind"), [everything, *kinds]),
        *school_choice(look, wanted.school),
    ]
