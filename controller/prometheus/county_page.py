"""A county in samples: sums and counts over its schools."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, get_args

from alerts.models import Severity
from controller.pages.views.bandwidth import State
from controller.prometheus.census import SchoolFigures
from controller.prometheus.exposition import Kind, Page, labels
from controller.version import VERSION
from inventory.agent_health import AgentHealth, health_of
from inventory.status import Status

COUNTY_FAMILIES: Final[Mapping[str, tuple[str, Kind]]] = {
    "fleet_county_info": ("1 for every county, with its names.", "gauge"),
    "fleet_county_schools": ("Schools.", "gauge"),
    "fleet_county_devices": ("Devices in service by kind and status.", "gauge"),
    "fleet_county_alerts_open": ("Open alerts nobody has silenced, by severity.", "gauge"),
    "fleet_county_tickets_open": ("Tickets that still need somebody, by severity.", "gauge"),
    "fleet_county_tickets_overdue": (
        "Of these, open for more than 24 h if critical, else 72 h.",
        "gauge",
    ),
    "fleet_county_schools_by_line": (
        "Schools by how the last test of their chief line was; never a verdict.",
        "gauge",
    ),
    "fleet_county_line_contract_download_bits_per_second": (
        "Contracted rates from the Internet, chief lines together.",
        "gauge",
    ),
    "fleet_county_line_contract_upload_bits_per_second": (
        "Contracted rates towards the Internet, chief lines together.",
        "gauge",
    ),
    "fleet_county_line_receive_bits_per_second": (
        "Traffic from the Internet, chief lines together; of the last 15 min.",
        "gauge",
    ),
    "fleet_county_line_transmit_bits_per_second": (
        "Traffic towards the Internet, chief lines together; of the last 15 min.",
        "gauge",
    ),
    "fleet_county_agents": ("Boxes in schools by how they are, not revoked.", "gauge"),
    "fleet_county_agent_spool_batches": ("Batches waiting on the boxes.", "gauge"),
    "fleet_county_agent_spool_bytes": ("Bytes waiting on the boxes.", "gauge"),
}
_LINE_STATES: Final[tuple[State, ...]] = get_args(State)


def add_county(
    page: Page, code: str, names: tuple[str, str], schools: Sequence[SchoolFigures], now: datetime
) -> None:
    """Every sample of one county."""
    whose = labels({"county": code})
    about = labels({"name": names[0], "name_en": names[1] or names[0]})
    page.add("fleet_county_info", f"{whose},{about}", 1)
    page.add("fleet_county_schools", whose, len(schools))
    devices = Counter[tuple[str, Status]]()
    for figures in schools:
        devices.update(figures.kinds)
    for kind in sorted({kind for kind, _ in devices}):
        for status in Status:
            labelled = f'{whose},kind="{kind}",status="{status}"'
            page.add("fleet_county_devices", labelled, devices[kind, status])
    for name, found in (
        ("fleet_county_alerts_open", [figures.alerts for figures in schools]),
        ("fleet_county_tickets_open", [figures.tickets for figures in schools]),
        ("fleet_county_tickets_overdue", [figures.overdue for figures in schools]),
    ):
        _add_severities(page, name, whose, found)
    _add_lines(page, whose, schools)
    _add_agents(page, whose, schools, now)


def _add_severities(
    page: Page, name: str, whose: str, found: Iterable[Mapping[Severity, int] | None]
) -> None:
    known = [counts for counts in found if counts is not None]
    for severity in Severity if known else ():
        number = sum(counts[severity] for counts in known)
        page.add(name, f'{whose},severity="{severity}"', number)


def _add_lines(page: Page, whose: str, schools: Sequence[SchoolFigures]) -> None:
    states = Counter(figures.line.judged.state for figures in schools)
    for state in _LINE_STATES:
        page.add("fleet_county_schools_by_line", f'{whose},state="{state}"', states[state])
    contracts = [figures.line.judged.contract for figures in schools]
    for name, values in (
        ("contract_download", [None if rate is None else float(rate) for rate in contracts]),
        ("contract_upload", [figures.line.contract_up for figures in schools]),
        ("receive", [figures.line.received for figures in schools]),
        ("transmit", [figures.line.sent for figures in schools]),
    ):
        known = [value for value in values if value is not None]
        total = sum(known) if known else None
        page.add(f"fleet_county_line_{name}_bits_per_second", whose, total)


def _add_agents(page: Page, whose: str, schools: Sequence[SchoolFigures], now: datetime) -> None:
    known = [figures.agents for figures in schools if figures.agents is not None]
    if not known:
        return
    boxes = [box for agents in known for box in agents]
    health = Counter(health_of(box, now, VERSION) for box in boxes)
    for how in AgentHealth:
        if how is not AgentHealth.refused:
            page.add("fleet_county_agents", f'{whose},health="{how}"', health[how])
    page.add("fleet_county_agent_spool_batches", whose, sum(box.spool_batches for box in boxes))
    page.add("fleet_county_agent_spool_bytes", whose, sum(box.spool_bytes for box in boxes))
