"""Every route of the controller, put together once a process and shared by its applications.

A route is made of its endpoint's signature, and to read some six hundred signatures takes a
quarter of a second: nothing in them differs from one application to the next.
"""

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute

from controller import agent_time, health, pages, speedtest
from controller.api import (
    access,
    agent,
    agent_work,
    agents,
    alert_rules,
    alertmanager,
    assets,
    attachments,
    audit,
    bandwidth_reports,
    brokers,
    calendar_entries,
    calendars,
    catalogue,
    commands,
    configurations,
    coverage,
    credentials,
    devices,
    district_figures,
    enrolment,
    equipment,
    exchange,
    funds,
    left_out,
    line_ledger,
    maintenance,
    notifications,
    outlets,
    people,
    places,
    planned_tests,
    presence,
    procurement_movements,
    procurement_orders,
    procurement_projects,
    procurement_quotes,
    procurement_requests,
    programmes,
    prometheus,
    proposals,
    quarantine,
    recognitions,
    reconciliation,
    renewal,
    report_deliveries,
    report_edition_appeals,
    report_editions,
    report_files,
    report_links,
    rooms,
    school_changes,
    school_figures,
    search,
    service_agreements,
    silences,
    spare_parts,
    speedtest_servers,
    staff,
    stocktaking,
    target_standards,
    technicians,
    ticket_figures,
    ticket_photos,
    ticket_work,
    tickets,
)

API = "/api/v1"

#: What stands where it says itself: probes, line tests, and what boxes ask for.
_AT_THEIR_OWN_PATHS = (health, speedtest, enrolment, agent_time, agent, agent_work)
#: What people's programs use, in the order of the API's description.
_FOR_PROGRAMS = (
    left_out,
    line_ledger,
    places,
    school_changes,
    equipment,
    target_standards,
    planned_tests,
    bandwidth_reports,
    district_figures,
    outlets,
    speedtest_servers,
    coverage,
    staff,
    school_figures,
    recognitions,
    calendars,
    calendar_entries,
    rooms,
    devices,
    proposals,
    presence,
    access,
    credentials,
    brokers,
    configurations,
    exchange,
    quarantine,
    reconciliation,
    stocktaking,
    maintenance,
    silences,
    tickets,
    technicians,
    ticket_figures,
    ticket_work,
    spare_parts,
    report_links,
    ticket_photos,
    service_agreements,
    alert_rules,
    search,
    agents,
    commands,
    people,
    audit,
    assets,
    attachments,
    catalogue,
    procurement_requests,
    procurement_quotes,
    procurement_projects,
    procurement_orders,
    procurement_movements,
    prometheus,
    programmes,
    funds,
    renewal,
    report_editions,
    report_edition_appeals,
    report_files,
    report_deliveries,
    notifications,
    alertmanager,
)


@cache
def _whole() -> APIRouter:
    whole = APIRouter()
    for part in _AT_THEIR_OWN_PATHS:
        whole.include_router(part.router)
    for part in _FOR_PROGRAMS:
        whole.include_router(part.router, prefix=API)
    whole.include_router(pages.router)
    return whole


def every_route() -> list[BaseRoute]:
    """The routes of one application: the same ones for all, in a list of its own."""
    return list(_whole().routes)
