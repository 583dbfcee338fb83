"""What procurement has before it: requests, orders and contracts that wait for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from controller.language import N_
from controller.pages.look import Look
from controller.procuring import procurement_scope
from drivers.readings import Kind
from inventory.models import OrderState, ProjectForm, RequestState
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.request_rows import RequestRepository

#: Framework contracts whose rest is counted.
_MOST_CONTRACTS = 50


@dataclass(frozen=True, slots=True)
class Pending:
    """One number, and the list behind it; ``note`` is a sentence with a blank ``count``."""

    text: str
    count: int
    href: str
    note: str = ""
    blank: str = ""


def pending(look: Look) -> Sequence[Pending]:
    """Numbers of the reader's scope.

    Raises:
        PermissionDenied: this person has nothing to do with procurement.
    """
    scope = procurement_scope(look.caller)
    requests = RequestRepository(look.session, scope)
    orders = OrderRepository(look.session, scope)
    coming = sum(orders.expected(tuple(Kind)).values())
    contracts, left = _frameworks(look, ProjectRepository(look.session, scope))
    waiting = requests.page(states=(RequestState.submitted,), limit=1).total
    approved = requests.page(states=(RequestState.approved,), limit=1).total
    placed = orders.page(states=(OrderState.placed,), limit=1).total
    where = "/procurement?tab="
    return (
        Pending(N_("Requests to be approved"), waiting, f"{where}requests&state=submitted"),
        Pending(N_("Approved, in no project yet"), approved, f"{where}requests&state=approved"),
        Pending(
            N_("Orders under way"),
            placed,
            f"{where}orders&state=placed",
            N_("%(count)s pieces to come"),
            look.lang.number(coming),
        ),
        Pending(
            N_("Framework contracts in force"),
            contracts,
            f"{where}projects&form=framework",
            N_("%(count)s yuan left"),
            f"{left:,.2f}",
        ),
    )


def _frameworks(look: Look, projects: ProjectRepository) -> tuple[int, Decimal]:
    """Framework contracts that can be drawn on today, and yuan that are left of them."""
    today, rests = look.today, []
    for row in projects.page(form=ProjectForm.framework, limit=_MOST_CONTRACTS).items:
        one = row.project
        if one.ceiling_cny is not None and (one.valid_until is None or one.valid_until >= today):
            rests.append(one.ceiling_cny - projects.drawn(one.id)[1])
    return len(rests), sum(rests, Decimal(0))
