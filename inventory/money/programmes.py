"""Programmes over several years, their categories, who bears them, and what is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import BudgetLine, Programme, ProgrammeCategory, ProgrammeParty
from inventory.money.amounts import amount
from inventory.money.errors import NotAnAmount, OutsideProgramme, ProgrammeInUse
from inventory.money.repository import MoneyRepository
from inventory.money.years import Calendar, Year, year_of
from inventory.scope import Scope

#: Years a programme may be accounted in, and how many of them.
FIRST_YEAR, LAST_YEAR, MOST_YEARS = 1990, 2100, 30
MOST_PARTIES, MOST_CATEGORIES = 12, 30
_CODE_LENGTH = 32
_MAX_WEIGHT = 1_000_000


@dataclass(frozen=True, slots=True)
class Category:
    """One purpose of money: a code of the bureau's, and its name in both languages."""

    code: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Who bears a share; ``reimburses``: pays it afterwards, against claims."""

    name: str
    weight: int
    reimburses: bool = False


#: The categories of Liwan's plan: an example to begin with, not a rule.
EXAMPLE_CATEGORIES: Sequence[Category] = (
    Category("renew", "更新", "Renew"),
    Category("apply", "应用", "Apply"),
    Category("maintain", "维护", "Maintain"),
    Category("other", "其他", "Other"),
)
#: The split of Linyi's plan: city and county bear 2:8, the city afterwards.
EXAMPLE_PARTIES: Sequence[Party] = (Party("市级", 20, reimburses=True), Party("区县", 80))


def open_programme(
    session: Session,
    scope: Scope,
    *,
    organisation_code: str,
    name: str,
    first_year: int,
    last_year: int,
    calendar: Calendar = Calendar.fiscal,
    plan: str = "",
    to_be_confirmed: bool = False,
    categories: Sequence[Category] = EXAMPLE_CATEGORIES,
    parties: Sequence[Party] = EXAMPLE_PARTIES,
) -> Programme:
    """Begin a programme of a bureau.

    Raises:
        NotFound, OutOfScope: of the bureau.
        Invalid: no name, years that make no sense, categories or parties that don't.
    """
    repository = MoneyRepository(session, scope)
    repository.organisation(organisation_code)
    if not name.strip():
        raise Invalid(field="name", reason="-")
    if not FIRST_YEAR <= first_year <= last_year <= min(LAST_YEAR, first_year + MOST_YEARS - 1):
        raise Invalid(field="last_year", reason=f"{first_year} - {last_year}")
    programme = Programme(
        id=new_id("g"),
        organisation_code=organisation_code,
        name=name.strip(),
        plan=plan.strip(),
        calendar=calendar,
        first_year=first_year,
        last_year=last_year,
        to_be_confirmed=to_be_confirmed,
    )
    session.add(programme)
    session.flush()
    for position, category in enumerate(_checked_categories(categories)):
        session.add(
            ProgrammeCategory(
                programme_id=programme.id,
                code=category.code,
                position=position,
                name=category.name,
                name_en=category.name_en,
            )
        )
    _add_parties(session, programme, parties)
    session.flush()
    return programme


def set_parties(
    session: Session, scope: Scope, programme_id: str, parties: Sequence[Party]
) -> Sequence[ProgrammeParty]:
    """Say anew who bears a programme, before anything was accounted to it.

    Raises:
        NotFound: no such programme.
        ProgrammeInUse: something was.
        Invalid: parties that make no sense.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    if repository.has_entries(programme):
        raise ProgrammeInUse(key=programme.name)
    for party in repository.parties(programme):
        session.delete(party)
    session.flush()
    _add_parties(session, programme, parties)
    session.flush()
    return repository.parties(programme)


def plan_line(
    session: Session,
    scope: Scope,
    programme_id: str,
    *,
    year: int,
    category: str,
    from_cny: Decimal,
    to_cny: Decimal | None = None,
    note: str = "",
) -> BudgetLine:
    """Plan an amount, or a range, for one category in one year; what was planned is replaced.

    Raises:
        NotFound: no such programme or category.
        OutsideProgramme: a year it does not cover.
        NotAnAmount: below zero, no money, or a range that ends before it begins.
    """
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    year_in(programme, year)
    category_in(repository, programme, category)
    lowest = _planned("from_cny", from_cny)
    highest = lowest if to_cny is None else _planned("to_cny", to_cny)
    if highest < lowest:
        raise NotAnAmount(field="to_cny", text=highest)
    line = repository.line(programme, year, category)
    if line is None:
        line = BudgetLine(
            programme_id=programme.id,
            year=year,
            category=category,
            from_cny=lowest,
            to_cny=highest,
        )
    line.from_cny, line.to_cny, line.note = lowest, highest, note.strip()
    session.add(line)
    session.flush()
    return line


def year_in(programme: Programme, number: int) -> Year:
    """The year of the programme's own calendar.

    Raises:
        OutsideProgramme: it does not cover it.
    """
    if not programme.first_year <= number <= programme.last_year:
        raise OutsideProgramme(
            when=number,
            key=programme.name,
            first=year_of(programme.calendar, programme.first_year).label,
            last=year_of(programme.calendar, programme.last_year).label,
        )
    return year_of(programme.calendar, number)


def category_in(repository: MoneyRepository, programme: Programme, code: str) -> ProgrammeCategory:
    """Raises ``NotFound`` where the programme has no such category."""
    for category in repository.categories(programme):
        if category.code == code:
            return category
    raise NotFound(what="category", key=code)


def _planned(field: str, value: Decimal) -> Decimal:
    found = amount(value, field)
    if found < 0:
        raise NotAnAmount(field=field, text=value)
    return found


def _checked_categories(categories: Sequence[Category]) -> Sequence[Category]:
    codes = [category.code for category in categories]
    if not 1 <= len(codes) <= MOST_CATEGORIES or len(set(codes)) != len(codes):
        raise Invalid(field="categories", reason=", ".join(codes) or "-")
    for category in categories:
        if not (category.code.isidentifier() and len(category.code) <= _CODE_LENGTH):
            raise Invalid(field="categories", reason=category.code or "-")
        if not category.name.strip():
            raise Invalid(field="categories", reason=category.code)
    return categories


def _add_parties(session: Session, programme: Programme, parties: Sequence[Party]) -> None:
    weights = [party.weight for party in parties]
    fits = 1 <= len(parties) <= MOST_PARTIES and any(weights)
    if not fits or min(weights) < 0 or max(weights) > _MAX_WEIGHT:
        raise Invalid(field="parties", reason=" : ".join(map(str, weights)) or "-")
    if not all(party.name.strip() for party in parties):
        raise Invalid(field="parties", reason="-")
    for position, party in enumerate(parties):
        session.add(
            ProgrammeParty(
                programme_id=programme.id,
                position=position,
                name=party.name.strip(),
                weight=party.weight,
                reimburses=party.reimburses,
            )
        )
