"""A report as open data: a ZIP of tables anybody may read, with what each column means.

Nothing in it tells of people, addresses, serial numbers, test servers or how networks are built:
columns are chosen one by one, free texts of approvers are left out. Schools are named by code and
name. Values are codes and base units, the same in every language.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from controller.language import N_, language
from controller.reports.content import FORMAT, FlowLine, ReportContent
from controller.reports.tables import csv_bytes
from inventory.standards.model import Flow

_WHEN = (1980, 1, 1, 0, 0, 0)
_LICENCE = N_(
    "The bureau that publishes these data decides under which licence they may be used, and names"
    " it here. Figures are those of the report of this document number and edition."
)
#: Column to what it means, in both languages; the unit is part of it.
_MEANINGS = {
    "school": N_("School code"),
    "name": N_("Name"),
    "name_en": N_("English name"),
    "group": N_("Code of the county or township"),
    "group_name": N_("County or township"),
    "stage": N_("Stage"),
    "setting": N_("Setting"),
    "form": N_("Form"),
    "state": N_("Status; no_target where no target is judged"),
    "standard": N_("Code of the standard"),
    "version": N_("Version of the standard"),
    "target": N_("Target within the standard"),
    "measure": N_("What is measured"),
    "asked": N_("Rate that is asked for, bit/s"),
    "available": N_("Status of availability"),
    "share": N_("Share, 0 to 1"),
    "latency": N_("Round trip that 95 in 100 probes do not exceed, seconds"),
    "contracted": N_("Contracted rate, bit/s"),
    "delivered": N_("Status of the tests"),
    "tests": N_("Tests"),
    "passed": N_("Tests that passed"),
    "passed_in_full": N_("Tests that reached all of the target"),
    "state_in_full": N_("Status of the tests without tolerance"),
    "median": N_("Median of the tests, bit/s"),
    "reached": N_("Rate that the tolerated share of tests reaches, bit/s"),
    "by": N_("What schools are grouped by"),
    "key": N_("Code of the group"),
    "schools": N_("Number of schools"),
    "median_down": N_("Median download of the group's schools, bit/s"),
    "median_up": N_("Median upload of the group's schools, bit/s"),
    "month": N_("Month"),
    "comparison": N_("Urban against rural, or strongest against weakest tenth"),
    "direction": N_("Direction"),
    "better": N_("Rate of the better off, bit/s"),
    "worse": N_("Rate of the worse off, bit/s"),
    "numerator": N_("Numerator"),
    "denominator": N_("Denominator"),
    "unknown": N_("Cases nobody knows of"),
    "plan": N_("Plan"),
    "quote": N_("The plan's words"),
    "translation": N_("Translation of the plan's words"),
    "fingerprint": N_("SHA-256 of the standard's document"),
    "begin": N_("Beginning, UTC"),
    "end": N_("Ending, UTC"),
    "first_day": N_("First day"),
    "last_day": N_("Last day"),
}
_FLOW = (
    *("contracted", "delivered", "tests", "passed", "passed_in_full", "state_in_full"),
    *("median", "reached"),
)


class _File(NamedTuple):
    """One table: its name, its columns, its rows."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[object]]


def open_data(content: ReportContent) -> bytes:
    """The ZIP: tables as CSV, ``about.json``, ``dictionary.csv`` and ``LICENCE.txt``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        files = list(_files(content))
        for file in files:
            _put(made, f"{file.name}.csv", csv_bytes(file.head, file.rows))
        _put(made, "dictionary.csv", _dictionary(files))
        _put(made, "about.json", _about(content))
        texts = [language(code).gettext(_LICENCE) for code in ("zh_CN", "en")]
        _put(made, "LICENCE.txt", "\n\n".join(texts).encode())
    return out.getvalue()


def _put(made: zipfile.ZipFile, name: str, text: bytes) -> None:
    """A member without the hour it was written at: the same content is the same file."""
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    made.writestr(info, text)


def _files(content: ReportContent) -> Iterator[_File]:
    yield _File(
        "schools",
        ("school", "name", "name_en", "group", "group_name", "stage", "setting", "form", "state"),
        [
            (
                one.school.code,
                one.school.name,
                one.school.name_en,
                one.group.code,
                one.group.name,
                one.stage.value,
                one.setting.value,
                one.form.value,
                _state(one.state),
            )
            for one in content.schools
        ],
    )
    flows = [f"{name}_{flow}" for flow in (Flow.down, Flow.up) for name in _FLOW]
    yield _File(
        "targets",
        (
            "school",
            "standard",
            "target",
            "measure",
            "asked",
            "state",
            "available",
            "share",
            "latency",
            *flows,
        ),
        _targets(content),
    )
    yield _File(
        "groups",
        ("by", "key", "name", "name_en", "state", "schools", "median_down", "median_up"),
        [
            (
                one.by.value,
                one.key,
                one.name,
                one.name_en,
                _state(count.state),
                count.schools,
                one.median_down,
                one.median_up,
            )
            for one in content.groups
            for count in one.counts
        ],
    )
    yield _File(
        "trend",
        ("month", "state", "schools"),
        [
            (f"{one.month:%Y-%m}", _state(count.state), count.schools)
            for one in content.trend
            for count in one.counts
        ],
    )
    yield _File(
        "equity",
        ("month", "comparison", "direction", "better", "worse"),
        [
            (f"{one.month:%Y-%m}", one.kind, one.flow.value, one.upper, one.lower)
            for one in content.equity
        ],
    )
    yield _File(
        "coverage",
        ("measure", "month", "numerator", "denominator", "unknown"),
        [
            (
                one.measure.value,
                f"{month.month:%Y-%m}",
                month.numerator,
                month.denominator,
                month.unknown,
            )
            for one in content.coverage
            for month in one.months
        ],
    )
    yield _File(
        "standards",
        (
            "standard",
            "version",
            "target",
            "measure",
            "plan",
            "quote",
            "translation",
            "fingerprint",
            "schools",
        ),
        [
            (
                one.standard,
                one.version,
                one.target,
                one.measure.value,
                one.plan,
                one.quote,
                one.quote_en,
                one.fingerprint,
                one.schools,
            )
            for one in content.standards
        ],
    )
    yield _File(
        "exclusions",
        ("begin", "end", "schools"),
        [(_moment(one.begin), _moment(one.end), one.schools) for one in content.exclusions],
    )
    yield _File(
        "exemptions",
        ("school", "first_day", "last_day"),
        [(one.school.code, one.first_day, one.last_day) for one in content.exemptions],
    )


def _targets(content: ReportContent) -> Iterator[Sequence[object]]:
    for school in content.schools:
        for one in school.targets:
            lines = {line.flow: line for line in one.flows}
            yield (
                school.school.code,
                one.standard,
                one.target,
                one.measure.value,
                one.asked,
                one.state.value,
                one.available.value,
                one.share,
                one.latency,
                *_flow(lines.get(Flow.down)),
                *_flow(lines.get(Flow.up)),
            )


def _flow(line: FlowLine | None) -> Sequence[object]:
    return [None if line is None else getattr(line, name) for name in _FLOW]


def _dictionary(files: Sequence[_File]) -> bytes:
    chinese, english = language("zh_CN").gettext, language("en").gettext
    rows = []
    for file in files:
        for column in file.head:
            plain = column if column in _MEANINGS else column.rpartition("_")[0]
            meaning = _MEANINGS[plain]
            rows.append((f"{file.name}.csv", column, chinese(meaning), english(meaning)))
    return csv_bytes(("file", "column", "zh_CN", "en"), rows)


def _about(content: ReportContent) -> bytes:
    head = content.head
    told = {
        "format": FORMAT,
        "kind": head.kind.value,
        "place": {"code": head.place.code, "name": head.place.name, "name_en": head.place.name_en},
        "first": head.first,
        "last": head.last,
        "edition": head.edition,
        "document_number": head.document_number,
        "issued_on": head.issued_on,
        "is_draft": head.is_draft,
        "schools": len(content.schools),
        "method": content.evidence.method,
        "tolerances": [
            {
                "name": one.name,
                "test_share": one.test_share,
                "pass_share": one.pass_share,
                "adopted_on": one.adopted_on,
                "document_number": one.document_number,
            }
            for one in content.tolerances
        ],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def _state(state: object) -> str:
    return "no_target" if state is None else str(state)


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
