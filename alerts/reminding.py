"""What need not be known within seconds: clocks of boxes, and lists somebody is to look through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from alerts.evaluation import DEFAULT_RULES, Rules
from alerts.judging.lists import Grown
from alerts.looks.asking import Look
from alerts.looks.clocks import wrong_clocks
from alerts.looks.lists import listed
from alerts.looks.measured import Vitals
from alerts.looks.own import Term, own_terms
from alerts.repositories.moments import Moments
from alerts.rules import Clear, Finding
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class News:
    """What is known that alerts do not say yet.

    Args:
        findings, clears: for ``alerts.judgement.judge``.
        grown: for ``alerts.growing.tell_grown``.
    """

    findings: list[Finding]
    clears: list[Clear]
    grown: list[Grown]

    def __bool__(self) -> bool:
        return bool(self.findings or self.clears or self.grown)


def to_remind(
    session: Session,
    store: Vitals,
    now: datetime,
    scope: Scope,
    *,
    listening_since: datetime,
    terms: Sequence[Term] | None = (),
    rules: Rules = DEFAULT_RULES,
) -> News:
    """What clocks and lists say; only reads. Nobody need ask more often than every few minutes.

    Spans of these rules are days: they hold as they are written, whatever the pace of others.

    Args:
        session: only read.
        store: the readings.
        now: aware.
        scope: what to look at.
        listening_since: what boxes told once an hour before that is not known.
        terms: of the controller's own certificates; ``None``: they could not be read.
        rules: the rules in force.
    """
    rules = rules.with_those_of_bureaus(session)
    look = Look(session, scope, rules.judged, Moments(now, 1.0))
    found = [
        *wrong_clocks(look),
        *listed(look, store, listening_since),
        *own_terms(look, terms),
    ]
    return News(
        [one for one in found if isinstance(one, Finding)],
        [one for one in found if isinstance(one, Clear)],
        [one for one in found if isinstance(one, Grown)],
    )
