"""The verdict on one school's month, in words: what was asked, what was found, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.auth.permissions import Permission
from controller.compliance.asking import Asked, collected
from controller.compliance.collecting import Collected
from controller.compliance.hours import seconds_in, without
from controller.compliance.inputs import Exclusion, Exemption, Policy
from controller.compliance.results import SchoolVerdict
from controller.compliance.verdict import judge
from controller.errors import NotFound
from controller.language import N_, from_milliseconds
from controller.pages.look import Look
from controller.pages.views.compliance_month import MonthShown
from controller.pages.views.line_tests import TestList, test_list
from controller.pages.views.names import school_name
from controller.pages.views.school_months import standing_of
from controller.pages.views.school_standards import SchoolStandards, school_standards
from controller.pages.views.verdict_targets import (
    PendingCard,
    TargetCard,
    card,
    headline,
    waiting,
    worst_first,
)
from controller.words.compliance import (
    ADVICE,
    MEANINGS,
    NO_TARGET,
    PENDING,
    state_tone,
    state_word,
)
from inventory.models import School
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.standards.keeping import known_standards
from inventory.verdicts.keeping import MonthVerdictRepository


@dataclass(frozen=True, slots=True)
class Approved:
    """Time or a school that is left out, and who approved that."""

    begin: datetime
    end: datetime
    reason: str
    approved_by: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class KeptState:
    """The verdict on the month as it is kept, for lists and reports.

    Args:
        signed: where the edition is that has frozen it.
        differs: what is computed now says otherwise.
    """

    state: str
    word: str
    tone: str
    at: datetime
    frozen_at: datetime | None
    signed: str
    differs: bool


@dataclass(frozen=True, slots=True)
class SchoolVerdictView:
    """Everything on the page.

    Args:
        gone: raw measurements of the month have begun to go; what is kept of it counts.
        headline: measured and contracted rates against the plan's, in words.
        hours: of school in the period, in words, exclusions taken out.
        evidence: where the bundle is.
        commands: how the same comes out on a command line.
        may_register: the reader keeps test servers of the school's bureau.
    """

    school: School
    name: str
    month: MonthShown
    state: str
    word: str
    tone: str
    meaning: str
    advice: str
    gone: bool
    headline: Sequence[str]
    targets: Sequence[TargetCard]
    pending: Sequence[PendingCard]
    policy: Policy
    shares: tuple[str, str]
    exclusions: Sequence[Approved]
    exemption: Exemption | None
    exempted_at: datetime | None
    hours: str
    calendar: str
    method: str
    tests: TestList
    evidence: str
    commands: Sequence[str]
    kept: KeptState | None
    may_ask: bool
    standards: SchoolStandards
    may_register: bool


def school_verdict_view(
    look: Look, code: str, month: MonthShown, *, page: int = 1
) -> SchoolVerdictView:
    """What the page shows.

    Raises:
        NotFound: no such school within the scope, or one that was closed by the month's end.
    """
    school = school_shown(look, code)
    one = judged_inputs(look, school, month)
    verdict = judge(one.inputs, one.policy)
    found = standing(verdict)
    kept = _kept(look, code, month, found)
    gone = _has_gone(look, month)
    state = kept.state if kept and (gone or kept.frozen_at) else found
    windows = without(one.inputs.windows, ((x.begin, x.end) for x in one.inputs.exclusions))
    standards = {
        (known.standard.code, known.standard.version): known
        for known in known_standards(look.session, look.scope)
    }
    translate, percent = look.lang.gettext, look.lang.percent
    period = f"--from {month.first} --to {month.last}"
    return SchoolVerdictView(
        school=school,
        name=school_name(look, school),
        month=month,
        state=state,
        word=translate(state_word(state)),
        tone=state_tone(state),
        meaning=translate(MEANINGS[state]),
        advice=translate(ADVICE[state] if windows else _ENTER_HOURS),
        gone=gone,
        headline=headline(look, verdict),
        targets=[card(look, target, standards) for target in worst_first(verdict)],
        pending=[waiting(look, demand, standards) for demand in verdict.pending],
        policy=one.policy,
        shares=(percent(float(one.policy.test_share)), percent(float(one.policy.pass_share))),
        exclusions=[_approved(excluded) for excluded in verdict.exclusions],
        exemption=verdict.exemption,
        exempted_at=from_milliseconds(verdict.exemption.approved_at) if verdict.exemption else None,
        hours=look.lang.number(seconds_in(windows) / 3600, 1),
        calendar=verdict.calendar,
        method=verdict.method,
        tests=test_list(look, one, month, page),
        evidence=f"/api/v1/reports/bandwidth/evidence?org={code}&from={month.first}&to={month.last}",
        commands=(
            f"fleet report bandwidth --org {code} {period} --evidence bundle.json",
            "fleet report bandwidth --verify bundle.json",
        ),
        kept=kept,
        may_ask=look.caller.may(Permission.manage_calendars, school.path),
        standards=school_standards(look, school, month.last),
        may_register=look.caller.may(
            Permission.manage_inventory, school.path.removesuffix(f"{school.code}/")
        ),
    )


def _kept(look: Look, code: str, month: MonthShown, found: str) -> KeptState | None:
    repository = MonthVerdictRepository(look.session, look.scope)
    kept = repository.of_school(code, month.first, month.first).get(month.first)
    if kept is None:
        return None
    state = standing_of(kept)
    return KeptState(
        state=state,
        word=look.lang.gettext(state_word(state)),
        tone=state_tone(state),
        at=kept.computed_at,
        frozen_at=kept.frozen_at,
        signed=f"/reports/{kept.edition_id}/schools/{code}" if kept.edition_id else "",
        differs=state != found,
    )


def _has_gone(look: Look, month: MonthShown) -> bool:
    """Whether what was measured on the month's first days is not kept any more."""
    kept_days: float = look.request.app.state.settings.metrics_raw_days
    return month.first < look.today - timedelta(days=kept_days)


def school_shown(look: Look, code: str) -> School:
    """The school.

    Raises:
        NotFound: no such school within the scope.
    """
    school = SchoolRepository(look.session, look.scope).get(code)
    if school is None:
        raise NotFound
    return school


def judged_inputs(look: Look, school: School, month: MonthShown) -> Collected:
    """What the verdict on a school's month is made of.

    Raises:
        NotFound: the school was closed by then.
    """
    asked = Asked(at=school.code, first=month.first, last=month.last)
    # Nothing of other schools is read; what bureaus above have decided holds all the same.
    found = collected(look.session, look.store, Scope.of([school.path]), asked)
    if not found:
        raise NotFound
    return found[0]


def standing(verdict: SchoolVerdict) -> str:
    """The headline's state; a school nothing is judged of has no target, or one that waits."""
    if verdict.state is not None:
        return str(verdict.state)
    return PENDING if verdict.pending else NO_TARGET


_ENTER_HOURS = N_("Enter terms in the school calendar first: without school hours nothing counts.")


def _approved(one: Exclusion) -> Approved:
    return Approved(
        from_milliseconds(one.begin),
        from_milliseconds(one.end),
        one.reason,
        one.approved_by,
        from_milliseconds(one.approved_at),
    )
