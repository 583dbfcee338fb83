"""Shares of a programme, and what of them is claimed from those who pay afterwards (市级奖补)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Programme, ProgrammeParty, ReimbursementClaim
from inventory.money.amounts import amount, split
from inventory.money.errors import ClaimSettled, ClaimTooLarge, NotAnAmount
from inventory.money.repository import Claimed, MoneyRepository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Share:
    """What one party bears of everything spent so far, in yuan.

    Args:
        share: to the cent; the shares of all parties add up to what was spent.
        claimed: asked for, paid or not.
        open: still to be claimed; below zero where entries were taken back after a claim.
    """

    party: ProgrammeParty
    share: Decimal
    claimed: Decimal
    paid: Decimal

    @property
    def open(self) -> Decimal:
        return self.share - self.claimed


def shares(repository: MoneyRepository, programme: Programme) -> Sequence[Share]:
    """Every party's share, in the order of the parties."""
    parties = repository.parties(programme)
    spent = sum(repository.spent(programme).values(), Decimal(0))
    parts = split(spent, [party.weight for party in parties])
    claimed = repository.claimed(programme)
    return [
        Share(party, part, before.claimed, before.paid)
        for party, part in zip(parties, parts, strict=True)
        for before in (claimed.get(party.position, Claimed()),)
    ]


def claim(
    session: Session,
    scope: Scope,
    programme_id: str,
    *,
    position: int,
    on: date,
    reference: str,
    amount_cny: Decimal | None = None,
    by: str | None = None,
) -> ReimbursementClaim:
    """Claim a party's share; without an amount, all that is still to be claimed.

    Raises:
        NotFound: no such programme, or no such party that reimburses.
        ClaimTooLarge: more than is still to be claimed.
        NotAnAmount: not above zero.
        Invalid: no reference.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    found = next((s for s in shares(repository, programme) if s.party.position == position), None)
    if found is None or not found.party.reimburses:
        raise NotFound(what="party", key=position)
    wanted = found.open if amount_cny is None else amount(amount_cny)
    if wanted <= 0:
        raise NotAnAmount(field="amount_cny", text=wanted)
    if wanted > found.open:
        raise ClaimTooLarge(open=found.open, amount=wanted)
    if not reference.strip():
        raise Invalid(field="reference", reason="-")
    made = ReimbursementClaim(
        id=new_id("c"),
        programme_id=programme.id,
        position=position,
        amount_cny=wanted,
        reference=reference.strip(),
        claimed_on=on,
        made_by=by,
    )
    session.add(made)
    session.flush()
    return made


def settle(
    session: Session, scope: Scope, programme_id: str, claim_id: str, *, on: date, paid: bool
) -> ReimbursementClaim:
    """Say that a claim was paid, or withdraw it.

    Raises:
        NotFound: no such claim.
        ClaimSettled: it was paid or withdrawn before.
        Invalid: a day before the claim's own.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    found = repository.claim(programme, claim_id)
    if found.paid_on is not None or found.withdrawn_on is not None:
        raise ClaimSettled(key=found.reference)
    if on < found.claimed_on:
        raise Invalid(field="on", reason=f"{on} < {found.claimed_on}")
    if paid:
        found.paid_on = on
    else:
        found.withdrawn_on = on
    session.add(found)
    session.flush()
    return found
