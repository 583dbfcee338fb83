"""The fleet for other monitoring systems: one page of samples by county or by school.

Everything is bounded: kinds, states and severities are fixed vocabularies, so the samples of a
county are at most a few hundred and those of a school a few dozen. Whole schools are left out
where a page would grow beyond its limit, and the page says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from alerts.models import Severity
from controller.prometheus.census import Census, SchoolFigures
from controller.prometheus.county_page import COUNTY_FAMILIES, add_county
from controller.prometheus.exposition import Kind, Page, labels
from controller.version import VERSION
from inventory.agent_health import AgentHealth, health_of
from inventory.models import Agent
from inventory.status import Status

SCHOOL_FAMILIES: Final[Mapping[str, tuple[str, Kind]]] = {
    "fleet_school_info": ("1 for every school, with its names, stage and setting.", "gauge"),
    "fleet_school_devices": ("Devices in service by status.", "gauge"),
    "fleet_school_devices_by_kind": ("Devices in service by kind; with kinds=true.", "gauge"),
    "fleet_school_devices_down_by_kind": ("Devices that are down by kind; kinds=true.", "gauge"),
    "fleet_school_alerts_open": ("Open alerts nobody has silenced, by severity.", "gauge"),
    "fleet_school_tickets_open": ("Tickets that still need somebody, by severity.", "gauge"),
    "fleet_school_tickets_overdue": (
        "Of these, open for more than 24 h if critical, else 72 h.",
        "gauge",
    ),
    "fleet_school_line_contract_download_bits_per_second": (
        "Contracted rate of the chief line from the Internet.",
        "gauge",
    ),
    "fleet_school_line_contract_upload_bits_per_second": (
        "Contracted rate of the chief line towards the Internet.",
        "gauge",
    ),
    "fleet_school_line_target_bits_per_second": ("The strictest target in force.", "gauge"),
    "fleet_school_line_receive_bits_per_second": (
        "Traffic of the chief line from the Internet; of the last 15 min.",
        "gauge",
    ),
    "fleet_school_line_transmit_bits_per_second": (
        "Traffic of the chief line towards the Internet; of the last 15 min.",
        "gauge",
    ),
    "fleet_school_line_tested_download_bits_per_second": (
        "Download rate of the last test; of the last 7 days.",
        "gauge",
    ),
    "fleet_school_line_tested_upload_bits_per_second": (
        "Upload rate of the last test; of the last 7 days.",
        "gauge",
    ),
    "fleet_school_line_tested_timestamp_seconds": ("When that test was made.", "gauge"),
    "fleet_school_agents": ("Boxes that belong to the school, not revoked.", "gauge"),
    "fleet_school_agents_unwell": ("Of these, boxes that are not in order.", "gauge"),
    "fleet_school_agent_contact_timestamp_seconds": (
        "When the box was last heard of; of several the one longest away.",
        "gauge",
    ),
    "fleet_school_agent_spool_batches": ("Batches waiting on the boxes.", "gauge"),
    "fleet_school_agent_spool_bytes": ("Bytes waiting on the boxes.", "gauge"),
    "fleet_school_agent_dropped_readings_total": (
        "Readings the boxes had to drop since their spools were begun.",
        "counter",
    ),
    "fleet_school_agent_clock_skew_seconds": (
        "Clock of the box minus ours; of several the one furthest off.",
        "gauge",
    ),
}
_ABOUT: Final[Mapping[str, tuple[str, Kind]]] = {
    "fleet_export_series": ("Samples on this page, these four left out.", "gauge"),
    "fleet_export_truncated": ("1 if schools were left out because of the limit.", "gauge"),
    "fleet_export_schools_left_out": ("Schools left out because of the limit.", "gauge"),
    "fleet_export_timestamp_seconds": ("When these figures were counted.", "gauge"),
}


class Detail(StrEnum):
    """How fine the page is."""

    county = "county"
    school = "school"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page is to hold.

    Args:
        level: samples by county or by school.
        kinds: of schools, devices by kind too.
        limit: samples at most.
    """

    level: Detail = Detail.county
    kinds: bool = False
    limit: int = 100_000

    @property
    def by_kind(self) -> bool:
        """Whether devices are to be counted by kind."""
        return self.kinds or self.level is Detail.county


def fleet_page(census: Census, wish: Wish) -> Page:
    """The samples of a census."""
    page = Page()
    families = COUNTY_FAMILIES if wish.level is Detail.county else SCHOOL_FAMILIES
    for name, (documentation, kind) in {**families, **_ABOUT}.items():
        page.declare(name, documentation, kind)
    left_out = _counties(page, census) if wish.level is Detail.county else 0
    if wish.level is Detail.school:
        left_out = _schools(page, census, wish)
    for name, value in (
        ("fleet_export_series", page.series),
        ("fleet_export_truncated", int(left_out > 0)),
        ("fleet_export_schools_left_out", left_out),
        ("fleet_export_timestamp_seconds", round(census.at.timestamp(), 3)),
    ):
        page.add(name, "", value)
    return page


def _counties(page: Page, census: Census) -> int:
    by_county: dict[str, list[SchoolFigures]] = {code: [] for code in census.counties}
    for figures in census.schools:
        by_county[figures.county].append(figures)
    for code, schools in by_county.items():
        add_county(page, code, census.counties[code], schools, census.at)
    return 0


def _schools(page: Page, census: Census, wish: Wish) -> int:
    """Whole schools while there is room; how many were left out."""
    for number, figures in enumerate(census.schools):
        mark = page.mark()
        _add_school(page, figures, census.at, kinds=wish.kinds)
        if page.series > wish.limit:
            page.back_to(mark)
            return len(census.schools) - number
    return 0


def _add_school(page: Page, figures: SchoolFigures, now: datetime, *, kinds: bool) -> None:
    school = figures.school
    whose = labels({"county": figures.county, "school": school.code})
    about = labels(
        {
            "name": school.name,
            "name_en": school.name_en or school.name,
            "stage": school.stage,
            "setting": school.setting,
        }
    )
    page.add("fleet_school_info", f"{whose},{about}", 1)
    for status, number in figures.statuses.items():
        page.add("fleet_school_devices", f'{whose},status="{status}"', number)
    if kinds:
        _add_kinds(page, whose, figures)
    for name, counts in (
        ("fleet_school_alerts_open", figures.alerts),
        ("fleet_school_tickets_open", figures.tickets),
        ("fleet_school_tickets_overdue", figures.overdue),
    ):
        _add_severities(page, name, whose, counts)
    _add_line(page, whose, figures)
    if figures.agents:
        _add_agents(page, whose, figures.agents, now)


def _add_kinds(page: Page, whose: str, figures: SchoolFigures) -> None:
    for kind in sorted({kind for kind, _ in figures.kinds}):
        counts = {s: n for (k, s), n in figures.kinds.items() if k is kind}
        labelled = f'{whose},kind="{kind}"'
        page.add("fleet_school_devices_by_kind", labelled, sum(counts.values()))
        page.add("fleet_school_devices_down_by_kind", labelled, counts.get(Status.down, 0))


def _add_severities(
    page: Page, name: str, whose: str, counts: Mapping[Severity, int] | None
) -> None:
    for severity, number in (counts or {}).items():
        page.add(name, f'{whose},severity="{severity}"', number)


def _add_line(page: Page, whose: str, figures: SchoolFigures) -> None:
    line, judged = figures.line, figures.line.judged
    contract = None if judged.contract is None else float(judged.contract)
    target = None if judged.target is None else float(judged.target)
    tested_at = None if judged.tested_at is None else judged.tested_at.timestamp()
    for name, value in (
        ("contract_download_bits_per_second", contract),
        ("contract_upload_bits_per_second", line.contract_up),
        ("target_bits_per_second", target),
        ("receive_bits_per_second", line.received),
        ("transmit_bits_per_second", line.sent),
        ("tested_download_bits_per_second", judged.download),
        ("tested_upload_bits_per_second", judged.upload),
        ("tested_timestamp_seconds", tested_at),
    ):
        page.add(f"fleet_school_line_{name}", whose, value)


def _add_agents(page: Page, whose: str, agents: Iterable[Agent], now: datetime) -> None:
    boxes = list(agents)
    heard = [
        max(filter(None, (box.last_seen_at, box.last_batch_at)), default=None) for box in boxes
    ]
    contacts = [at.timestamp() for at in heard if at is not None]
    skews = [box.clock_skew_seconds for box in boxes if box.status_at is not None]
    unwell = sum(health_of(box, now, VERSION) is not AgentHealth.ok for box in boxes)
    for name, value in (
        ("fleet_school_agents", len(boxes)),
        ("fleet_school_agents_unwell", unwell),
        ("fleet_school_agent_contact_timestamp_seconds", min(contacts, default=None)),
        ("fleet_school_agent_spool_batches", sum(box.spool_batches for box in boxes)),
        ("fleet_school_agent_spool_bytes", sum(box.spool_bytes for box in boxes)),
        (
            "fleet_school_agent_dropped_readings_total",
            sum(box.spool_dropped_readings for box in boxes),
        ),
        ("fleet_school_agent_clock_skew_seconds", max(skews, key=abs, default=None)),
    ):
        page.add(name, whose, value)
