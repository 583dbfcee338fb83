"""Target standards in words: what plans demand, what they leave open, whom they bind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_, Language
from controller.pages.look import Look
from controller.pages.views.bureaus_known import KnownBureau, bureaus_known
from controller.pages.views.names import school_name
from controller.words.compliance import (
    COMPARISONS,
    HOLDERS,
    QUESTIONS,
    UNITS,
    flow_word,
    measure_word,
)
from controller.words.terms import FORMS, MEDIA, SETTINGS, STAGES
from inventory.models import StandardAnswer, StandardBinding, TolerancePolicy
from inventory.repositories import SchoolRepository
from inventory.standards.keeping import Known, known_standard, known_standards
from inventory.standards.model import Question, QuestionKind, Scope, Target, Unit
from inventory.standards.replacing import older_bindings
from inventory.standards.repository import StandardRepository

#: What questions that are not of days are answered with.
ANSWERS: Mapping[QuestionKind, Mapping[str, str]] = {
    QuestionKind.reading: {"yes": N_("Yes"), "no": N_("No")},
    QuestionKind.town_is: {
        "urban": N_("Urban"),
        "rural": N_("Rural"),
        "none": N_("Under neither"),
    },
}


@dataclass(frozen=True, slots=True)
class StandardRow:
    """The newest version of one standard.

    Args:
        owner: whose own it is, in words; empty of those that came with the software.
        bound: places it holds for today.
        open: questions nobody has answered anywhere.
    """

    known: Known
    title: str
    owner: str
    bound: int
    open: int


@dataclass(frozen=True, slots=True)
class BindingRow:
    """One binding; ``place`` and ``kinds`` are in the reader's language."""

    binding: StandardBinding
    standard: str
    version: int
    place: str
    kinds: str
    holds: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One adopted tolerance; shares are in words."""

    policy: TolerancePolicy
    bureau: str
    test_share: str
    pass_share: str
    holds: bool


@dataclass(frozen=True, slots=True)
class StandardsPage:
    """Everything on the list."""

    standards: Sequence[StandardRow]
    bindings: Sequence[BindingRow]
    policies: Sequence[PolicyRow]
    may_change: bool


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One demand in the reader's words; both languages of its quote."""

    target: Target
    measure: str
    wanted: str
    whom: str
    holds: str
    caveat: str
    needs: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What a plan leaves open, and what was confirmed of it, the newest first.

    Args:
        answers: each with its bureau and what was answered, in the reader's words.
    """

    question: Question
    text: str
    answers: Sequence[tuple[StandardAnswer, str, str]]


@dataclass(frozen=True, slots=True)
class StandardPage:
    """Everything on the page of one version.

    Args:
        versions: all there are, the newest first.
        replaces: places that are bound to another version from today on.
    """

    known: Known
    title: str
    caveats: Sequence[str]
    targets: Sequence[TargetRow]
    questions: Sequence[QuestionRow]
    bindings: Sequence[BindingRow]
    versions: Sequence[int]
    owner: str
    may_change: bool
    may_edit: bool
    replaces: int


_Bureaus = Mapping[str, KnownBureau]


def standards_page(look: Look) -> StandardsPage:
    """What the list shows."""
    repository = StandardRepository(look.session, look.scope)
    bureaus = bureaus_known(look)
    known = known_standards(look.session, look.scope)
    bindings = binding_rows(look, known, bureaus)
    newest = {one.standard.code: one for one in known}
    answered = {(one.standard_id, one.question) for one in repository.answers()}
    return StandardsPage(
        standards=[
            StandardRow(
                known=one,
                title=title_of(look.lang, one),
                owner=_owner(look, one, bureaus),
                bound=sum(row.holds and row.standard == one.standard.code for row in bindings),
                open=sum(
                    (one.row.id if one.row else "", question.id) not in answered
                    for question in one.standard.questions
                ),
            )
            for one in newest.values()
        ],
        bindings=bindings,
        policies=[_policy(look, one, bureaus) for one in reversed(repository.policies())],
        may_change=look.caller.may(Permission.manage_inventory),
    )


def standard_page(look: Look, code: str, version: int | None) -> StandardPage:
    """What the page of a version shows; the newest where none is named.

    Raises:
        NotFound: no such standard within the scope.
    """
    known = known_standard(look.session, look.scope, code, version)
    standard, kept = known.standard, known.row.id if known.row else ""
    every = known_standards(look.session, look.scope)
    bureaus = bureaus_known(look)
    answers = [
        one
        for one in reversed(StandardRepository(look.session, look.scope).answers())
        if one.standard_id == kept
    ]
    may = look.caller.may(Permission.manage_inventory)
    return StandardPage(
        known=known,
        title=title_of(look.lang, known),
        caveats=standard.caveats_translation if _english(look.lang) else standard.caveats,
        targets=[_target(look.lang, known, one) for one in standard.targets],
        questions=[
            QuestionRow(
                one,
                question_words(look.lang, one),
                [
                    (
                        answer,
                        name_in(bureaus, answer.organisation_code),
                        answer_words(look.lang, one, answer.answer),
                    )
                    for answer in answers
                    if answer.question == one.id
                ],
            )
            for one in standard.questions
        ],
        bindings=[
            row
            for row in binding_rows(look, every, bureaus)
            if (row.standard, row.version) == (standard.code, standard.version)
        ],
        versions=sorted(
            (one.standard.version for one in every if one.standard.code == code), reverse=True
        ),
        owner=_owner(look, known, bureaus),
        may_change=may,
        may_edit=may and not known.is_shipped,
        replaces=len(older_bindings(look.session, look.scope, known, look.today)),
    )


def title_of(lang: Language, known: Known) -> str:
    """What a standard is called; one's own has one name only."""
    standard = known.standard
    return standard.plan_translation if _english(lang) and known.is_shipped else standard.plan


def question_words(lang: Language, question: Question) -> str:
    """A question in the reader's language."""
    return question.translation if _english(lang) else question.text


def answer_words(lang: Language, question: Question, answer: str) -> str:
    """An answer in the reader's language; a day as it is."""
    words = ANSWERS.get(question.kind, {})
    return lang.gettext(words[answer]) if answer in words else answer


def name_in(bureaus: _Bureaus, code: str) -> str:
    """The name of a bureau; its code where the reader does not see it."""
    return bureaus[code].name if code in bureaus else code


def value_of(lang: Language, target: Target) -> str:
    """``at least 100 Mbit/s``."""
    value = lang.number(float(target.value), 2)
    if target.unit is Unit.ratio:
        value = lang.percent(float(target.value), 1)
    elif target.unit in UNITS:
        value = f"{value} {lang.gettext(UNITS[target.unit])}"
    elif target.unit is Unit.mbps:
        value = f"{value} {target.unit.value}"
    return f"{lang.gettext(COMPARISONS[target.comparison])} {value}"


def _english(lang: Language) -> bool:
    return lang.code == "en"


def _owner(look: Look, known: Known, bureaus: _Bureaus) -> str:
    if known.is_shipped or known.row is None:
        return ""
    code = known.row.organisation_code
    return name_in(bureaus, code) if code else look.lang.gettext(N_("All bureaus"))


def binding_rows(look: Look, known: Sequence[Known], bureaus: _Bureaus) -> list[BindingRow]:
    """Those in force today first, then the others, the latest first."""
    kept = {one.row.id: one.standard for one in known if one.row is not None}
    bound = StandardRepository(look.session, look.scope).bindings()
    codes = sorted({one.school_code for one in bound if one.school_code})
    schools = {one.code: one for one in SchoolRepository(look.session, look.scope).named(codes)}
    manages = look.caller.scope(Permission.manage_inventory)
    rows = []
    for one in bound:
        standard = kept.get(one.standard_id)
        if standard is None:
            continue
        code = one.school_code or one.organisation_code or ""
        school = schools.get(one.school_code or "")
        path = school.path if school else bureaus[code].path if code in bureaus else ""
        ended = one.valid_until is not None and one.valid_until < look.today
        rows.append(
            BindingRow(
                binding=one,
                standard=standard.code,
                version=standard.version,
                place=school_name(look, school) if school else name_in(bureaus, code),
                kinds=_kinds(look.lang, one),
                holds=one.valid_from <= look.today and not ended,
                may_end=not ended and bool(path) and manages.covers(path),
            )
        )
    rows.sort(key=lambda row: row.binding.valid_from, reverse=True)
    return sorted(rows, key=lambda row: (not row.holds, row.standard))


def _kinds(lang: Language, one: StandardBinding) -> str:
    words = (
        STAGES[one.stage] if one.stage else "",
        SETTINGS[one.setting] if one.setting else "",
        FORMS[one.form] if one.form else "",
        "" if one.is_public is None else _public(one.is_public),
    )
    return joined(lang, [lang.gettext(word) for word in words if word])


def _policy(look: Look, one: TolerancePolicy, bureaus: _Bureaus) -> PolicyRow:
    return PolicyRow(
        policy=one,
        bureau=name_in(bureaus, one.organisation_code),
        test_share=look.lang.percent(float(one.test_share), 2),
        pass_share=look.lang.percent(float(one.pass_share), 2),
        holds=one.valid_from <= look.today
        and (one.valid_until is None or look.today <= one.valid_until),
    )


def _target(lang: Language, known: Known, one: Target) -> TargetRow:
    first, last = one.effective_from, one.effective_until
    questions = [known.standard.question(name) for name in one.needs]
    measure = lang.gettext(measure_word(one.measure))
    if one.flow is not None:
        measure = f"{measure} · {lang.gettext(flow_word(one.flow))}"
    if one.medium is not None:
        measure = f"{measure} · {lang.gettext(MEDIA[one.medium])}"
    return TargetRow(
        target=one,
        measure=measure,
        wanted=value_of(lang, one),
        whom=whom_of(lang, one.scope) or lang.gettext(HOLDERS[one.holder]),
        holds=f"{first or ''} – {last or ''}" if first or last else "",
        caveat=one.caveat_translation if _english(lang) else one.caveat,
        needs=joined(lang, [lang.gettext(QUESTIONS[one.kind]) for one in questions if one]),
    )


def whom_of(lang: Language, scope: Scope) -> str:
    """Kinds of schools a target is for; empty for all."""
    words = [
        *(STAGES[one] for one in scope.stages),
        *(SETTINGS[one] for one in scope.settings),
        *(FORMS[one] for one in scope.forms),
    ]
    if scope.public is not None:
        words.append(_public(scope.public))
    return joined(lang, [lang.gettext(word) for word in words])


def _public(yes: bool) -> str:
    return N_("Public schools") if yes else N_("Private schools")


def joined(lang: Language, texts: Sequence[str]) -> str:
    """Words of a list, as the language parts them."""
    return ("、" if lang.code == "zh_CN" else ", ").join(texts)
