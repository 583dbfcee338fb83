"""What schools ask for, from the draft to the last signature."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from inventory.days import day_of
from inventory.errors import NotFound
from inventory.ids import new_id
from inventory.models.organisation import Organisation, School
from inventory.models.procurement_request import (
    ApprovalDecision,
    EquipmentRequest,
    RequestApproval,
    RequestLine,
    RequestState,
)
from inventory.procurement.actor import Actor
from inventory.procurement.errors import (
    DuplicatesUnseen,
    NotYourTurn,
    OwnRequest,
    SignedAlready,
    StepRefused,
)
from inventory.procurement.ledger import Ledger, take_number
from inventory.procurement.request_rows import RequestRepository
from inventory.procurement.routes import signatures_for
from inventory.procurement.wishes import (
    RequestWish,
    check_lines,
    check_model,
    check_price,
    check_quantity,
    check_room,
    check_text,
)
from inventory.schools.checks import check_open

#: Requests that were submitted so long ago are no duplicates any more.
DUPLICATES_WITHIN = timedelta(days=365)
_MAX_TITLE = 120
_MAX_TEXT = 2_000
_MAX_DETAIL = 500
_S = RequestState
_OPEN = (_S.draft, _S.returned)


class RequestDesk:
    """Steps of one person about requests; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._ledger = Ledger(session, actor, now)
        self._requests = RequestRepository(session, actor.scope)

    def draft(self, school_code: str, wish: RequestWish) -> EquipmentRequest:
        """Begin a request of a school.

        Raises:
            NotFound: no such school, model, room of the school.
            OutOfScope: the school is not the person's.
            SchoolClosed: it has.
            Invalid: a text, quantity or price out of its limits.
        """
        check_open(self._actor.school(self._session, school_code), day_of(self._now))
        row = EquipmentRequest(
            id=new_id("q"),
            number=take_number(self._session, "SQ", self._now),
            school_code=school_code,
            title=check_text("title", wish.title, _MAX_TITLE),
            reason=check_text("reason", wish.reason, _MAX_TEXT),
            total_cny=Decimal(0),
            created_by=self._actor.id,
            created_at=self._now,
            quote_attachment_id=wish.quote_attachment_id,
        )
        lines = self._lines(row, wish)
        with self._ledger.step(row, "draft") as step:
            step.create(row)
            step.create(*lines)
        return row

    def change(self, request_id: str, wish: RequestWish) -> EquipmentRequest:
        """Write it anew, lines and all.

        Raises:
            NotFound: no such request, model, room of the school.
            StepRefused: it is with the approvers, or decided.
            Invalid: a text, quantity or price out of its limits.
        """
        row = self._in_state(request_id, *_OPEN)
        with self._ledger.step(row, "change") as step:
            step.change(row)
            row.title = check_text("title", wish.title, _MAX_TITLE)
            row.reason = check_text("reason", wish.reason, _MAX_TEXT)
            row.quote_attachment_id = wish.quote_attachment_id
            step.remove(*self._requests.lines(row.id))
            step.create(*self._lines(row, wish))
        return row

    def duplicates(self, request_id: str) -> Sequence[EquipmentRequest]:
        """Living requests of the same school within a year that ask for the same.

        Raises:
            NotFound: no such request.
        """
        row = self._requests.row(request_id)
        if row is None:
            raise NotFound(what="request", key=request_id)
        return self._requests.like(row.request, self._now - DUPLICATES_WITHIN)

    def submit(
        self, request_id: str, *, comment: str = "", duplicates_seen: bool = False
    ) -> EquipmentRequest:
        """Ask for the signatures that the route demands.

        Raises:
            NotFound: no such request.
            StepRefused: it is with the approvers, or decided.
            NoRoute: nobody is said to approve it.
            DuplicatesUnseen: there are similar ones, and nobody said they were looked at.
        """
        row = self._in_state(request_id, *_OPEN)
        similar = self._requests.like(row, self._now - DUPLICATES_WITHIN)
        numbers = ", ".join(other.number for other in similar)
        if similar and not duplicates_seen:
            raise DuplicatesUnseen(numbers=numbers, count=len(similar))
        school = self._session.get_one(School, row.school_code)
        needed = signatures_for(self._session, school, row.total_cny)
        with self._ledger.step(row, "submit", comment=comment) as step:
            step.change(row)
            row.state, row.submitted_at = _S.submitted, self._now
            row.submitted_by = self._actor.id
            row.round += 1
            row.duplicates_seen = numbers[:_MAX_TEXT]
            step.rest_on(*self._requests.lines(row.id))
            step.create(
                *(
                    RequestApproval(
                        request_id=row.id,
                        round=row.round,
                        position=position,
                        role=signature.role,
                        organisation_code=signature.organisation.code,
                    )
                    for position, signature in enumerate(needed, 1)
                )
            )
        return row

    def withdraw(self, request_id: str, comment: str = "") -> EquipmentRequest:
        """Give it up.

        Raises:
            NotFound: no such request.
            StepRefused: it is decided.
        """
        row = self._in_state(request_id, *_OPEN, _S.submitted)
        with self._ledger.step(row, "withdraw", comment=comment) as step:
            step.change(row)
            row.state = _S.withdrawn
        return row

    def decide(
        self, request_id: str, decision: ApprovalDecision, comment: str = ""
    ) -> EquipmentRequest:
        """Sign, send back for changes, or reject; the last signature approves.

        Raises:
            NotFound: no such request.
            StepRefused: it does not wait for a signature.
            OwnRequest: the person has made or submitted it.
            NotYourTurn: the next signature is another role's, or another bureau's.
            SignedAlready: the person has given an earlier one.
            Invalid: sent back or rejected without a word.
        """
        row = self._in_state(request_id, _S.submitted)
        if self._actor.id in (row.created_by, row.submitted_by):
            raise OwnRequest(key=row.number)
        approvals = self._requests.approvals(row.id, row.round)
        approval = next(one for one in approvals if one.decision is None)
        bureau = self._session.get_one(Organisation, approval.organisation_code)
        if approval.role not in self._actor.roles_at(bureau.path):
            raise NotYourTurn(key=row.number, role=approval.role, organisation=bureau.name)
        if any(one.decided_by == self._actor.id for one in approvals):
            raise SignedAlready(key=row.number)
        if decision is not ApprovalDecision.approve:
            check_text("comment", comment, _MAX_TEXT)
        with self._ledger.step(row, decision.value, comment=comment, role=approval.role) as step:
            step.change(row, approval)
            approval.decision, approval.comment = decision, comment.strip()
            approval.decided_by, approval.decided_at = self._actor.id, self._now
            step.rest_on(*approvals[: approvals.index(approval)])
            if decision is ApprovalDecision.send_back:
                row.state = _S.returned
            elif decision is ApprovalDecision.reject:
                row.state = _S.rejected
            elif approval is approvals[-1]:
                row.state = _S.approved
        return row

    def _in_state(self, request_id: str, *allowed: RequestState) -> EquipmentRequest:
        row = self._requests.to_change(request_id)
        if row is None:
            raise NotFound(what="request", key=request_id)
        if row.state not in allowed:
            raise StepRefused(key=row.number, state=row.state)
        return row

    def _lines(self, row: EquipmentRequest, wish: RequestWish) -> list[RequestLine]:
        check_lines(len(wish.lines))
        lines = [
            RequestLine(
                id=new_id("w"),
                request_id=row.id,
                position=position,
                kind=check_model(self._session, one.catalogue_id, one.kind),
                catalogue_id=one.catalogue_id,
                specification=check_text(
                    "specification", one.specification, _MAX_DETAIL, shortest=0
                ),
                quantity=check_quantity(one.quantity),
                unit_price_cny=check_price(one.unit_price),
                reason=check_text("reason", one.reason, _MAX_DETAIL, shortest=0),
                room_id=check_room(self._session, one.room_id, row.school_code),
            )
            for position, one in enumerate(wish.lines, 1)
        ]
        row.total_cny = sum((one.quantity * one.unit_price_cny for one in lines), Decimal(0))
        return lines
