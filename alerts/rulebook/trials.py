"""Trials of rules as rows: whoever begins one may leave, and look at it from any controller."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from alerts.rulebook.models import RuleTrial
from alerts.rulebook.trial import Outcome
from inventory.ids import new_id
from inventory.models import RunState

#: Trials of one person that are kept; an older one that is finished makes room.
MOST_KEPT = 10


def begin_trial(session: Session, trial: RuleTrial) -> str:
    """Note that a rule is being tried; returns the id to ask for it."""
    finished = (
        select(RuleTrial.id)
        .where(RuleTrial.user_id == trial.user_id, RuleTrial.state != RunState.running)
        .order_by(col(RuleTrial.seen_at).desc())
        .offset(MOST_KEPT - 1)
    )
    old = session.exec(finished).all()
    session.execute(delete(RuleTrial).where(col(RuleTrial.id).in_(old)))
    trial.id = new_id("r")
    session.add(trial)
    session.flush()
    return trial.id


def trial_of(session: Session, user_id: str, trial_id: str) -> RuleTrial | None:
    """A trial this person began."""
    return session.exec(
        select(RuleTrial).where(RuleTrial.id == trial_id, RuleTrial.user_id == user_id)
    ).one_or_none()


def trials_of_rule(
    session: Session, user_id: str, organisation_code: str, name: str
) -> Sequence[RuleTrial]:
    """Trials this person made of a bureau's rule, the newest first."""
    return session.exec(
        select(RuleTrial)
        .where(
            RuleTrial.user_id == user_id,
            RuleTrial.organisation_code == organisation_code,
            RuleTrial.name == name,
        )
        .order_by(col(RuleTrial.seen_at).desc(), col(RuleTrial.id).desc())
    ).all()


def note_schools(session: Session, trial_id: str, done: int, now: datetime) -> bool:
    """Note how many schools were looked at; returns whether somebody has asked to end it."""
    session.execute(
        update(RuleTrial).where(col(RuleTrial.id) == trial_id).values(done=done, seen_at=now)
    )
    asked = session.exec(select(RuleTrial.cancel_asked).where(RuleTrial.id == trial_id))
    return bool(asked.one_or_none())


def ask_to_end_trial(session: Session, trial_id: str) -> None:
    """Have a trial end, wherever it is made."""
    session.execute(
        update(RuleTrial).where(col(RuleTrial.id) == trial_id).values(cancel_asked=True)
    )


def end_trial(
    session: Session, trial_id: str, state: RunState, outcome: Outcome | None, now: datetime
) -> None:
    """Note what became of a trial."""
    told = "" if outcome is None else msgspec.json.encode(outcome).decode()
    session.execute(
        update(RuleTrial)
        .where(col(RuleTrial.id) == trial_id)
        .values(state=state, outcome=told, seen_at=now)
    )


def outcome_of(trial: RuleTrial) -> Outcome | None:
    """What a trial that is done came to."""
    return _OUTCOMES.decode(trial.outcome) if trial.outcome else None


# Made before there are threads; see inventory.standards.documents.
_OUTCOMES = msgspec.json.Decoder(Outcome)
