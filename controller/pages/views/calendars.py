"""The calendar of a school or a bureau: a school year by month, and what it is made of."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from controller.api.calendar_entries import TABLES, CalendarTable
from controller.api.conditional import etag_of
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.calendar_forms import Owner
from controller.pages.views.choices import Option
from controller.pages.views.names import bureau_name, name_of, school_name
from controller.words.calendars import CALENDAR_REASONS, HOLIDAYS, WEEKDAYS
from controller.words.terms import STAGES, word
from inventory.calendars import Cut, Reason, SchoolCalendar, school_hours, school_year_of
from inventory.calendars.calendar import Week
from inventory.calendars.days import Day, days_of, years_without_holidays
from inventory.calendars.loading import Calendars
from inventory.calendars.stage_hours import SHIPPED
from inventory.calendars.timetable import Said, Timetable, in_force
from inventory.calendars.weeks import clock, spans_text, week_kept
from inventory.models import (
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    CalendarRow,
    Organisation,
    Stage,
)
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.repositories.calendars import CalendarRepository

#: What was taken away longer ago is brought back over the API.
_MOST_REMOVED = 20
_AUGUST = 8
#: Years that are offered before and after the one that is shown.
_YEARS = 1
_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a month.

    Args:
        tone: the end of its class name.
        text: what it is, in the reader's language; empty for an ordinary day of lessons.
    """

    day: date
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its first day, and its weeks from Monday on; ``None`` is another month's day."""

    first: date
    weeks: Sequence[Sequence[DayCell | None]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one of the three tables.

    Args:
        owner: name of who it holds for; ``inherited`` when that is somebody above.
        days, text: in the reader's language.
        href: of its form; empty for who may not change it.
        undo: where a wish to undo is sent.
    """

    row: CalendarRow
    table: CalendarTable
    days: str
    kind: str
    text: str
    stage: str
    owner: str
    inherited: bool
    href: str
    undo: str

    @property
    def etag(self) -> str:
        return etag_of(self.row)


@dataclass(frozen=True, slots=True)
class HoursInForce:
    """Hours of the week on a day, and by whose word."""

    on: date
    days: Sequence[tuple[str, str, str]]
    lessons_by: str
    evenings_by: str
    boards: bool
    are_shipped: bool


@dataclass(frozen=True, slots=True)
class CalendarView:
    """Everything on the page."""

    owner: Owner
    crumbs: Sequence[tuple[str, str]]
    year: int
    years: Sequence[int]
    stages: Sequence[Option]
    months: Sequence[Month]
    weekdays: Sequence[tuple[str, str]]
    unknown_years: Sequence[int]
    no_term: bool
    school_days: int
    hours: int
    in_force: HoursInForce
    tables: Mapping[str, Sequence[Row]]
    removed: Sequence[Row]
    done: Row | None
    may_change: bool
    below: Sequence[Owner]


def owner_of(look: Look, *, school: str = "", bureau: str = "") -> Owner:
    """The school or bureau of a code.

    Raises:
        NotFound: none within the scope.
    """
    if school:
        found = SchoolRepository(look.session, look.scope).get(school)
        if found is None:
            raise NotFound
        return Owner(found.code, school_name(look, found), found.path, found.stage)
    known = OrganisationRepository(look.session, look.scope).get(bureau)
    if known is None:
        raise NotFound
    return bureau_owner(look, known)


def bureau_owner(look: Look, bureau: Organisation) -> Owner:
    """A bureau as the owner of a calendar."""
    return Owner(bureau.code, bureau_name(look, bureau), bureau.path, None)


def calendar_view(
    look: Look, owner: Owner, year: int | None, stage: Stage, done: str
) -> CalendarView:
    """What the page of an owner shows of a school year.

    Args:
        look: who looks.
        owner: a school or bureau within the scope.
        year: the school year begins in; without one that of today.
        stage: whose calendar is drawn on the page of a bureau.
        done: table and id of the row that was changed last, ``entries/ce01...``.
    """
    shown = school_year_of(look.today) if year is None else year
    first, last = date(shown, _AUGUST, 1), date(shown + 1, 7, 31)
    calendars = Calendars(look.session, look.scope, first, last)
    calendar = calendars.of(owner.path, owner.stage or stage)
    hours = school_hours(calendar, first, last)
    days = list(days_of(calendar, Timetable(calendar), first, last))
    page = _Page(look, owner)
    tables = page.rows(calendars)
    return CalendarView(
        owner=owner,
        crumbs=page.crumbs(),
        year=shown,
        years=range(shown - _YEARS, shown + _YEARS + 1),
        stages=[] if owner.is_school else _stages(look, stage),
        months=page.months(days, hours.cuts),
        weekdays=_weekdays(look),
        unknown_years=years_without_holidays(calendar),
        no_term=any(one.reason is Reason.no_term for one in hours.excluded),
        school_days=(last - first).days + 1 - len(hours.excluded),
        hours=hours.seconds // _HOUR,
        in_force=page.in_force(calendar, min(max(look.today, first), last)),
        tables=tables,
        removed=page.removed(),
        done=page.done(done),
        may_change=page.may_change,
        below=page.below(),
    )


class _Page:
    """Names and rights of one reader on one owner's page."""

    def __init__(self, look: Look, owner: Owner) -> None:
        self._look, self._owner = look, owner
        self.may_change = look.caller.may(Permission.manage_calendars, owner.path)
        self._names = {owner.code: owner.name}
        self._rows = CalendarRepository(look.session, look.scope)

    def name(self, code: str) -> str:
        """What an owner is called; bureaus above may lie outside the scope, their names do not."""
        if code not in self._names:
            found = self._look.session.get(Organisation, code)
            self._names[code] = name_of(self._look, found.name, found.name_en) if found else code
        return self._names[code]

    def crumbs(self) -> Sequence[tuple[str, str]]:
        if self._owner.is_school:
            return ((self._owner.name, f"/schools/{self._owner.code}"),)
        codes = self._owner.path.strip("/").split("/")[:-1]
        visible = OrganisationRepository(self._look.session, self._look.scope)
        return [
            (self.name(code), f"/calendar/{code}")
            for code in codes
            if visible.get(code) is not None
        ]

    def below(self) -> Sequence[Owner]:
        if self._owner.is_school:
            return []
        children = OrganisationRepository(self._look.session, self._look.scope).children(
            self._owner.code
        )
        return [bureau_owner(self._look, one) for one in children]

    def months(self, days: Sequence[Day], cuts: Sequence[Cut]) -> Sequence[Month]:
        cut: dict[date, list[Cut]] = defaultdict(list)
        for one in cuts:
            cut[one.window.begins_at.astimezone(self._look.lang.zone).date()].append(one)
        return [
            Month(
                its[0].day, _weeks(its[0].day.weekday(), [self._cell(d, cut[d.day]) for d in its])
            )
            for its in (list(found) for _, found in groupby(days, lambda one: one.day.month))
        ]

    def _cell(self, day: Day, cuts: Sequence[Cut]) -> DayCell:
        said = list(self._said(day, cuts))
        tone = day.reason.value if day.reason else "make_up" if day.make_up else "lessons"
        if day.reason is None and cuts:
            tone = "blackout"
        if day.owner and day.owner != self._owner.code:
            tone += " inherited"
        return DayCell(day.day, tone, " · ".join(said))

    def _said(self, day: Day, cuts: Sequence[Cut]) -> Iterator[str]:
        translate = self._look.lang.gettext
        if day.reason is not None:
            yield translate(CALENDAR_REASONS[day.reason])
        elif day.make_up:
            yield translate(word(CalendarKind.make_up))
        if day.reason in (Reason.day_off, Reason.statutory_holiday) or day.make_up:
            if day.name:
                yield translate(HOLIDAYS.get(day.name, day.name))
            if day.owner:
                yield self.name(day.owner)
        for one in cuts:
            yield " ".join(part for part in (translate(word(one.kind)), one.name) if part)

    def in_force(self, calendar: SchoolCalendar, on: date) -> HoursInForce:
        found = in_force(calendar.layers, on)
        lessons: Week = (found.lessons.entry.lessons if found.lessons else None) or ((),) * 7
        evenings: Week = (found.evenings.entry.evenings if found.evenings else None) or ((),) * 7
        translate = self._look.lang.gettext
        return HoursInForce(
            on=on,
            days=[
                (translate(WEEKDAYS[n]), spans_text(lessons[n - 1]), spans_text(evenings[n - 1]))
                for n in WEEKDAYS
            ],
            lessons_by=self._by(found.lessons),
            evenings_by=self._by(found.evenings),
            boards=bool(found.boards and found.boards.entry.boards),
            are_shipped=found.lessons is not None
            and found.lessons.entry.id.startswith(f"{SHIPPED}/"),
        )

    def _by(self, said: Said | None) -> str:
        if said is None or not said.owner:
            return self._look.lang.gettext(N_("shipped default"))
        return self.name(said.owner)

    def rows(self, calendars: Calendars) -> Mapping[str, Sequence[Row]]:
        found: dict[str, list[Row]] = {table.value: [] for table in CalendarTable}
        for rows in calendars.rows(self._owner.path, self._owner.stage):
            for table, its in zip(CalendarTable, rows, strict=True):
                found[table.value] += [self.row(table, one) for one in its]
        return found

    def removed(self) -> Sequence[Row]:
        if not self.may_change:
            return []
        rows = [
            self.row(table, one)
            for table, model in TABLES.items()
            for one in self._rows.removed(model, self._owner.codes, _MOST_REMOVED)
        ]
        newest = sorted(rows, key=lambda one: str(one.row.removed_at), reverse=True)
        return newest[:_MOST_REMOVED]

    def done(self, done: str) -> Row | None:
        table, _, row_id = done.partition("/")
        if not self.may_change or table not in CalendarTable.__members__:
            return None
        row = self._rows.get(TABLES[CalendarTable(table)], row_id)
        return None if row is None else self.row(CalendarTable(table), row)

    def row(self, table: CalendarTable, row: CalendarRow) -> Row:
        code = row.school_code or row.organisation_code or ""
        own = code == self._owner.code
        here = f"/calendar/{table.value}/{row.id}"
        kind, days, text = self._facts(row)
        translate = self._look.lang.gettext
        return Row(
            row=row,
            table=table,
            days=days,
            kind=kind,
            text=text,
            stage=translate(STAGES[row.stage]) if row.stage else "",
            owner=self.name(code),
            inherited=not own,
            href=here if own and self.may_change else "",
            undo=f"{here}/undo" if own and self.may_change else "",
        )

    def _facts(self, row: CalendarRow) -> tuple[str, str, str]:
        """Kind, days and the rest of a row in words."""
        translate = self._look.lang.gettext
        match row:
            case CalendarEntry():
                text = row.name
                if row.follows:
                    text += f" ({translate(WEEKDAYS[row.follows])})"
                return translate(word(row.kind)), self._days(row.first_day, row.last_day), text
            case CalendarBlackout():
                weekdays = "、".join(translate(WEEKDAYS[int(one)]) for one in row.weekdays)
                hours = f"{clock(row.begins_at)}-{clock(row.ends_at)}"
                text = " · ".join(part for part in (row.name, weekdays, hours) if part)
                return translate(word(row.kind)), self._days(row.first_day, row.last_day), text
            case CalendarHours():
                return (
                    translate(N_("School hours")),
                    self._look.lang.day(row.first_day),
                    self._hours(row),
                )
        raise TypeError(type(row))

    def _hours(self, row: CalendarHours) -> str:
        translate, said = self._look.lang.gettext, []
        if row.boards is not None:
            said.append(translate(N_("Students board") if row.boards else N_("Nobody boards")))
        for name, kept in ((N_("Lessons"), row.lessons), (N_("Boarding evenings"), row.evenings)):
            week = week_kept(kept)
            if week is not None:
                said.append(f"{translate(name)}: {_week_text(week, translate)}")
        return " · ".join(said)

    def _days(self, first: date, last: date) -> str:
        day = self._look.lang.day
        return day(first) if first == last else f"{day(first)} – {day(last)}"


def _week_text(week: Week, translate: Callable[[str], str]) -> str:
    """Days that follow each other and have the same hours are told together."""
    parts = []
    for spans, days in groupby(range(1, 8), key=lambda n: week[n - 1]):
        if spans:
            run = list(days)
            first, last = translate(WEEKDAYS[run[0]]), translate(WEEKDAYS[run[-1]])
            parts.append(f"{first if len(run) == 1 else f'{first} – {last}'} {spans_text(spans)}")
    return "; ".join(parts)


def _stages(look: Look, chosen: Stage) -> Sequence[Option]:
    return [
        Option(one.value, look.lang.gettext(text), one is chosen) for one, text in STAGES.items()
    ]


def _weeks(before: int, cells: Sequence[DayCell]) -> Sequence[Sequence[DayCell | None]]:
    places: list[DayCell | None] = [*(None,) * before, *cells]
    places += [None] * (-len(places) % 7)
    return [places[n : n + 7] for n in range(0, len(places), 7)]


def _weekdays(look: Look) -> Sequence[tuple[str, str]]:
    """Names of the weekdays, and what stands for them above a month."""
    names = [look.lang.gettext(text) for text in WEEKDAYS.values()]
    # 星期一 is 一, Monday is M.
    return [(name, name[-1] if look.lang.code == "zh_CN" else name[0]) for name in names]
