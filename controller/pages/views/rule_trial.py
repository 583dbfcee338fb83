"""What a trial of a rule found, in the reader's words: schools by name, figures with their unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from alerts.rulebook.models import RuleTrial
from alerts.rulebook.trials import outcome_of
from controller.pages.look import Look
from controller.pages.views.names import school_name
from controller.words.rules import found_value
from inventory.repositories.schools import SchoolRepository


@dataclass(frozen=True, slots=True)
class TrialWords:
    """Names of schools by code; ``value`` writes a figure that was found."""

    schools: Mapping[str, str]
    value: Callable[[float], str]


def trial_words(look: Look, trial: RuleTrial) -> TrialWords:
    """How to tell the reader of a trial; of a school without a name here, what the trial noted."""
    outcome = outcome_of(trial)
    sides = (outcome.proposed, outcome.in_force) if outcome else ()
    noted = {one.school_code: one.school for side in sides for one in side.told}
    known = SchoolRepository(look.session, look.scope).named(sorted(noted))
    metric = yaml.safe_load(trial.document).get("metric", "")
    return TrialWords(
        schools=noted | {one.code: school_name(look, one) for one in known},
        value=lambda value: found_value(metric, value, look.lang),
    )
