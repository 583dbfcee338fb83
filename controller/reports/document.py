"""A report as blocks of one language, which paper and word processors print alike."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeAlias

import msgspec

from controller.language import N_, Language
from controller.reports import (
    basis_tables,
    headline,
    method_words,
    place_tables,
    school_tables,
    year_tables,
)
from controller.reports.charts import Bars, Lines, equity_lines, state_bars, trend_bars
from controller.reports.columns import NUMBERS, Table, printed
from controller.reports.content import GroupKind, ReportContent, ReportKind
from controller.reports.wording import TITLES, name_in


class _Block(msgspec.Struct, frozen=True, tag=True):
    """Base of blocks."""


class Heading(_Block, frozen=True, tag="heading"):
    """A heading; 1 is a chapter's."""

    text: str
    level: int = 1


class Paragraph(_Block, frozen=True, tag="paragraph"):
    """Running text; ``strong`` is what a leader reads first."""

    text: str
    strong: bool = False


class Grid(_Block, frozen=True, tag="grid"):
    """A table: ``weights`` are widths beside each other, ``right`` the columns of numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    weights: Sequence[float]
    right: Sequence[bool]


Block: TypeAlias = Heading | Paragraph | Grid | Bars | Lines


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A report in one language.

    Args:
        mark: what stands across every page of a draft; empty on an issued one.
        cover: labels and texts of the cover.
        body: what is signed; ``annexes`` follow it, each a heading and what belongs to it.
        copies: first line of the imprint (版记), empty where nobody else is sent the paper;
            ``printer`` and ``printed`` are the last one.
    """

    title: str
    place: str
    period: str
    issuer: str
    number: str
    day: str
    mark: str
    cover: Sequence[tuple[str, str]]
    body: Sequence[Block]
    annexes: Sequence[Sequence[Block]]
    signer: str
    copies: str
    printer: str
    printed: str


def document(content: ReportContent, lang: Language) -> Document:
    """The whole report in the reader's language."""
    head = content.head
    say = lang.gettext
    day = head.issued_on or head.made_on
    return Document(
        title=say(TITLES[head.kind]),
        place=name_in(head.place, lang),
        period=period_in(content, lang),
        issuer=head.issuer or name_in(head.place, lang),
        number=head.document_number,
        day=long_day(day, lang),
        mark=say(N_("Draft")) if head.is_draft else "",
        cover=_cover(content, lang),
        body=_body(content, lang),
        annexes=_annexes(content, lang),
        signer=head.signed_by,
        copies=_copies(content, lang),
        printer=head.printed_by or head.issuer or name_in(head.place, lang),
        printed=say(N_("Printed on {day}")).format(
            day=long_day(head.issued_on, lang) if head.issued_on else say(N_("(day)"))
        ),
    )


def _copies(content: ReportContent, lang: Language) -> str:
    """Who else is sent the paper; a draft leaves room for it."""
    head, say = content.head, lang.gettext
    named = head.copies_to.rstrip("。.") or (
        say(N_("(who else is sent it)")) if head.is_draft else ""
    )
    return say(N_("Copies to: {names}.")).format(names=named) if named else ""


def period_in(content: ReportContent, lang: Language) -> str:
    """The period: a year, a month or days."""
    first, last = content.head.first, content.head.last
    if content.head.kind is ReportKind.year and (first.month, last.month) == (1, 12):
        return lang.gettext(N_("{year}")).format(year=first.year)
    if (
        first.day == 1
        and (first.year, first.month) == (last.year, last.month)
        and _ends_month(last)
    ):
        english = lang.code == "en"
        return f"{first:%B %Y}" if english else f"{first.year}年{first.month}月"
    return f"{lang.day(first)} – {lang.day(last)}"


def _ends_month(day: date) -> bool:
    """Whether a day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


def long_day(day: date, lang: Language) -> str:
    """A day as signatures have it."""
    if lang.code == "en":
        return f"{day.day} {day:%B %Y}"
    return f"{day.year}年{day.month}月{day.day}日"


def grid(table: Table, lang: Language) -> Grid:
    """A table as paper has it."""
    return Grid(
        [lang.gettext(one.heading) for one in table.columns],
        printed(table, lang),
        [one.weight for one in table.columns],
        [one.form in NUMBERS for one in table.columns],
    )


def _cover(content: ReportContent, lang: Language) -> list[tuple[str, str]]:
    head, say = content.head, lang.gettext
    facts = [
        (N_("Period"), f"{lang.day(head.first)} – {lang.day(head.last)}"),
        (N_("Schools"), lang.number(len(content.schools))),
        (N_("Document number"), head.document_number or "—"),
        (N_("Edition"), str(head.edition)),
        (N_("Drawn up on"), lang.day(head.made_on)),
        (N_("Issued on"), lang.day(head.issued_on) if head.issued_on else "—"),
        (N_("Issued by"), head.issuer or "—"),
        (N_("Signed by"), head.signed_by or "—"),
    ]
    if head.tells_amounts is not None:
        told = N_("Told") if head.tells_amounts else N_("Not told")
        facts.append((N_("Amounts of money"), say(told)))
    return [(say(label), text) for label, text in facts]


def _body(content: ReportContent, lang: Language) -> list[Block]:
    chapters = _Chapters(lang)
    chapters.begin(N_("Result"))
    chapters.blocks += [Paragraph(text, strong=True) for text in headline.sentences(content, lang)]
    if len(content.schools) > 1:
        chapters.blocks.append(state_bars(content, None, lang))
        chapters.table(place_tables.summary(content, lang))
    chapters.part(headline.against_plans(content, lang))
    for one in content.schools if len(content.schools) == 1 else ():
        chapters.part(school_tables.findings(one, lang))
        chapters.part(school_tables.days(content, lang))
    chapters.begin(N_("Tolerance"))
    chapters.blocks += map(Paragraph, method_words.tolerance(content, lang))
    chapters.table(basis_tables.tolerances(content, lang))
    chapters.begin(N_("Method"))
    chapters.blocks += map(Paragraph, method_words.method(content, lang))
    kinds = [by for by in GroupKind if place_tables.of_kind(content, by)]
    if kinds:
        chapters.begin(N_("Counties, stages, settings and providers"))
    for by in kinds:
        chapters.part(place_tables.groups(content, by, lang), state_bars(content, by, lang))
    if content.trend:
        chapters.chapter(place_tables.trend(content, lang), trend_bars(content, lang))
    if content.equity:
        chapters.chapter(place_tables.equity(content, lang), *equity_lines(content, lang))
    for make in (place_tables.weakest, place_tables.outlets, year_tables.coverage):
        chapters.chapter(make(content, lang))
    for table in year_tables.chapters(content, lang).values():
        chapters.chapter(table)
    return chapters.blocks


def _annexes(content: ReportContent, lang: Language) -> list[list[Block]]:
    makers: list[Callable[[ReportContent, Language], Table]] = [
        basis_tables.standards,
        basis_tables.exclusions,
        basis_tables.exemptions,
        basis_tables.calendars,
    ]
    if len(content.evidence.bundles) > 1:
        makers.append(basis_tables.evidence)
    if content.head.kind is ReportKind.year:
        makers += [year_tables.coverage_by_month, school_tables.months]
    makers.append(school_tables.compact)
    nothing = Paragraph(lang.gettext(N_("None.")))
    found: list[list[Block]] = []
    for make in makers:
        table = make(content, lang)
        said: Block = grid(table, lang) if table.rows else nothing
        found.append([Heading(lang.gettext(table.title)), said])
    return found


class _Chapters:
    """Chapters with their numbers, block by block."""

    def __init__(self, lang: Language) -> None:
        self.blocks: list[Block] = []
        self._lang = lang
        self._number = 0

    def begin(self, title: str) -> None:
        self._number += 1
        text = self._lang.gettext(title)
        self.blocks.append(Heading(f"{numeral(self._number, self._lang)}{text}"))

    def chapter(self, table: Table, *before: Block) -> None:
        """A chapter of one table, left out where it is empty."""
        if table.rows:
            self.begin(table.title)
            self.blocks += before
            self.table(table)

    def part(self, table: Table, *before: Block) -> None:
        """A table with its title within a chapter, left out where it is empty."""
        if table.rows:
            self.blocks.append(Heading(self._lang.gettext(table.title), 2))
            self.blocks += before
            self.table(table)

    def table(self, table: Table) -> None:
        self.blocks.append(grid(table, self._lang))


def numeral(number: int, lang: Language) -> str:
    """The number of a chapter as documents have it: ``一、`` or ``1. ``."""
    if lang.code == "en":
        return f"{number}. "
    ones = "零一二三四五六七八九"
    tens, rest = divmod(number, 10)
    if not tens:
        return f"{ones[rest]}、"
    return f"{ones[tens] if tens > 1 else ''}十{ones[rest] if rest else ''}、"
