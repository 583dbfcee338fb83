"""A newer version takes the place of the older ones, wherever they are bound, from a day on."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session

from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models import StandardAnswer, StandardBinding
from inventory.scope import Scope
from inventory.standards.documents import from_text
from inventory.standards.keeping import Known, kept
from inventory.standards.repository import StandardRepository


def older_bindings(
    session: Session, scope: Scope, known: Known, since: date
) -> Sequence[StandardBinding]:
    """Bindings of other versions that hold on a day or begin later, in the order they were made."""
    repository = StandardRepository(session, scope)
    others = {
        one.id
        for one in repository.versions(known.standard.code)
        if one.version != known.standard.version
    }
    return [one for one in repository.bindings(since) if one.standard_id in others]


def replace_versions(
    session: Session, scope: Scope, known: Known, *, since: date, by: str
) -> Sequence[StandardBinding]:
    """Bind a version wherever another one of the same standard holds, from a day on.

    What held before stays bound to the day before; its last day, if it has one, is the new one's.
    Answers to questions that read as they did are carried over, with who gave them and when.

    Raises:
        Invalid: no other version is bound from that day on.
        OutOfScope: one of the places is outside the scope; whoever asks rolls back.
    """
    repository = StandardRepository(session, scope)
    older = older_bindings(session, scope, known, since)
    if not older:
        raise Invalid(field="since", reason=f"{since}")
    row = kept(session, scope, known)
    _carry_answers(repository, known, row.id, {one.standard_id for one in older})
    made = []
    for one in older:
        begins = max(since, one.valid_from)
        made.append(_bound_anew(repository, one, row.id, begins, by))
        one.valid_until = begins - timedelta(days=1)
        repository.bind(one)
    return made


def _carry_answers(
    repository: StandardRepository, known: Known, standard_id: str, older: set[str]
) -> None:
    texts = {one.id: from_text(one.document) for one in repository.versions(known.standard.code)}
    answers = repository.answers()
    there = {(a.question, a.organisation_code) for a in answers if a.standard_id == standard_id}
    for one in answers:
        asked = known.standard.question(one.question)
        if (
            one.standard_id in older
            and asked is not None
            and asked == texts[one.standard_id].question(one.question)
            and (one.question, one.organisation_code) not in there
        ):
            copied = one.model_dump(exclude={"id", "standard_id"})
            repository.answer(StandardAnswer(**copied, id=new_id("sa"), standard_id=standard_id))


def _bound_anew(
    repository: StandardRepository, one: StandardBinding, standard_id: str, since: date, by: str
) -> StandardBinding:
    copied = one.model_dump(exclude={"id", "standard_id", "valid_from", "made_at", "made_by"})
    return repository.bind(
        StandardBinding(
            **copied, id=new_id("sb"), standard_id=standard_id, valid_from=since, made_by=by
        )
    )
