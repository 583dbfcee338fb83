"""Which targets hold for a school on a day: bindings, kinds of schools, confirmations. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from sqlmodel import Session

from inventory.models import (
    SchoolForm,
    Setting,
    Stage,
    StandardAnswer,
    StandardBinding,
    TolerancePolicy,
)
from inventory.scope import Scope
from inventory.standards.documents import from_text
from inventory.standards.model import Question, QuestionKind, Standard, Target
from inventory.standards.model import Scope as TargetScope
from inventory.standards.repository import StandardRepository

_Said: TypeAlias = Mapping[str, StandardAnswer]


class SchoolKind(NamedTuple):
    """What of a school decides which targets hold for it."""

    code: str
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    is_public: bool


class OfKind(Protocol):
    """A row about a school that tells its kind."""

    @property
    def code(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def setting(self) -> Setting: ...
    @property
    def form(self) -> SchoolForm: ...
    @property
    def is_public(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Bound:
    """A target that holds for a school.

    Args:
        standard_id: of the version that is kept.
        pending: ids of questions nobody has answered; such a target is shown and not judged.
        confirmed: the answers it rests on: question, answer, who and when, as text.
        first: the first day on which it holds, so far as that is known.
        last: its last day.
    """

    standard_id: str
    standard: Standard
    target: Target
    pending: tuple[str, ...]
    confirmed: tuple[str, ...]
    first: date
    last: date | None


class Bindings:
    """Everything that is bound within a scope, read once; ``of`` asks nothing of the database.

    Nor does ``policy``, from the second time on.
    """

    def __init__(self, session: Session, scope: Scope, first: date, last: date) -> None:
        self._repository = StandardRepository(session, scope)
        self._standards: dict[str, Standard] = {}
        self._bindings: dict[str, list[tuple[int, StandardBinding]]] = defaultdict(list)
        for place, (binding, document) in enumerate(self._repository.bound(first, last)):
            owner = binding.school_code or binding.organisation_code or ""
            self._bindings[owner].append((place, binding))
            self._standards[binding.standard_id] = _read(document)
        asks = any(one.questions for one in self._standards.values())
        self._answers = self._repository.answers() if asks else ()
        self._policies: Sequence[TolerancePolicy] | None = None
        self._known: dict[tuple[object, ...], Sequence[Bound]] = {}

    def of(self, school: SchoolKind, on: date) -> Sequence[Bound]:
        """Targets that hold for a school on a day, by standard and in its order.

        A target whose beginning awaits confirmation is among them, as pending.
        """
        # Schools of a kind under one bureau differ by what is bound to one of them alone.
        own = school.code if school.code in self._bindings else ""
        above = school.path.rpartition(f"{school.code}/")[0]
        key = (own, above, school[2:], on)
        found = self._known.get(key)
        if found is None:
            bindings = [one for one in self._near(school) if binds(one, school, on)]
            ids = tuple(dict.fromkeys(one.standard_id for one in bindings))
            found = [
                bound
                for standard_id in ids
                for bound in targets_of(
                    standard_id,
                    self._standards[standard_id],
                    school,
                    on,
                    answers=[
                        one
                        for one in self._answers
                        if one.standard_id == standard_id
                        and f"/{one.organisation_code}/" in school.path
                    ],
                    since=min(b.valid_from for b in bindings if b.standard_id == standard_id),
                )
            ]
            self._known[key] = found
        return found

    def until(self, school: SchoolKind, on: date) -> date | None:
        """The last day for which :meth:`of` is sure to say what it says of ``on``.

        That is the day before anything begins, or the last one of anything, what comes first;
        ``None``: no date of the register is to come. Days beyond those asked for are not looked at.
        """
        begin: list[date | None] = []
        end: list[date | None] = []
        for binding in self._near(school):
            begin.append(binding.valid_from)
            end.append(binding.valid_until)
            for target in self._standards[binding.standard_id].targets:
                begin.append(target.effective_from)
                end.append(target.effective_until)
        begin += [_day(one.answer) for one in self._answers]
        days = [day - timedelta(days=1) for day in begin if day is not None and day > on]
        return min([*days, *(day for day in end if day is not None and day >= on)], default=None)

    def _near(self, school: SchoolKind) -> list[StandardBinding]:
        """Bindings of the school and of the bureaus above it, in their order."""
        owners = dict.fromkeys((*school.path.strip("/").split("/"), school.code))
        found = [one for owner in owners for one in self._bindings.get(owner, ())]
        return [binding for _, binding in sorted(found, key=lambda one: one[0])]

    def policy(self, path: str, on: date) -> TolerancePolicy | None:
        """The policy the nearest bureau above has adopted for that day, the newest of it."""
        if self._policies is None:
            self._policies = self._repository.policies()
        codes = path.strip("/").split("/")
        for code in reversed(codes):
            fitting = [
                one
                for one in self._policies
                if one.organisation_code == code
                and one.valid_from <= on
                and (one.valid_until is None or on <= one.valid_until)
            ]
            if fitting:
                return fitting[-1]
        return None


@lru_cache(maxsize=64)
def _read(document: str) -> Standard:
    """A document as it was kept; a version never changes while it binds anybody."""
    return from_text(document)


def kind_of(school: OfKind) -> SchoolKind:
    return SchoolKind(
        school.code, school.path, school.stage, school.setting, school.form, school.is_public
    )


def binds(binding: StandardBinding, school: SchoolKind, on: date) -> bool:
    """Whether a binding holds for a school on a day."""
    if not binding.valid_from <= on or (
        binding.valid_until is not None and on > binding.valid_until
    ):
        return False
    if binding.school_code is not None:
        return binding.school_code == school.code
    return (
        f"/{binding.organisation_code}/" in school.path
        and binding.stage in (None, school.stage)
        and binding.setting in (None, school.setting)
        and binding.form in (None, school.form)
        and binding.is_public in (None, school.is_public)
    )


def asks(scope: TargetScope, school: SchoolKind, setting: Setting | None = None) -> bool:
    """Whether a target of this scope is for such a school; ``setting`` is what it counts as."""
    return not (
        (scope.stages and school.stage not in scope.stages)
        or (scope.forms and school.form not in scope.forms)
        or scope.public not in (None, school.is_public)
        or (scope.settings and (setting or school.setting) not in scope.settings)
    )


def targets_of(
    standard_id: str,
    standard: Standard,
    school: SchoolKind,
    on: date,
    *,
    answers: Iterable[StandardAnswer],
    since: date,
) -> list[Bound]:
    """The targets of one standard that hold for a school on a day.

    Args:
        standard_id: of the version that is kept.
        standard: that version.
        school: its kinds.
        on: the day.
        answers: of bureaus above the school; of one question the nearest bureau's newest counts.
        since: from when on the standard is bound.
    """
    said: dict[str, StandardAnswer] = {}
    for answer in sorted(answers, key=lambda one: (_depth(one, school), one.answered_at, one.id)):
        said[answer.question] = answer
    found = []
    for target in standard.targets:
        bound = _bound(standard, target, school, said, since)
        if bound is not None and bound.first <= on and (bound.last is None or on <= bound.last):
            found.append(replace(bound, standard_id=standard_id))
    return found


def _bound(
    standard: Standard, target: Target, school: SchoolKind, said: _Said, since: date
) -> Bound | None:
    """The target for this school, or none where it is for others; dates are not looked at."""
    scope = target.scope
    used = _questions(standard, target, school)
    if not asks(
        scope, school, _setting(target, school, used, said) if scope.settings else None
    ) or (any(one.kind is QuestionKind.reading and _answer(said, one) == "no" for one in used)):
        return None
    begins = (_answer(said, one) for one in used if one.kind is QuestionKind.begins_on)
    first = [date.fromisoformat(answer) for answer in begins if answer is not None]
    return Bound(
        standard_id="",
        standard=standard,
        target=target,
        pending=tuple(one.id for one in used if one.id not in said),
        confirmed=tuple(_told(said[one.id]) for one in used if one.id in said),
        first=max(since, target.effective_from or since, *first),
        last=target.effective_until,
    )


def _questions(standard: Standard, target: Target, school: SchoolKind) -> list[Question]:
    """What has to be confirmed of this target; where towns belong matters in towns alone."""
    asked = (standard.question(name) for name in target.needs)
    return [
        one
        for one in asked
        if one is not None
        and (one.kind is not QuestionKind.town_is or school.setting is Setting.town)
    ]


def _setting(target: Target, school: SchoolKind, used: list[Question], said: _Said) -> Setting:
    """What the school counts as; a town nobody has decided on is shown under every target."""
    for question in used:
        if question.kind is QuestionKind.town_is:
            answer = _answer(said, question)
            if answer is None:
                return target.scope.settings[0]
            return school.setting if answer == "none" else Setting(answer)
    return school.setting


def _answer(said: _Said, question: Question) -> str | None:
    answer = said.get(question.id)
    return None if answer is None else answer.answer


def _told(answer: StandardAnswer) -> str:
    at = answer.answered_at.isoformat(timespec="seconds")
    return f"{answer.question}={answer.answer} ({answer.answered_by}, {at})"


def _day(answer: str) -> date | None:
    try:
        return date.fromisoformat(answer)
    except ValueError:
        return None


def _depth(answer: StandardAnswer, school: SchoolKind) -> int:
    return school.path.find(f"/{answer.organisation_code}/")
