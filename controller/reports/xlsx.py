"""A report as a workbook, in which sums and shares are formulas that a reader can follow."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from controller.compliance.states import State
from controller.language import N_, Language
from controller.reports import (
    basis_tables,
    headline,
    method_words,
    place_tables,
    school_tables,
    year_tables,
)
from controller.reports.columns import Column, Form, Table, Value
from controller.reports.content import GroupKind, ReportContent, ReportKind
from controller.reports.document import period_in
from controller.reports.wording import GROUPS, STATES, TITLES, name_in
from controller.reports.workbook import Made, Styles, letters, styles_of, write_table, write_value
from inventory.exchange.xlsx.writer import write_text

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_SHEETS = {
    "summary": N_("Summary"),
    "groups": N_("Groups"),
    "method": N_("Method"),
}
#: Columns of the sheet of schools that groups are counted by.
_COUNTED_BY = {
    GroupKind.county: "group",
    GroupKind.township: "group",
    GroupKind.stage: "stage",
    GroupKind.setting: "setting",
    GroupKind.provider: "provider",
}


def xlsx(content: ReportContent, lang: Language) -> bytes:
    """The report as a workbook: what stands in cells as text is never a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        _Sheets(book, content, lang).write()
    return file.getvalue()


class _Sheets:
    """The sheets of one workbook, one after the other."""

    def __init__(self, book: Any, content: ReportContent, lang: Language) -> None:
        self._book = book
        self._content = content
        self._lang = lang
        self._styles: Styles = styles_of(book, lang.zone)
        self._schools = school_tables.schools(content, lang)

    def write(self) -> None:
        content, lang = self._content, self._lang
        self._summary()
        self._table(self._schools)
        self._table(school_tables.targets(content, lang))
        days = school_tables.days(content, lang)
        if days.rows:
            self._table(days)
        self._groups()
        if content.trend:
            table = place_tables.trend(content, lang)
            self._table(table, _counted(table))
        if content.equity:
            self._table(place_tables.equity(content, lang), _EQUITY)
        for table in (place_tables.weakest(content, lang), place_tables.outlets(content, lang)):
            if table.rows:
                self._table(table)
        self._table(_months(content, lang), {"value": _value})
        self._table(year_tables.coverage(content, lang))
        for table in year_tables.chapters(content, lang).values():
            self._table(table)
        if content.head.kind is ReportKind.year:
            self._table(school_tables.months(content, lang))
        for make in (basis_tables.exclusions, basis_tables.exemptions, basis_tables.standards):
            self._table(make(content, lang))
        self._method()

    def _table(self, table: Table, formulas: Mapping[str, Made] | None = None) -> None:
        page = self._page(table.title)
        write_table(page, table, self._styles, self._lang, formulas=formulas)

    def _page(self, title: str) -> Any:
        return self._book.add_worksheet(self._lang.gettext(title)[:31])

    def _summary(self) -> None:
        """Cover facts, schools by state, and rates beside the plans' words."""
        content, lang, styles = self._content, self._lang, self._styles
        page = self._page(_SHEETS["summary"])
        title = f"{lang.gettext(TITLES[content.head.kind])} · {name_in(content.head.place, lang)}"
        page.set_row(0, None, styles.title)
        write_text(page, (0, 0), title, styles.texts)
        facts = [period_in(content, lang), content.head.document_number]
        if content.head.is_draft:
            facts.append(lang.gettext(N_("Draft")))
        write_text(page, (1, 0), " · ".join(filter(None, facts)), styles.texts)
        table = place_tables.summary(content, lang)
        top, size = 3, len(table.rows)
        first, last = top + 2, top + 1 + size
        places = f"{self._range('state')}=A"
        formulas: dict[str, Made] = {
            "schools": lambda line, row: (f"=SUMPRODUCT(--({places}{line}))", row[1]),
            "share": lambda line, row: (
                f'=IF(SUM(B${first}:B${last})=0,"",B{line}/SUM(B${first}:B${last}))',
                row[2],
            ),
        }
        end = write_table(page, table, styles, lang, formulas=formulas, top=top)
        total = sum(int(row[1]) for row in table.rows if isinstance(row[1], int))
        write_text(page, (end + 1, 0), lang.gettext(N_("Together")), styles.texts)
        page.write_formula(end + 1, 1, f"=SUM(B{first}:B{last})", styles.strong, total)
        exempt = first + STATES.index(State.exempt)
        others = f"(SUM(B{first}:B{last})-B{exempt})"
        write_text(page, (end + 2, 0), lang.gettext(N_("Share compliant")), styles.texts)
        page.write_formula(
            end + 2,
            1,
            f'=IF({others}=0,"",B{first}/{others})',
            styles.of[Form.share],
            _or_empty(place_tables.share_of(content.counts)),
        )
        line = end + 4
        for text in headline.sentences(content, lang):
            write_text(page, (line, 0), text, styles.texts)
            line += 1
        self._below(page, headline.against_plans(content, lang), line + 1)

    def _below(self, page: Any, table: Table, top: int) -> None:
        """A small table further down on a sheet, without a filter."""
        for at, column in enumerate(table.columns):
            page.write_string(top, at, self._lang.gettext(column.heading), self._styles.head)
        for line, row in enumerate(table.rows, start=top + 1):
            for at, column in enumerate(table.columns):
                write_value(page, (line, at), row[at], column.form, self._styles)

    def _groups(self) -> None:
        """All groups in one table, each counted from the sheet of schools."""
        content, lang = self._content, self._lang
        kinds = [by for by in GroupKind if place_tables.of_kind(content, by)]
        rows: list[Sequence[Value]] = []
        of: list[GroupKind] = []
        columns: Sequence[Column] = ()
        for by in kinds:
            table = place_tables.groups(content, by, lang)
            columns = table.columns
            rows += [(lang.gettext(GROUPS[by]), *row) for row in table.rows]
            of += [by] * len(table.rows)
        if not rows:
            return
        by_column = Column("by", N_("Grouped by"), weight=1.6)
        table = Table("groups", _SHEETS["groups"], [by_column, *columns], rows)
        state = self._range("state")
        shared = _counted(table)

        def count(at: int) -> Made:
            def make(line: int, row: Sequence[Value]) -> tuple[str, Value]:
                inside = self._range(_COUNTED_BY[of[line - 2]])
                here = f"({inside}=$B{line})*({state}={letters(at)}$1)"
                return f"=SUMPRODUCT({here})", row[at]

            return make

        counts = {str(one or "no_target") for one in STATES}
        made = {
            column.name: count(at)
            for at, column in enumerate(table.columns)
            if column.name in counts
        }
        self._table(table, {**made, **shared})

    def _method(self) -> None:
        page = self._page(_SHEETS["method"])
        page.set_column(0, 0, 110, self._styles.wrapped)
        content, lang = self._content, self._lang
        told = [*method_words.tolerance(content, lang), *method_words.method(content, lang)]
        for line, text in enumerate(told):
            write_text(page, (line, 0), text, self._styles.texts)

    def _range(self, name: str) -> str:
        """A column of the sheet of schools, as formulas name it."""
        names = [column.name for column in self._schools.columns]
        letter = letters(names.index(name))
        sheet = self._lang.gettext(self._schools.title).replace("'", "''")
        last = max(2, len(self._schools.rows) + 1)
        return f"'{sheet}'!${letter}$2:${letter}${last}"


def _counted(table: Table) -> dict[str, Made]:
    """Sum and share of a row that has a column for each state."""
    names = [column.name for column in table.columns]
    states = [names.index(str(one or "no_target")) for one in STATES]
    first, last = letters(states[0]), letters(states[-1])
    total, share = names.index("total"), names.index("share")
    exempt = letters(names.index(State.exempt))
    compliant = letters(names.index(State.compliant))

    def make_share(line: int, row: Sequence[Value]) -> tuple[str, Value]:
        others = f"({letters(total)}{line}-{exempt}{line})"
        return f'=IF({others}=0,"",{compliant}{line}/{others})', row[share]

    return {
        "total": lambda line, row: (f"=SUM({first}{line}:{last}{line})", row[total]),
        "share": make_share,
    }


def _months(content: ReportContent, lang: Language) -> Table:
    """Coverage by month with its value as a number."""
    table = year_tables.coverage_by_month(content, lang)
    columns = [
        column._replace(form=Form.number) if column.name == "value" else column
        for column in table.columns
    ]
    found = [year_tables.value_of(one, month) for one in content.coverage for month in one.months]
    rows = [(*row[:-1], value) for row, value in zip(table.rows, found, strict=True)]
    return table._replace(columns=columns, rows=rows)


def _value(line: int, row: Sequence[Value]) -> tuple[str, Value]:
    """A figure by its two numbers; of a number of things the numerator alone."""
    if row[-1] is not None and row[-1] == row[2]:
        return f"=C{line}", row[-1]
    return f'=IF(D{line}=0,"",C{line}/D{line})', row[-1]


def _ratio(line: int, row: Sequence[Value]) -> tuple[str, Value]:
    return f'=IF(OR(D{line}="",E{line}="",E{line}=0),"",D{line}/E{line})', row[5]


def _gap(line: int, row: Sequence[Value]) -> tuple[str, Value]:
    gap = row[6]
    told = None if gap is None or isinstance(gap, str) else _mega(gap)
    return f'=IF(OR(D{line}="",E{line}=""),"",D{line}-E{line})', told


def _mega(value: Any) -> float:
    return float(value) / 1_000_000


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value


_EQUITY: Mapping[str, Made] = {"ratio": _ratio, "gap": _gap}
