"""Accepted orders become what was spent: the actual figures of the budget a project belongs to."""

from sqlmodel import Session, col, select

from inventory.errors import NotFound, OutOfScope
from inventory.models import BudgetEntry, Organisation
from inventory.models.procurement_order import OrderState, PurchaseOrder
from inventory.models.procurement_project import ProcurementProject
from inventory.money.entries import Spending, spend, take_back
from inventory.money.programmes import category_in
from inventory.money.repository import MoneyRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.scope import Scope

#: Booking follows from an acceptance; who accepts need not be somebody who manages the budget.
_ANYWHERE = Scope.everything()
#: Characters of a reason that an entry keeps.
_NOTE = 200


def pay_from(
    session: Session, scope: Scope, programme_id: str, project_id: str, *, category: str, by: str
) -> ProcurementProject:
    """Let a project be paid from a programme: orders accepted so far are accounted to it at once.

    Args:
        session: one that writes.
        scope: of who manages budgets.
        programme_id: of the programme.
        project_id: of the project, whose bureau stands where the programme's does or below it.
        category: of the programme.
        by: id of the person.

    Raises:
        NotFound: no such programme, category, or project within the scope.
        OutOfScope: the project is of a bureau that the programme's does not stand above.
        OutsideProgramme: an order was accepted in a year the programme does not cover.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    category_in(repository, programme, category)
    project = _project(session, scope, project_id)
    owner = session.get_one(Organisation, programme.organisation_code)
    if not session.get_one(Organisation, project.organisation_code).path.startswith(owner.path):
        raise OutOfScope(key=project.number)
    project.programme_id, project.budget_category = programme.id, category
    session.add(project)
    session.flush()
    accepted = session.exec(
        select(PurchaseOrder)
        .where(PurchaseOrder.project_id == project.id, PurchaseOrder.state == OrderState.accepted)
        .order_by(col(PurchaseOrder.number))
    ).all()
    for order in accepted:
        if not _standing(session, order.id):
            book(session, project, order, by)
    return project


def pay_from_none(
    session: Session, scope: Scope, programme_id: str, project_id: str
) -> ProcurementProject:
    """Account no more orders of a project; what was accounted stays until it is taken back.

    Raises:
        NotFound: no such programme within the scope, or no such project that it pays for.
    """
    programme = MoneyRepository(session, scope).programme(programme_id)
    project = _project(session, scope, project_id)
    if project.programme_id != programme.id:
        raise NotFound(what="project", key=project_id)
    project.programme_id = project.budget_category = None
    session.add(project)
    session.flush()
    return project


def book(
    session: Session, project: ProcurementProject, order: PurchaseOrder, by: str
) -> BudgetEntry | None:
    """Account an accepted order to the project's programme; ``None`` where no programme pays it.

    Raises:
        OutsideProgramme: it was accepted in a year the programme does not cover.
    """
    if project.programme_id is None or order.accepted_on is None or not order.total_cny:
        return None
    spending = Spending(
        category=project.budget_category or "",
        booked_on=order.accepted_on,
        amount_cny=order.total_cny,
        reference=order.number,
        note=project.number,
        school_code=order.school_code,
        order_id=order.id,
    )
    return spend(session, _ANYWHERE, project.programme_id, spending, by)


def unbook(session: Session, order_id: str, reason: str, by: str) -> None:
    """Take back what was accounted for an order whose acceptance was taken back."""
    for entry in _standing(session, order_id):
        take_back(
            session, _ANYWHERE, entry.programme_id, entry.id, note=reason.strip()[:_NOTE], by=by
        )


def _standing(session: Session, order_id: str) -> list[BudgetEntry]:
    """Entries of an order that no counter-entry has taken back."""
    rows = session.exec(select(BudgetEntry).where(BudgetEntry.order_id == order_id)).all()
    gone = {row.counters_id for row in rows}
    return [row for row in rows if row.counters_id is None and row.id not in gone]


def _project(session: Session, scope: Scope, project_id: str) -> ProcurementProject:
    project = ProjectRepository(session, scope).to_change(project_id)
    if project is None:
        raise NotFound(what="project", key=project_id)
    return project
