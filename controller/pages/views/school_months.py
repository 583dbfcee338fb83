"""Schools of a month with what was measured, contracted and asked: filtered, sorted, paged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from controller.compliance.district.counting import TEACHING_POINT
from controller.compliance.district.figures import UNKNOWN, WORST_FIRST, Standing
from controller.compliance.district.months import last_day
from controller.compliance.results import Note
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.templates import rate
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.compliance_month import month_shown
from controller.pages.views.names import bureau_name, name_of
from controller.words.compliance import PENDING, STATES, note_word, state_tone, state_word
from controller.words.terms import SETTINGS, STAGES, word
from inventory.models import Level, SchoolForm, Setting, Stage
from inventory.repositories import OrganisationRepository
from inventory.repositories.lines import LineRepository
from inventory.repositories.scoped import MAX_PAGE, Page
from inventory.standards.keeping import known_standards
from inventory.verdicts.keeping import MonthOrder, MonthVerdictRepository, SchoolMonth
from inventory.verdicts.rows import KeptSchool

_COLUMNS: Sequence[tuple[MonthOrder, str]] = (
    (MonthOrder.name, N_("School")),
    (MonthOrder.standing, N_("Verdict")),
    (MonthOrder.download, N_("Download: measured / contract")),
    (MonthOrder.upload, N_("Upload: measured / contract")),
    (MonthOrder.tests, N_("Tests passed")),
    (MonthOrder.availability, N_("Availability")),
)
#: More bureaus than this are not offered; they are reached from the overview.
_MOST_BUREAUS = 300
_MEGA = 1_000_000
#: A state that stands for all of which nobody can say whether the school complies.
UNKNOWN_STATE = "unknown"
#: A provider that is not known, in an address.
NO_PROVIDER = "-"


@dataclass(frozen=True, slots=True)
class MonthFilter:
    """What was asked for, as it stands in the address; words nobody knows count for nothing.

    Args:
        setting: or ``teaching_point``, which stands by itself.
        provider: ``-`` is not known.
        target: ``zibo:1:access_rural``; the state is then that under this target.
    """

    search: str = ""
    under: str = ""
    state: str = ""
    stage: str = ""
    setting: str = ""
    provider: str = ""
    target: str = ""
    month: str = ""
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One school in the reader's words; rates are words, too.

    Args:
        provider: of the line that was tested, else of the fastest contract.
        others: further providers it has lines of.
    """

    code: str
    name: str
    place: str
    provider: str
    others: Sequence[str]
    word: str
    tone: str
    asked: str
    down: str
    up: str
    tests: str
    availability: str
    notes: Sequence[str]
    as_of: datetime
    frozen: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading; ``direction`` is the value of ``aria-sort`` where the list is sorted by it."""

    text: str
    href: str
    direction: str


@dataclass(frozen=True, slots=True)
class MonthList:
    """One page of the list.

    Args:
        month: ``2026-09``.
        counted_at: when the newest of the month was computed; ``None``: nothing is kept.
        csv: where the whole list is as a table.
    """

    rows: Sequence[MonthRow]
    headings: Sequence[Heading]
    shown: Shown
    search: str
    choices: Sequence[Choice]
    month: str
    counted_at: datetime | None
    csv: str


def month_list(look: Look, wanted: MonthFilter, number: int) -> MonthList:
    """Schools that fit.

    Raises:
        NotFound: no such bureau within the scope.
    """
    repository = MonthVerdictRepository(look.session, look.scope)
    months = repository.months()
    month = _month(look, wanted.month, months)
    under = _path(look, wanted.under)
    page = _asked(
        repository, wanted, month, under, offset=(number - 1) * PAGE_LENGTH, limit=PAGE_LENGTH
    )
    on = min(last_day(month), look.today)
    several = LineRepository(look.session, look.scope).of_several_providers(on, under)
    return MonthList(
        rows=[_row(look, one, several.get(one.school.code, ())) for one in page.items],
        headings=[_heading(look, wanted, order, text) for order, text in _COLUMNS],
        shown=Shown(look, number, page.total),
        search=wanted.search,
        choices=_choices(look, wanted, month, months),
        month=f"{month:%Y-%m}",
        counted_at=repository.computed(month, under).last,
        csv=look.link({"page": ""}, path="/compliance/schools.csv"),
    )


def month_table(look: Look, wanted: MonthFilter) -> Iterator[Sequence[object]]:
    """The whole list as rows of a table; the first has the names of its columns."""
    repository = MonthVerdictRepository(look.session, look.scope)
    month = _month(look, wanted.month, repository.months())
    under = _path(look, wanted.under)
    yield _HEAD
    offset = 0
    while True:
        page = _asked(repository, wanted, month, under, offset=offset, limit=MAX_PAGE)
        for one in page.items:
            yield _cells(f"{month:%Y-%m}", one)
        offset += MAX_PAGE
        if offset >= page.total:
            return


def _asked(
    repository: MonthVerdictRepository,
    wanted: MonthFilter,
    month: date,
    under: str,
    *,
    offset: int,
    limit: int,
) -> Page[SchoolMonth]:
    state = one_of(Standing, wanted.state)
    states = [] if state is None else [state]
    if wanted.state == UNKNOWN_STATE:
        states = list(UNKNOWN)
    return repository.page(
        month,
        under=under,
        standings=[one.value for one in states],
        search=wanted.search,
        stage=one_of(Stage, wanted.stage),
        setting=_setting(wanted.setting),
        provider=None if not wanted.provider else wanted.provider.removeprefix(NO_PROVIDER),
        target=_target(wanted.target),
        by=one_of(MonthOrder, wanted.sort) or MonthOrder.standing,
        descending=wanted.descending,
        first=[one.value for one in WORST_FIRST],
        offset=offset,
        limit=limit,
    )


def _setting(text: str) -> Setting | SchoolForm | None:
    if text == SchoolForm.teaching_point:
        return SchoolForm.teaching_point
    return one_of(Setting, text)


def _target(text: str) -> tuple[str, int, str] | None:
    standard, _, rest = text.partition(":")
    version, _, name = rest.partition(":")
    return (standard, int(version), name) if name and version.isdecimal() else None


_HEAD = (
    "month", "school", "name", "stage", "setting", "state", "standard", "target", "target_mbps",
    "provider", "contracted_down_mbps", "contracted_up_mbps", "median_down_mbps",
    "median_up_mbps", "reached_down_mbps", "reached_up_mbps", "tests", "passed", "availability",
    "latency_seconds", "notes", "policy", "as_of", "final",
)  # fmt: skip


def _cells(month: str, one: SchoolMonth) -> Sequence[object]:
    school, kept = one
    return (
        month, school.code, school.name, school.stage.value, school.setting.value,
        standing_of(kept), kept.standard, kept.target, _mbps(kept.asked), kept.provider,
        _mbps(kept.contracted_down), _mbps(kept.contracted_up), _mbps(kept.median_down),
        _mbps(kept.median_up), _mbps(kept.reached_down), _mbps(kept.reached_up), kept.tests,
        kept.passed, "" if kept.availability is None else round(kept.availability, 5),
        "" if kept.latency is None else round(kept.latency, 5), kept.notes, kept.policy,
        kept.computed_at.isoformat(timespec="seconds"), int(kept.is_final),
    )  # fmt: skip


def standing_of(kept: KeptSchool) -> str:
    """The state of a kept month; without a target one that waits is told from none at all."""
    return PENDING if kept.standing == Standing.no_target and kept.pending else kept.standing


def _row(look: Look, one: SchoolMonth, providers: Sequence[str]) -> MonthRow:
    school, kept = one
    translate, number = look.lang.gettext, look.lang.number
    state = standing_of(kept)
    place = (translate(word(school.stage)), translate(word(school.setting)))
    return MonthRow(
        code=school.code,
        name=name_of(look, school.name, school.name_en),
        place=" · ".join(place),
        provider=kept.provider,
        others=[name for name in providers if name != kept.provider],
        word=translate(state_word(state)),
        tone=state_tone(state),
        asked=_rate(kept.asked),
        down=_pair(kept.median_down, kept.contracted_down),
        up=_pair(kept.median_up, kept.contracted_up),
        tests=f"{number(kept.passed)} / {number(kept.tests)}" if kept.tests else "—",
        availability="—" if kept.availability is None else look.lang.percent(kept.availability, 2),
        # That nobody adopted a tolerance is the same for all of them: a school's page says it.
        notes=[
            translate(note_word(name))
            for name in kept.notes.split()
            if name != Note.policy_not_adopted
        ],
        as_of=kept.computed_at,
        frozen=kept.frozen_at is not None,
    )


def _target_words(look: Look, text: str) -> str:
    key = _target(text)
    for known in known_standards(look.session, look.scope) if key else ():
        target = known.standard.target(key[2]) if key else None
        if key and (known.standard.code, known.standard.version) == key[:2] and target:
            return target.quote
    return text


def _rate(value: float | None) -> str:
    return "—" if value is None else rate(value)


def _pair(measured: float | None, contract: float | None) -> str:
    return "—" if measured is None is contract else f"{_rate(measured)} / {_rate(contract)}"


def _mbps(value: float | None) -> object:
    return "" if value is None else round(value / _MEGA, 3)


def _month(look: Look, text: str, months: Sequence[date]) -> date:
    """The month that is named, else the newest that was computed, else the running one."""
    if not text and months:
        return months[0]
    return month_shown(text, look.today).first


def _path(look: Look, code: str) -> str:
    if not code:
        return "/"
    found = OrganisationRepository(look.session, look.scope).get(code)
    if found is None:
        raise NotFound
    return found.path


def _heading(look: Look, wanted: MonthFilter, order: MonthOrder, text: str) -> Heading:
    here = (one_of(MonthOrder, wanted.sort) or MonthOrder.standing) is order
    turns = order is not MonthOrder.standing
    turned = here and turns and not wanted.descending
    direction = ("descending" if wanted.descending and turns else "ascending") if here else ""
    href = look.link({"sort": order.value, "desc": "1" if turned else "", "page": ""})
    return Heading(look.lang.gettext(text), href, direction)


def _choices(
    look: Look, wanted: MonthFilter, month: date, months: Sequence[date]
) -> Sequence[Choice]:
    translate = look.lang.gettext
    everything = translate(N_("All"))

    def words(name: str, label: str, table: Sequence[tuple[str, str]], chosen: str) -> Choice:
        options = [Option(value, text, value == chosen) for value, text in table]
        return Choice(name, label, [Option("", everything, not chosen), *options])

    offered = months if month in months else [month, *months]
    states = [(one.value, translate(STATES[one.value])) for one in WORST_FIRST]
    states.append((UNKNOWN_STATE, translate(N_("Not known"))))
    settings = [(s.value, translate(t)) for s, t in SETTINGS.items()]
    settings.append((TEACHING_POINT, translate(word(SchoolForm.teaching_point))))
    choices = [
        Choice(
            "month",
            N_("Month"),
            [Option(f"{one:%Y-%m}", f"{one:%Y-%m}", one == month) for one in offered],
        ),
        words("state", N_("Verdict"), states, wanted.state),
        words("stage", N_("Stage"), [(s.value, translate(t)) for s, t in STAGES.items()],
              wanted.stage),
        words("setting", N_("Urban or rural"), settings, wanted.setting),
    ]  # fmt: skip
    bureaus = OrganisationRepository(look.session, look.scope).all()
    if len(bureaus) > _MOST_BUREAUS:
        bureaus = [one for one in bureaus if one.level is not Level.township]
    # What a figure was counted by, and no list offers, is shown and can be taken away.
    if wanted.provider:
        name = wanted.provider.removeprefix(NO_PROVIDER) or translate(N_("Not known"))
        choices.append(
            words("provider", N_("Provider"), [(wanted.provider, name)], wanted.provider)
        )
    if wanted.target:
        told = [(wanted.target, _target_words(look, wanted.target))]
        choices.append(words("target", N_("Target"), told, wanted.target))
    if len(bureaus) > 1:
        table = [(one.code, bureau_name(look, one)) for one in bureaus]
        choices.append(words("under", N_("Bureau"), table, wanted.under))
    return choices
