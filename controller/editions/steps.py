"""Steps with editions that set off work in the background: each a transaction of its own.

What works in the background waits for the transaction to end that has set it off, so these are
not those of the request.
"""

from datetime import date
from typing import NamedTuple

from fastapi import Request

from controller.acting import act_for
from controller.api.exchange import acting_for
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.editions.background import EditionWork, Order
from controller.editions.sight import person_of
from controller.errors import PermissionDenied
from controller.language import Language
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.editions.desk import EditionDesk
from inventory.editions.signing import SigningDesk
from inventory.models import EditionKind, EditionState, ReportEdition
from inventory.models.base import utc_now


class Opening(NamedTuple):
    """Which edition is opened: a place, the month or year that a day is in, why it is corrected.

    ``tells_amounts``: a year's report tells amounts of money to whoever may read it.
    """

    place: str
    kind: EditionKind
    day: date
    reason: str = ""
    tells_amounts: bool = False


class Signature(NamedTuple):
    """What a signature says; without a name it is the caller's, without a day it is today's.

    ``copies_to`` (抄送) and ``printed_by`` (印发机关) stand in the imprint.
    """

    number: str
    issuer: str
    signer: str = ""
    on: date | None = None
    copies_to: str = ""
    printed_by: str = ""


def open_new(request: Request, caller: Caller, wanted: Opening) -> ReportEdition:
    """Open an edition.

    Raises:
        NotFound, PeriodLasts, EditionUnderWay, ReasonNeeded, Invalid: see ``EditionDesk.open``.
        PermissionDenied: amounts are to be told by somebody who may not read them.
    """
    person = person_of(caller, Permission.manage_reports)
    with unit_of_work(request.app.state.sessions) as session:
        desk = EditionDesk(act_for(session, request), person, utc_now())
        row = desk.open(
            wanted.place,
            wanted.kind,
            wanted.day,
            wanted.reason,
            tells_amounts=wanted.tells_amounts,
        )
        if row.tells_amounts and not caller.may(Permission.read_costs, row.path):
            raise PermissionDenied
        return row


def recompute(request: Request, caller: Caller, edition_id: str, comment: str) -> ReportEdition:
    """Have an edition's turn be that of computing; one that came to nothing has it already.

    Raises:
        NotFound, EditionStepRefused: of the edition.
        Invalid: nobody says why.
    """
    person = person_of(caller, Permission.manage_reports)
    with unit_of_work(request.app.state.sessions) as session:
        desk = EditionDesk(act_for(session, request), person, utc_now())
        row = desk.in_state(edition_id, *EditionState)
        if row.state is EditionState.computing:
            return row
        return desk.recompute(edition_id, comment)


def issue(request: Request, caller: Caller, edition_id: str, said: Signature) -> ReportEdition:
    """Sign an edition in a transaction of its own.

    Raises:
        NotFound, EditionStepRefused, AppealsOpen, RecomputationNeeded, SameHands, NumberUsed,
            Invalid: see ``inventory.editions.signing``.
    """
    person, now = person_of(caller, Permission.sign_reports), utc_now()
    with unit_of_work(request.app.state.sessions) as session:
        desk = SigningDesk(act_for(session, request), person, now)
        return desk.issue(
            edition_id,
            number=said.number,
            issuer=said.issuer,
            signer=said.signer or person.name,
            on=said.on or day_of(now),
            copies_to=said.copies_to,
            printed_by=said.printed_by,
        )


def begin_computing(request: Request, caller: Caller, lang: Language, edition_id: str) -> None:
    """Compute an edition in the background.

    Raises:
        EditionStepRefused: it is done already.
    """
    person = person_of(caller, Permission.manage_reports)
    work_of(request).compute(edition_id, Order(person, acting_for(request), lang))


def begin_freezing(request: Request, caller: Caller, lang: Language, edition_id: str) -> None:
    """Print and freeze an edition in the background.

    Raises:
        EditionStepRefused: it is done already.
    """
    person = person_of(caller, Permission.sign_reports)
    work_of(request).freeze(edition_id, Order(person, acting_for(request), lang))


def work_of(request: Request) -> EditionWork:
    """What works on editions in this controller."""
    work: EditionWork = request.app.state.editions
    return work
