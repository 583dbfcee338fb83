"""Tables of what a report rests on: standards in their plans' words, tolerance, time left out."""

import re
from datetime import datetime

from controller.language import N_, Language
from controller.reports.columns import Column, Form, Table
from controller.reports.content import ReportContent, StandardLine
from controller.reports.wording import name_in
from controller.words.compliance import MEASURES

_SHORT = 16
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


def standards(content: ReportContent, lang: Language) -> Table:
    """Every target that was bound, with its quote, version and what its use rests on."""
    columns = (
        Column("standard", N_("Standard and version"), weight=1.4),
        Column("plan", N_("Plan"), weight=2),
        Column("quote", N_("The plan's words"), weight=3.2),
        Column("measure", N_("Measure"), weight=1.2),
        Column("schools", N_("Schools judged"), Form.whole),
        Column("pending", N_("Schools awaiting confirmation"), Form.whole, 1.2),
        Column("rests", N_("Caveats and confirmations"), weight=2.4),
        Column("fingerprint", N_("SHA-256"), weight=1.6),
    )
    rows = [
        (
            f"{one.standard} {one.version} · {one.target}",
            _in(lang, one.plan, one.plan_en),
            quote_in(one, lang),
            lang.gettext(MEASURES[one.measure]),
            one.schools,
            one.pending,
            " ".join(
                (_in(lang, one.caveat, one.caveat_en), *(_local(x, lang) for x in one.confirmed))
            ).strip(),
            one.fingerprint[:_SHORT],
        )
        for one in content.standards
    ]
    return Table("standards", N_("Standards used"), columns, rows)


def quote_in(one: StandardLine, lang: Language) -> str:
    """The plan's words; in English with the translation behind them, never in their place."""
    both = lang.code == "en" and one.quote_en
    return f"{one.quote} ({one.quote_en})" if both else one.quote


def tolerances(content: ReportContent, lang: Language) -> Table:
    """The tolerances schools were judged by; one that nobody adopted says so."""
    columns = (
        Column("name", N_("Tolerance"), weight=2),
        Column("test_share", N_("A test passes from")),
        Column("pass_share", N_("Tests that must pass")),
        Column("adopted", N_("Adopted by"), weight=2),
        Column("adopted_on", N_("Adopted on"), Form.day),
        Column("number", N_("Document number"), weight=1.5),
        Column("schools", N_("Number of schools"), Form.whole),
    )
    nobody = lang.gettext(N_("Adopted by nobody; assumed"))
    rows = [
        (
            one.name,
            one.test_share,
            one.pass_share,
            one.adopted_by if one.adopted_on else nobody,
            one.adopted_on,
            one.document_number,
            one.schools,
        )
        for one in content.tolerances
    ]
    return Table("tolerances", N_("Tolerance"), columns, rows)


def exclusions(content: ReportContent, lang: Language) -> Table:
    """Time that did not count, one by one, with who approved it."""
    columns = (
        Column("number", N_("No."), Form.whole, 0.5),
        Column("begin", N_("Beginning at"), Form.moment, 1.3),
        Column("end", N_("Ending at"), Form.moment, 1.3),
        Column("of", N_("School"), weight=2),
        Column("schools", N_("Number of schools"), Form.whole, 0.7),
        Column("reason", N_("Reason"), weight=3),
        Column("approved_by", N_("Approved by"), weight=1.2),
        Column("approved_at", N_("Approved at"), Form.moment, 1.3),
    )
    several = lang.gettext(N_("Several schools"))
    rows = [
        (
            number,
            one.begin,
            one.end,
            several if one.school is None else name_in(one.school, lang),
            one.schools,
            one.reason,
            one.approved_by,
            one.approved_at,
        )
        for number, one in enumerate(content.exclusions, 1)
    ]
    return Table("exclusions", N_("Time that did not count"), columns, rows)


def exemptions(content: ReportContent, lang: Language) -> Table:
    """Schools that were held against nothing, with who approved it."""
    columns = (
        Column("school", N_("School code"), weight=1.2),
        Column("name", N_("School"), weight=2),
        Column("first", N_("First day"), Form.day),
        Column("last", N_("Last day"), Form.day),
        Column("reason", N_("Reason"), weight=3),
        Column("approved_by", N_("Approved by"), weight=1.2),
        Column("approved_at", N_("Approved at"), Form.moment, 1.3),
    )
    rows = [
        (
            one.school.code,
            name_in(one.school, lang),
            one.first_day,
            one.last_day,
            one.reason,
            one.approved_by,
            one.approved_at,
        )
        for one in content.exemptions
    ]
    return Table("exemptions", N_("Exempt schools"), columns, rows)


def calendars(content: ReportContent, lang: Language) -> Table:
    """Calendars by the SHA-256 of their documents, and how many schools keep each."""
    columns = (
        Column("digest", N_("SHA-256 of the calendar"), weight=4),
        Column("schools", N_("Number of schools"), Form.whole),
    )
    rows = [(one.digest, one.schools) for one in content.calendars]
    return Table("calendars", N_("School hours used"), columns, rows)


def evidence(content: ReportContent, lang: Language) -> Table:
    """Bundles of evidence, where there are several."""
    columns = (
        Column("place", N_("Place")),
        Column("sha256", N_("SHA-256 of the evidence"), weight=3),
    )
    names = {one.group.code: name_in(one.group, lang) for one in content.schools}
    names |= {one.school.code: name_in(one.school, lang) for one in content.schools}
    rows = [(names.get(one.place, one.place), one.sha256) for one in content.evidence.bundles]
    return Table("evidence", N_("Evidence"), columns, rows)


def _local(text: str, lang: Language) -> str:
    """A confirmation with its moment as people here write it."""
    return _MOMENT.sub(lambda found: lang.moment(datetime.fromisoformat(found[0])), text)


def _in(lang: Language, text: str, english: str) -> str:
    return english if lang.code == "en" and english else text
