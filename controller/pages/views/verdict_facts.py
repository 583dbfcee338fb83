"""What kept verdicts say in one line: of a school's months, and of all schools of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.compliance.district.figures import UNKNOWN, Standing
from controller.pages.look import Look
from controller.pages.views.school_months import standing_of
from controller.words.compliance import state_tone, state_word
from inventory.verdicts.keeping import MonthVerdictRepository


@dataclass(frozen=True, slots=True)
class MonthFact:
    """A school's month: word and tone in the reader's language, and where all of it is."""

    month: str
    word: str
    tone: str
    href: str


@dataclass(frozen=True, slots=True)
class CompliantSchools:
    """Schools that comply, of those that are not exempt; of ``unknown`` nobody can say."""

    month: str
    compliant: int
    judged: int
    unknown: int
    href: str


def month_facts(look: Look, code: str) -> Sequence[MonthFact]:
    """The running month of a school and the one before it, so far as they were computed."""
    this, before = _months(look)
    kept = MonthVerdictRepository(look.session, look.scope).of_school(code, before, this)
    facts = []
    for month in sorted(kept, reverse=True):
        state, text = standing_of(kept[month]), f"{month:%Y-%m}"
        facts.append(
            MonthFact(
                text,
                look.lang.gettext(state_word(state)),
                state_tone(state),
                f"/compliance/schools/{code}?month={text}",
            )
        )
    return facts


def compliant_schools(look: Look) -> CompliantSchools | None:
    """Of the last whole month, else of the one that runs; ``None``: nothing was computed."""
    repository = MonthVerdictRepository(look.session, look.scope)
    this, before = _months(look)
    for month in (before, this):
        counts = repository.standings(month)
        if counts:
            unknown = sum(counts.get(one, 0) for one in UNKNOWN)
            return CompliantSchools(
                month=f"{month:%Y-%m}",
                compliant=counts.get(Standing.compliant, 0),
                judged=sum(counts.values()) - counts.get(Standing.exempt, 0),
                unknown=unknown,
                href=f"/compliance?month={month:%Y-%m}",
            )
    return None


def _months(look: Look) -> tuple[date, date]:
    this = look.today.replace(day=1)
    return this, (this - timedelta(days=1)).replace(day=1)
