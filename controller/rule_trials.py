"""Rules tried on the past in the background, school by school."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from alerts.judging.rules import Definition
from alerts.rulebook.in_force import rules_in_force
from alerts.rulebook.models import RuleTrial
from alerts.rulebook.repository import RuleRepository
from alerts.rulebook.text import text_of
from alerts.rulebook.trial import Outcome, Past, Trial, is_remembered, schools_of, try_school
from alerts.rulebook.trials import ask_to_end_trial, begin_trial, end_trial, note_schools
from controller.exchange.watches import Cancelled, Step, Watch, Watches
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.models import Organisation, RunState
from inventory.models.base import utc_now
from inventory.scope import Scope

logger = logging.getLogger(__name__)
#: Trials at a time; the others wait for their turn.
_AT_ONCE = 1
_PHASE = "read"


def proposed_rule(
    session: Session, scope: Scope, organisation_code: str, said: Definition
) -> tuple[Organisation, Definition]:
    """A bureau, and a text as the next version of its rule of that name, or as its first one."""
    repository = RuleRepository(session, scope)
    rule = repository.of_name(organisation_code, said.name)
    return repository.admitted(organisation_code), replace(
        said, id=f"{organisation_code}/{said.name}", version=rule.newest + 1 if rule else 1
    )


class RuleTrials:
    """The trials one controller makes.

    Args:
        factory: makes sessions.
        store: gives the readings.
        shared: whether other controllers work on the same database.
    """

    def __init__(self, factory: SessionFactory, store: Callable[[], Past], *, shared: bool) -> None:
        self._factory, self._store = factory, store
        self._watches = Watches("rule-trial", _AT_ONCE, shared=shared)

    def begin(
        self, user_id: str, bureau: Organisation, definition: Definition, days: int, now: datetime
    ) -> str:
        """Begin to try a rule below a bureau; returns the id of the trial soon.

        Args:
            user_id: who may look at it.
            bureau: whose rule it would be.
            definition: under the name alerts would know it by.
            days: of the past.
            now: their end.
        """
        with unit_of_work(self._factory) as session:
            rules = rules_in_force(session)
            trial = Trial(definition, bureau.path, days, now, rules)
            schools, left_out = schools_of(session, trial)
            row = RuleTrial(
                id="",
                user_id=user_id,
                organisation_code=bureau.code,
                name=definition.name,
                document=text_of(definition),
                days=days,
                total=len(schools),
                seen_at=utc_now(),
            )
            trial_id = begin_trial(session, row)
        outcome = Outcome(trial.begin, now, tried=is_remembered(definition), left_out=left_out)
        self._watches.begin(
            trial_id,
            Step(_PHASE, 0, len(schools)),
            lambda step: self._note(trial_id, step),
            lambda watch: self._work(trial_id, trial, outcome, watch),
        )
        return trial_id

    def cancel(self, trial_id: str) -> None:
        """Have a trial end; nothing of it is kept."""
        if not self._watches.end(trial_id) and self._watches.shared:
            with unit_of_work(self._factory) as session:
                ask_to_end_trial(session, trial_id)

    def state(self, trial: RuleTrial) -> RunState:
        """What has become of a trial; one whose controller is gone has failed."""
        return self._watches.state(trial.id, trial.state, trial.seen_at)

    def step(self, trial: RuleTrial) -> Step:
        """How far it is."""
        return self._watches.step(trial.id, Step(_PHASE, trial.done, trial.total))

    def close(self) -> None:
        """End what runs; nothing of it is kept."""
        self._watches.close()

    def _work(self, trial_id: str, trial: Trial, outcome: Outcome, watch: Watch) -> None:
        found: Outcome | None = None
        try:
            watch.check()
            with read_only(self._factory) as session:
                schools, _ = schools_of(session, trial)
            for done, school in enumerate(schools):
                watch.told(_PHASE, done, len(schools))
                with read_only(self._factory) as session:
                    try_school(session, self._store(), trial, school, outcome)
            watch.check()
            state, found = RunState.done, outcome
        except Cancelled:
            state = RunState.cancelled
        except Exception:
            logger.exception("a rule could not be tried")
            state = RunState.failed
        with unit_of_work(self._factory) as session:
            end_trial(session, trial_id, state, found, utc_now())

    def _note(self, trial_id: str, step: Step) -> bool:
        with unit_of_work(self._factory) as session:
            return note_schools(session, trial_id, step.done, utc_now())
