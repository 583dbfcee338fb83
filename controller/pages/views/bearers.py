"""Who bears a programme: shares as a form until something is spent, and their last changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controller.api.conditional import tag_of_all
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.procurement_forms import Said
from controller.pages.views.audit import ChangeRow, changes_of_parts
from inventory.models import Organisation, Programme, ProgrammeParty
from inventory.money.programmes import MOST_PARTIES, Party
from inventory.money.repository import MoneyRepository

#: Lines to fill in beside those that are there.
_EMPTY = 2


@dataclass(frozen=True, slots=True)
class Bearer:
    """One line of the form, as it was typed; ``number`` is part of the names of its fields."""

    number: int
    name: str = ""
    weight: str = ""
    reimburses: bool = False


@dataclass(frozen=True, slots=True)
class BearersForm:
    """Everything on the page.

    Args:
        rows: lines of the form.
        now: what stands in the register, in words.
        typed: whether the form holds something else.
        in_use: something was spent, so the shares stay as they are.
        etag: of the shares as they are.
        changes: the last of them; ``None`` for who may not see them.
    """

    programme: Programme
    rows: Sequence[Bearer]
    now: str
    typed: bool
    in_use: bool
    etag: str
    fault: str
    changes: Sequence[ChangeRow] | None


def bearers_form(
    look: Look, programme_id: str, said: Mapping[str, str] | None = None, *, fault: str = ""
) -> BearersForm:
    """The form; with what was typed into it where that was refused.

    Raises:
        PermissionDenied: the reader keeps no budgets.
        NotFound: no such programme.
    """
    repository = MoneyRepository(look.session, look.caller.require(Permission.manage_budgets))
    programme = repository.programme(programme_id)
    borne = repository.parties(programme)
    kept = [_kept(number, one) for number, one in enumerate(borne)]
    rows = kept if said is None else [_typed(number, said) for number in range(MOST_PARTIES)]
    filled = [one for one in rows if one.name or one.weight]
    empty = range(len(filled), min(MOST_PARTIES, len(filled) + _EMPTY))
    bureau = look.session.get_one(Organisation, programme.organisation_code)
    return BearersForm(
        programme=programme,
        rows=[*filled, *(Bearer(number) for number in empty)],
        now=" · ".join(f"{one.name} {one.weight}" for one in borne),
        typed=said is not None,
        in_use=repository.has_entries(programme),
        etag=tag_of_all(borne),
        fault=fault,
        changes=changes_of_parts(look, "programme_party", programme.id, bureau.path),
    )


def parties_said(said: Said) -> Iterator[Party]:
    """Who is to bear it, as the form says; lines left empty are nobody.

    Raises:
        FieldMissing, FieldUnread: a line that is half filled in.
    """
    for number in range(MOST_PARTIES):
        name, weight = f"name-{number}", f"weight-{number}"
        if said.text(name) or said.text(weight):
            yield Party(
                said.needed(name, N_("Party")),
                said.number(weight, N_("Weight")),
                bool(said.text(f"reimburses-{number}")),
            )


def _kept(number: int, party: ProgrammeParty) -> Bearer:
    return Bearer(number, party.name, str(party.weight), party.reimburses)


def _typed(number: int, said: Mapping[str, str]) -> Bearer:
    name, weight = (said.get(f"{field}-{number}", "").strip() for field in ("name", "weight"))
    return Bearer(number, name, weight, bool(said.get(f"reimburses-{number}")))
