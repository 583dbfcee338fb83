"""What waits for a person before figures of compliance are whole: questions, approvals."""

from collections.abc import Iterator, Sequence
from datetime import date

from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.names import name_of
from controller.pages.views.target_standards import title_of
from inventory.repositories import SchoolRepository
from inventory.repositories.lines import LineRepository
from inventory.standards.exclusions import ExclusionRepository
from inventory.standards.keeping import known_standards
from inventory.standards.repository import StandardRepository


def notices(look: Look) -> Sequence[tuple[str, str]]:
    """Sentences with the page where each is seen to; none for who may see to nothing."""
    if not look.caller.may(Permission.manage_inventory):
        return []
    return [*_questions(look), *_approvals(look)]


def several_providers(look: Look, under: str, on: date) -> Sequence[tuple[str, str, Sequence[str]]]:
    """Schools with lines of several providers: code, name, providers."""
    found = LineRepository(look.session, look.scope).of_several_providers(on, under)
    names = SchoolRepository(look.session, look.scope).named(sorted(found)) if found else ()
    return [(one.code, name_of(look, one.name, one.name_en), found[one.code]) for one in names]


def _questions(look: Look) -> Iterator[tuple[str, str]]:
    repository = StandardRepository(look.session, look.scope)
    bound = {one.standard_id for one in repository.bindings(look.today, look.today)}
    answered = {(one.standard_id, one.question) for one in repository.answers()}
    for known in known_standards(look.session, look.scope):
        if known.row is None or known.row.id not in bound:
            continue
        needed = {name for target in known.standard.targets for name in target.needs}
        open_ones = [name for name in needed if (known.row.id, name) not in answered]
        if open_ones:
            sentence = look.lang.ngettext(
                "%(plan)s: nobody has answered %(num)s question; targets that need it are not"
                " judged.",
                "%(plan)s: nobody has answered %(num)s questions; targets that need them are not"
                " judged.",
                len(open_ones),
            )
            told = sentence % {"plan": title_of(look.lang, known), "num": len(open_ones)}
            address = f"/standards/{known.standard.code}?version={known.standard.version}"
            yield told, f"{address}#questions"


def _approvals(look: Look) -> Iterator[tuple[str, str]]:
    scope = look.caller.scope(Permission.manage_inventory)
    exclusions, exemptions = ExclusionRepository(look.session, scope).waiting()
    count = len(exclusions) + len(exemptions)
    if count:
        sentence = look.lang.ngettext(
            "%(num)s exclusion or exemption awaits approval.",
            "%(num)s exclusions or exemptions await approval.",
            count,
        )
        yield sentence % {"num": count}, "/compliance/exclusions"
