"""Questions about projects and what their contracts still hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, true
from sqlmodel import col, select

from inventory.models.organisation import Organisation
from inventory.models.procurement_order import OrderLine, OrderState, PurchaseOrder
from inventory.models.procurement_project import (
    ProcurementProject,
    ProjectForm,
    ProjectLine,
    ProjectStage,
    ProjectStageRow,
    StageState,
)
from inventory.models.procurement_request import EquipmentRequest
from inventory.repositories.scoped import MAX_PAGE, Page, Repository, window, within

STAGES = tuple(ProjectStage)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where projects are: at a stage in one of these states; without a stage, through them all."""

    stage: ProjectStage | None
    states: tuple[StageState, ...] = ()

    def condition(self) -> ColumnElement[bool]:
        """SQL for "the first stage that is not approved is this one, and it is so"."""
        before = STAGES if self.stage is None else STAGES[: STAGES.index(self.stage)]
        open_ = select(ProjectStageRow.project_id).where(
            col(ProjectStageRow.stage).in_(before), ProjectStageRow.state != StageState.approved
        )
        through = col(ProcurementProject.id).not_in(open_)
        if self.stage is None:
            return through
        here = select(ProjectStageRow.project_id).where(
            ProjectStageRow.stage == self.stage, col(ProjectStageRow.state).in_(self.states)
        )
        return through & col(ProcurementProject.id).in_(here)


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project with its bureau."""

    project: ProcurementProject
    organisation: Organisation


class ProjectRepository(Repository):
    """Projects of bureaus within the caller's scope, and framework contracts of those above it."""

    def row(self, project_id: str) -> ProjectRow | None:
        found = self._session.exec(
            select(ProcurementProject, Organisation)
            .join(Organisation, col(Organisation.code) == ProcurementProject.organisation_code)
            .where(ProcurementProject.id == project_id, self._visible())
        ).one_or_none()
        return None if found is None else ProjectRow(*found)

    def to_change(self, project_id: str) -> ProcurementProject | None:
        """The project as it is now; others wait until this transaction ends."""
        return self._session.exec(
            select(ProcurementProject)
            .join(Organisation, col(Organisation.code) == ProcurementProject.organisation_code)
            .where(ProcurementProject.id == project_id, self._visible())
            .with_for_update(of=ProcurementProject)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def stages(self, project_id: str) -> Mapping[ProjectStage, ProjectStageRow]:
        """Its stages in their order."""
        return self.stages_of([project_id]).get(project_id, {})

    def stages_of(
        self, project_ids: Sequence[str]
    ) -> Mapping[str, Mapping[ProjectStage, ProjectStageRow]]:
        """Stages of some projects in their order, by project id."""
        rows = self._session.exec(
            self._joined(ProjectStageRow).where(col(ProjectStageRow.project_id).in_(project_ids))
        ).all()
        found: dict[str, dict[ProjectStage, ProjectStageRow]] = {}
        for row in sorted(rows, key=lambda row: STAGES.index(row.stage)):
            found.setdefault(row.project_id, {})[row.stage] = row
        return found

    def lines(self, project_id: str) -> Sequence[ProjectLine]:
        """What the contract holds."""
        rows: Sequence[ProjectLine] = self._session.exec(
            self._joined(ProjectLine)
            .where(ProjectLine.project_id == project_id)
            .order_by(col(ProjectLine.position))
        ).all()
        return rows

    def drawn(self, project_id: str) -> tuple[Mapping[str, int], Decimal]:
        """Pieces ordered by line, and CNY of all orders; whoever placed them, wherever.

        A ceiling holds for orders that the caller may not see, too.
        """
        living = (
            PurchaseOrder.project_id == project_id,
            PurchaseOrder.state != OrderState.cancelled,
        )
        pieces = self._session.exec(
            select(col(OrderLine.project_line_id), func.sum(OrderLine.quantity))
            .join(PurchaseOrder, col(PurchaseOrder.id) == OrderLine.order_id)
            .where(*living)
            .group_by(col(OrderLine.project_line_id))
        ).all()
        totals = self._session.exec(select(col(PurchaseOrder.total_cny)).where(*living)).all()
        return {line: int(count) for line, count in pieces}, sum(totals, Decimal(0))

    def paid_from(self, programme_id: str) -> Sequence[ProcurementProject]:
        """Projects that a programme pays for."""
        return self._session.exec(
            select(ProcurementProject)
            .join(Organisation, col(Organisation.code) == ProcurementProject.organisation_code)
            .where(ProcurementProject.programme_id == programme_id, self._visible())
            .order_by(col(ProcurementProject.number))
        ).all()

    def unpaid_under(self, path: str) -> Sequence[ProcurementProject]:
        """Projects of bureaus below a path that no programme pays for, the youngest first."""
        return self._session.exec(
            select(ProcurementProject)
            .join(Organisation, col(Organisation.code) == ProcurementProject.organisation_code)
            .where(
                col(ProcurementProject.programme_id).is_(None),
                within(col(Organisation.path), path),
                self._visible(),
            )
            .order_by(col(ProcurementProject.number).desc())
            .limit(MAX_PAGE)
        ).all()

    def requests(self, project_id: str) -> Sequence[EquipmentRequest]:
        """Requests that it serves, of schools within the scope."""
        return self._session.exec(
            select(EquipmentRequest)
            .where(
                EquipmentRequest.project_id == project_id,
                self._at_visible_school(EquipmentRequest.school_code),
            )
            .order_by(col(EquipmentRequest.number))
        ).all()

    def page(
        self,
        *,
        form: ProjectForm | None = None,
        standing: Standing | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> Page[ProjectRow]:
        """One page, the youngest first; ``search``: number, title, contract number, supplier."""
        wanted = [self._visible()]
        if form is not None:
            wanted.append(col(ProcurementProject.form) == form)
        if standing is not None:
            wanted.append(standing.condition())
        if search.strip():
            columns = (
                ProcurementProject.number,
                ProcurementProject.title,
                ProcurementProject.contract_number,
                ProcurementProject.supplier,
            )
            text = search.strip()
            wanted.append(or_(*(col(one).icontains(text, autoescape=True) for one in columns)))
        query: Any = (
            select(ProcurementProject, Organisation)
            .join(Organisation, col(Organisation.code) == ProcurementProject.organisation_code)
            .where(*wanted)
            .order_by(col(ProcurementProject.created_at).desc(), col(ProcurementProject.id).desc())
        )
        found = self._session.exec(window(query, offset, limit)).all()
        total = self._count(query.with_only_columns(col(ProcurementProject.id)))
        return Page([ProjectRow(*row) for row in found], total)

    def _joined(self, model: type[ProjectStageRow] | type[ProjectLine]) -> Any:
        return (
            select(model)
            .join(ProcurementProject, col(ProcurementProject.id) == model.project_id)
            .join(Organisation, col(Organisation.code) == ProcurementProject.organisation_code)
            .where(self._visible())
        )

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        above = {
            "/".join(prefix.split("/")[:number]) + "/"
            for prefix in self._scope.prefixes
            for number in range(2, prefix.count("/") + 1)
        }
        return or_(
            self._scope.condition(col(Organisation.path)),
            (col(ProcurementProject.form) == ProjectForm.framework)
            & col(Organisation.path).in_(sorted(above)),
        )
