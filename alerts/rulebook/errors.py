"""What the rulebook refuses."""

from collections.abc import Sequence

from alerts.judging.documents import Problem
from alerts.messages import N_
from inventory.errors import Conflict, Invalid


class RuleFaulty(Invalid):
    """A text that is no rule; ``problems`` says where, and what to write instead."""

    code = "alert_rule_faulty"
    message = N_("The rule has mistakes: {mistakes}")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(mistakes="; ".join(map(str, problems)))


class RuleNameTaken(Conflict):
    """The bureau has a rule of this id."""

    code = "alert_rule_taken"
    message = N_("There is a rule “{key}” of this bureau already; choose another id.")


class RuleRemoved(Conflict):
    """A rule that was taken away is brought back by one of its versions, not changed."""

    code = "alert_rule_removed"
    message = N_("Rule “{key}” was taken away; take one of its versions back first.")
