"""Questions about requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from inventory.models.organisation import School
from inventory.models.procurement_request import (
    EquipmentRequest,
    RequestApproval,
    RequestLine,
    RequestState,
)
from inventory.procurement.document_rows import DocumentRepository
from inventory.repositories.scoped import Page

#: A request that came to nothing is no duplicate.
_ALIVE = (RequestState.submitted, RequestState.approved, RequestState.planned)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with its school."""

    request: EquipmentRequest
    school: School


class RequestRepository(DocumentRepository[EquipmentRequest]):
    """Requests of schools within the caller's scope."""

    _model = EquipmentRequest

    def row(self, request_id: str) -> RequestRow | None:
        found = self._session.exec(
            select(EquipmentRequest, School)
            .join(School, col(School.code) == EquipmentRequest.school_code)
            .where(EquipmentRequest.id == request_id, self._visible())
        ).one_or_none()
        return None if found is None else RequestRow(*found)

    def lines(self, request_id: str) -> Sequence[RequestLine]:
        """Its lines in their order."""
        return self._session.exec(
            select(RequestLine)
            .join(EquipmentRequest, col(EquipmentRequest.id) == RequestLine.request_id)
            .where(RequestLine.request_id == request_id, self._visible())
            .order_by(col(RequestLine.position))
        ).all()

    def approvals(self, request_id: str, round_: int) -> Sequence[RequestApproval]:
        """Signatures of one round in their order."""
        return self._session.exec(
            select(RequestApproval)
            .join(EquipmentRequest, col(EquipmentRequest.id) == RequestApproval.request_id)
            .where(
                RequestApproval.request_id == request_id,
                RequestApproval.round == round_,
                self._visible(),
            )
            .order_by(col(RequestApproval.position))
        ).all()

    def like(self, request: EquipmentRequest, since: datetime) -> Sequence[EquipmentRequest]:
        """Living requests of the same school since then that ask for the same; oldest first.

        The same is the same model of the catalogue, or the same kind where one of the two names
        no model.
        """
        wanted = self.lines(request.id)
        others = self._session.exec(
            select(EquipmentRequest, RequestLine)
            .join(RequestLine, col(RequestLine.request_id) == EquipmentRequest.id)
            .where(
                self._visible(),
                EquipmentRequest.school_code == request.school_code,
                EquipmentRequest.id != request.id,
                col(EquipmentRequest.state).in_(_ALIVE),
                col(EquipmentRequest.submitted_at) >= since,
            )
            .order_by(col(EquipmentRequest.submitted_at), col(EquipmentRequest.id))
        ).all()
        found = {
            other.id: other
            for other, line in others
            for mine in wanted
            if line.kind is mine.kind
            and (
                line.catalogue_id is None
                or mine.catalogue_id is None
                or line.catalogue_id == mine.catalogue_id
            )
        }
        return list(found.values())

    def page(
        self,
        *,
        states: Collection[RequestState] = (),
        school: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> Page[RequestRow]:
        """One page, the youngest first; ``search`` looks into number and title."""
        wanted: list[Any] = []
        if states:
            wanted.append(col(EquipmentRequest.state).in_(states))
        if school:
            wanted.append(col(EquipmentRequest.school_code) == school)
        if search.strip():
            text = search.strip()
            wanted.append(
                col(EquipmentRequest.title).icontains(text, autoescape=True)
                | col(EquipmentRequest.number).icontains(text, autoescape=True)
            )
        order = (col(EquipmentRequest.created_at).desc(), col(EquipmentRequest.id).desc())
        page = self._ids(wanted, order, offset, limit)
        query = (
            select(EquipmentRequest, School)
            .join(School, col(School.code) == EquipmentRequest.school_code)
            .where(col(EquipmentRequest.id).in_(page.items))
            .order_by(*order)
        )
        return Page([RequestRow(*row) for row in self._session.exec(query)], page.total)
