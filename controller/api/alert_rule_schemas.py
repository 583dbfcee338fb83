"""What ``/alert-rules`` takes and answers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.judging.rules import Definition
from alerts.rulebook.models import AlertRule, AlertRuleVersion, RuleAct, RuleTrial
from alerts.rulebook.text import LONGEST, text_of
from alerts.rulebook.trial import Outcome
from alerts.rulebook.trials import outcome_of
from controller.api.schemas import Schema
from controller.rule_trials import RuleTrials
from inventory.models import RunState

Code = Annotated[str, Field(min_length=1, max_length=32)]
Document = Annotated[str, Field(max_length=2 * LONGEST)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DocumentIn(_Body):
    """The text of a rule (YAML)."""

    document: Document


class RuleIn(DocumentIn):
    """A new rule of a bureau."""

    organisation_code: Code


class CopyIn(_Body):
    """A rule to copy, by the name alerts know it by: ``switch_hot``, or ``33/switch_hot``."""

    organisation_code: Code
    source: Annotated[str, Field(min_length=1, max_length=100)]
    enabled: bool = True


class SwitchIn(_Body):
    """On or off."""

    enabled: bool


class MoveIn(_Body):
    """Before the rule before it, or else behind the one behind it."""

    earlier: bool


class RestoreIn(_Body):
    """The number of the version that is to hold again."""

    number: Annotated[int, Field(ge=1)]


class TrialIn(RuleIn):
    """A text to try on the past of the schools below a bureau."""

    days: Literal[7, 30] = 30


class ShippedRuleOut(Schema):
    """A rule that comes with the software."""

    name: str
    fault: str
    version: int
    document: str

    @classmethod
    def of(cls, one: Definition) -> "ShippedRuleOut":
        return cls(name=one.name, fault=one.rule, version=one.version, document=text_of(one))


class RuleOut(Schema):
    """A bureau's rule with its newest version."""

    id: str
    organisation_code: str
    name: str
    place: int
    version: int
    enabled: bool
    removed: bool
    document: str
    copied_from: str
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, rule: AlertRule, version: AlertRuleVersion) -> "RuleOut":
        return cls(
            id=rule.id,
            organisation_code=rule.organisation_code,
            name=rule.name,
            place=rule.place,
            version=version.number,
            enabled=version.enabled,
            removed=rule.removed,
            document=version.document,
            copied_from=version.copied_from,
            made_at=version.made_at,
            made_by=version.made_by,
        )


class RuleVersionOut(Schema):
    """One version: what made it, who and when, and what the rule said then."""

    number: int
    act: RuleAct
    document: str
    enabled: bool
    copied_from: str
    restored_from: int | None
    made_at: datetime
    made_by: str


class ChangeOut(Schema):
    """A field that differs; empty where a version says nothing of it."""

    field: str
    before: str
    after: str


class FiredOut(Schema):
    """One fault a rule would have told of; ``ended`` is empty where it still stands."""

    school_code: str
    school: str
    device_id: str
    device: str
    part: str
    began: datetime
    ended: datetime | None
    value: float | None


class SideOut(Schema):
    """How often a rule would have fired, in how many schools, for how long; the first of them."""

    rules: list[str]
    fired: int
    schools: int
    seconds: float
    told: list[FiredOut]


class OutcomeOut(Schema):
    """What a trial came to; with ``tried`` false the stores do not remember what it looks for."""

    begin: datetime
    end: datetime
    tried: bool
    schools: int
    left_out: int
    given_up: int
    devices: int
    proposed: SideOut
    in_force: SideOut
    alerts: int


class TrialOut(Schema):
    """How far a trial is, in schools, and what it came to once it is done."""

    id: str
    organisation_code: str
    name: str
    days: int
    state: RunState
    done: int
    total: int
    outcome: OutcomeOut | None

    @classmethod
    def of(cls, trials: RuleTrials, trial: RuleTrial) -> "TrialOut":
        state = trials.state(trial)
        step = trials.step(trial)
        found: Outcome | None = outcome_of(trial)
        told: Any = None if found is None else OutcomeOut.model_validate(found)
        return cls(
            id=trial.id,
            organisation_code=trial.organisation_code,
            name=trial.name,
            days=trial.days,
            state=state,
            done=step.total if state is RunState.done else step.done,
            total=step.total,
            outcome=told,
        )
