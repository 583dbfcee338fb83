"""The console: pages for people, made on the server, renewed in part by htmx.

``router``, ``error_page`` and ``KeptRows`` are what ``create_app`` takes; everything else stays in
here.
"""

from fastapi import APIRouter

from controller.pages import (
    access,
    agents,
    alerts,
    approval_routes,
    assets,
    attachments,
    audit,
    brokers,
    budgets,
    catalogue,
    charts,
    custom_fields,
    device_story,
    devices,
    exchange,
    files,
    live,
    money_rules,
    movements,
    overview,
    places,
    procurement,
    procurement_orders,
    procurement_projects,
    procurement_quotes,
    procurement_requests,
    proposals,
    quarantine,
    reconciliation,
    records,
    reminders,
    renewal,
    school_ledger,
    schools,
    search,
    session,
    shortages,
    standards,
    stocktaking,
    tickets,
)
from controller.pages.faults import error_page
from controller.pages.views.schools import KeptRows

__all__ = ["KeptRows", "error_page", "router"]

router = APIRouter(include_in_schema=False)
for part in (
    session,
    overview,
    search,
    schools,
    school_ledger,
    reminders,
    shortages,
    standards,
    places,
    records,
    brokers,
    exchange,
    devices,
    access,
    device_story,
    movements,
    approval_routes,
    procurement,
    procurement_requests,
    procurement_quotes,
    procurement_projects,
    procurement_orders,
    proposals,
    charts,
    tickets,
    alerts,
    agents,
    audit,
    assets,
    attachments,
    catalogue,
    custom_fields,
    quarantine,
    reconciliation,
    stocktaking,
    money_rules,
    budgets,
    renewal,
    files,
    live,
):
    router.include_router(part.router)
