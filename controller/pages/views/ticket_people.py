"""Who may be given a ticket, as a choice on its page."""

from alerts.assignment.giving import Proposal, proposals
from alerts.assignment.ranking import Tier
from alerts.repositories import TicketRow as Found
from alerts.states import ALLOWED, TicketState
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Choice, Option

TIERS = {
    Tier.school: N_("School"),
    Tier.district: N_("District"),
    Tier.leader: N_("Leader"),
}


def assign_choice(look: Look, found: Found) -> Choice | None:
    """Who is free, the best choice first; ``None`` where this person gives no tickets out."""
    ticket = found.ticket
    if ticket.state not in ALLOWED[TicketState.assigned]:
        return None
    if not look.caller.may(Permission.assign_tickets, found.school.path):
        return None
    options = [
        Option(one.worker.user_id, _told(look, one))
        for one in proposals(look.session, ticket, look.now)
        if one.worker.user_id != ticket.assignee_id
    ]
    return Choice("assignee", N_("Technician"), options)


def _told(look: Look, one: Proposal) -> str:
    translate = look.lang.gettext
    words = [
        one.worker.name,
        translate(TIERS[one.worker.tier]),
        translate(N_("{count} open")).format(count=one.worker.open),
    ]
    if not one.fits:
        words.append(translate(N_("another trade")))
    return " · ".join(words)
