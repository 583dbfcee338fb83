"""Standards in the register: applied, copied, edited, confirmed; and the tolerance a bureau adopts.

Every act is a row that stays, with who did it and when; the audit trail has the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import (
    KeptStandard,
    Organisation,
    School,
    SchoolForm,
    Setting,
    Stage,
    StandardAnswer,
    StandardBinding,
    TolerancePolicy,
)
from inventory.schools.checks import check_text
from inventory.scope import Scope
from inventory.standards.documents import (
    fingerprint,
    from_text,
    shipped,
    standard_of,
    text_of,
)
from inventory.standards.errors import (
    AnswerUnfit,
    BindingRepeated,
    NotYourStandard,
    StandardChangedInPlace,
    StandardCodeTaken,
)
from inventory.standards.model import QuestionKind, Standard
from inventory.standards.repository import StandardRepository

_ANSWERS = {QuestionKind.reading: ("yes", "no"), QuestionKind.town_is: ("urban", "rural", "none")}
#: Shares below this are no tolerance any more.
_LOWEST_SHARE = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Known:
    """A version of a standard somebody may apply; ``row`` is empty where none was kept yet."""

    standard: Standard
    row: KeptStandard | None

    @property
    def is_shipped(self) -> bool:
        return self.row is None or self.row.shipped


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of schools a binding is narrowed to; an empty field says nothing."""

    stage: Stage | None = None
    setting: Setting | None = None
    form: SchoolForm | None = None
    is_public: bool | None = None


def known_standards(session: Session, scope: Scope) -> Sequence[Known]:
    """Every version that is kept, and those that came with the software and are not, yet."""
    rows = StandardRepository(session, scope).kept()
    found = {(row.code, row.version): Known(from_text(row.document), row) for row in rows}
    for standard in shipped().values():
        found.setdefault((standard.code, standard.version), Known(standard, None))
    return [found[key] for key in sorted(found)]


def known_standard(session: Session, scope: Scope, code: str, version: int | None = None) -> Known:
    """A version of a standard; the newest where none is named.

    Raises:
        NotFound: no such standard within the scope.
    """
    fitting = [
        one
        for one in known_standards(session, scope)
        if one.standard.code == code and version in (None, one.standard.version)
    ]
    if not fitting:
        raise NotFound(what="standard", key=code if version is None else f"{code}:{version}")
    return fitting[-1]


def kept(session: Session, scope: Scope, known: Known) -> KeptStandard:
    """The row of a version; one that came with the software is kept now.

    Raises:
        StandardChangedInPlace: another text is kept under its version.
    """
    standard, repository = known.standard, StandardRepository(session, scope)
    row = known.row or repository.version(standard.code, standard.version)
    if row is None:
        return repository.keep_shipped(_row(standard, shipped=True))
    ours = shipped().get(standard.code)
    same = row.shipped and ours is not None and ours.version == row.version
    if same and ours is not None and fingerprint(ours) != row.fingerprint:
        raise StandardChangedInPlace(key=f"{row.code}:{row.version}")
    return row


def copy_standard(
    session: Session,
    scope: Scope,
    known: Known,
    *,
    code: str,
    title: str,
    organisation_code: str | None,
    by: str,
) -> KeptStandard:
    """Make a standard of one's own out of another one.

    Raises:
        StandardCodeTaken: of ``code``.
        StandardFaulty: of ``code`` or ``title``.
        NotFound, OutOfScope: of the bureau.
    """
    repository = StandardRepository(session, scope)
    if code in shipped() or repository.is_taken(code):
        raise StandardCodeTaken(key=code)
    changed = msgspec.structs.replace(known.standard, code=code, version=1, plan=title)
    row = _row(standard_of(msgspec.to_builtins(changed)), by=by)
    row.organisation_code = organisation_code
    row.copied_from = f"{known.standard.code}:{known.standard.version}"
    return repository.keep(row)


def edit_standard(
    session: Session, scope: Scope, known: Known, document: object, *, by: str
) -> KeptStandard:
    """Put another text in place of one's own; a version that was used stays, and the next is made.

    Raises:
        NotYourStandard: it came with the software.
        StandardFaulty: a line for every mistake.
        Invalid: it would get another code.
        OutOfScope: of the bureau whose own it is.
    """
    row = known.row
    if row is None or row.shipped:
        raise NotYourStandard(key=known.standard.code)
    standard = document if isinstance(document, Standard) else standard_of(document)
    if standard.code != row.code:
        raise Invalid(field="code", reason=standard.code)
    repository = StandardRepository(session, scope)
    newest = repository.version(row.code) or row
    if newest.id == row.id and not repository.is_used(row):
        changed = msgspec.structs.replace(standard, version=row.version)
        row.document, row.title = text_of(changed), changed.plan
        row.fingerprint, row.made_by = fingerprint(changed), by
        return repository.keep(row)
    made = _row(msgspec.structs.replace(standard, version=newest.version + 1), by=by)
    made.organisation_code = row.organisation_code
    made.copied_from = f"{row.code}:{row.version}"
    return repository.keep(made)


def apply_standard(
    session: Session,
    scope: Scope,
    known: Known,
    *,
    at: str,
    valid_from: date,
    valid_until: date | None = None,
    kinds: Kinds | None = None,
    by: str,
) -> StandardBinding:
    """Let a standard hold for a school, or for the schools below a bureau, from a day on.

    ``at`` is the code of the school or the bureau, and ``kinds`` narrows the bureau's schools.

    Raises:
        NotFound, OutOfScope: of the place.
        Invalid: an end before the beginning, or kinds beside a school.
        BindingRepeated: it holds there in that time already.
    """
    kinds = kinds or Kinds()
    if valid_until is not None and valid_until < valid_from:
        raise Invalid(field="valid_until", reason=f"{valid_until} < {valid_from}")
    is_school = session.get(Organisation, at) is None and session.get(School, at) is not None
    if is_school and kinds != Kinds():
        raise Invalid(field="at", reason=at)
    row = kept(session, scope, known)
    repository = StandardRepository(session, scope)
    binding = StandardBinding(
        id=new_id("sb"),
        standard_id=row.id,
        school_code=at if is_school else None,
        organisation_code=None if is_school else at,
        stage=kinds.stage,
        setting=kinds.setting,
        form=kinds.form,
        is_public=kinds.is_public,
        valid_from=valid_from,
        valid_until=valid_until,
        made_by=by,
    )
    for other in repository.bindings(valid_from, valid_until):
        if _place(other) == _place(binding) and other.standard_id == row.id:
            raise BindingRepeated(key=f"{row.code}:{row.version}")
    return repository.bind(binding)


def end_binding(session: Session, scope: Scope, binding_id: str, last_day: date) -> StandardBinding:
    """Let a standard hold no longer than to a day; one before its beginning undoes it.

    Raises:
        NotFound, OutOfScope: of the binding.
        Invalid: it ended before that day.
    """
    repository = StandardRepository(session, scope)
    binding = repository.binding(binding_id)
    if binding is None:
        raise NotFound(what="binding", key=binding_id)
    if binding.valid_until is not None and binding.valid_until < last_day:
        raise Invalid(field="valid_until", reason=f"{binding.valid_until} < {last_day}")
    binding.valid_until = max(last_day, binding.valid_from - timedelta(days=1))
    return repository.bind(binding)


def confirm(
    session: Session,
    scope: Scope,
    known: Known,
    *,
    question: str,
    answer: str,
    organisation_code: str,
    note: str = "",
    by: str,
) -> StandardAnswer:
    """Keep what a person confirmed of a standard, for the schools below a bureau.

    Raises:
        NotFound: the standard has no such question; the bureau.
        AnswerUnfit: the question takes other answers.
        OutOfScope: of the bureau.
    """
    asked = known.standard.question(question)
    if asked is None:
        raise NotFound(what="question", key=question)
    expected = _ANSWERS.get(asked.kind)
    if expected is None:
        try:
            answer = date.fromisoformat(answer).isoformat()
        except ValueError as error:
            raise AnswerUnfit(field=question, expected="2026-09-01", answer=answer[:40]) from error
    elif answer not in expected:
        raise AnswerUnfit(field=question, expected=" | ".join(expected), answer=answer[:40])
    row = kept(session, scope, known)
    return StandardRepository(session, scope).answer(
        StandardAnswer(
            id=new_id("sa"),
            standard_id=row.id,
            question=question,
            answer=answer,
            organisation_code=organisation_code,
            note=check_text("note", note, 500, needed=False),
            answered_by=by,
        )
    )


def adopt_policy(session: Session, scope: Scope, policy: TolerancePolicy) -> TolerancePolicy:
    """Keep the tolerance a bureau adopts; printed on every report that uses it.

    Raises:
        Invalid: no name, nobody who adopted it, a share that is no tolerance, an end too early.
        NotFound, OutOfScope: of the bureau.
    """
    policy.name = check_text("name", policy.name, 100, needed=True)
    policy.adopted_by = check_text("adopted_by", policy.adopted_by, 100, needed=True)
    policy.document_number = check_text(
        "document_number", policy.document_number, 100, needed=False
    )
    for field in ("test_share", "pass_share"):
        share = getattr(policy, field)
        highest = 1 if field == "test_share" else Decimal("0.9999")
        if not (share.is_finite() and _LOWEST_SHARE <= share <= highest):
            raise Invalid(field=field, reason=str(share))
    if policy.valid_until is not None and policy.valid_until < policy.valid_from:
        raise Invalid(field="valid_until", reason=f"{policy.valid_until} < {policy.valid_from}")
    policy.id = policy.id or new_id("tp")
    return StandardRepository(session, scope).adopt(policy)


def _row(standard: Standard, *, shipped: bool = False, by: str = "") -> KeptStandard:
    return KeptStandard(
        id=new_id("st"),
        code=standard.code,
        version=standard.version,
        title=standard.plan,
        shipped=shipped,
        document=text_of(standard),
        fingerprint=fingerprint(standard),
        made_by=by,
    )


def _place(binding: StandardBinding) -> tuple[object, ...]:
    return (
        binding.school_code,
        binding.organisation_code,
        binding.stage,
        binding.setting,
        binding.form,
        binding.is_public,
    )
