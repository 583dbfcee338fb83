"""What each role may do. A role holds within the scope of its grant and nowhere else."""

from enum import StrEnum

from inventory.models import Role


class Permission(StrEnum):
    """One thing somebody may be allowed to do."""

    read = "read"  # schools, devices, lines, charts
    read_alerts = "read_alerts"
    acknowledge_alerts = "acknowledge_alerts"
    read_tickets = "read_tickets"
    open_tickets = "open_tickets"
    work_tickets = "work_tickets"  # begin, wait, resolve, comment
    assign_tickets = "assign_tickets"
    close_tickets = "close_tickets"
    manage_alert_rules = "manage_alert_rules"  # what is alerted of below a bureau
    read_costs = "read_costs"  # fees of lines
    manage_budgets = "manage_budgets"  # programmes, budgets, what was spent, the fund, claims
    manage_inventory = "manage_inventory"
    keep_parts = "keep_parts"  # spare parts of bureaus, and of schools for themselves alone
    manage_places = "manage_places"  # buildings, rooms and staff of schools
    manage_calendars = "manage_calendars"  # terms, school hours, times without tests
    manage_access = "manage_access"  # put devices up, how they are watched, with which credentials
    read_agents = "read_agents"
    manage_agents = "manage_agents"
    refresh_devices = "refresh_devices"  # have them polled, backed up, their line tested now
    read_configurations = "read_configurations"
    order_ports = "order_ports"  # switch ports of devices, and the power on them
    manage_quarantine = "manage_quarantine"  # batches that were set aside
    manage_users = "manage_users"
    request_equipment = "request_equipment"  # ask for it, agree to transfers, propose disposal
    approve_requests = "approve_requests"  # requests, stages of projects, disposals
    manage_procurement = "manage_procurement"  # projects, contracts, orders
    manage_routes = "manage_routes"  # who approves requests, up to which amounts
    receive_goods = "receive_goods"  # deliveries, scanning, putting in service, accepting
    edit_assets = "edit_assets"  # the ledger of devices, steps of their lives, their files
    manage_catalogue = "manage_catalogue"  # models everybody has, fields of one's own
    read_audit = "read_audit"  # who changed what
    count_stock = "count_stock"  # go from room to room and say what stands there
    manage_reports = "manage_reports"  # open editions of reports, review them, answer appeals
    sign_reports = "sign_reports"  # issue editions of reports
    appeal_reports = "appeal_reports"  # appeal for a school against a draft
    manage_notifications = "manage_notifications"  # channels of bureaus and schools, rosters


_P = Permission
_VIEW = frozenset({_P.read, _P.read_alerts, _P.read_tickets})
_IT = _VIEW | {
    _P.acknowledge_alerts,
    _P.open_tickets,
    _P.work_tickets,
    _P.assign_tickets,
    _P.close_tickets,
    _P.manage_alert_rules,
    _P.read_costs,
    _P.manage_budgets,
    _P.manage_inventory,
    _P.keep_parts,
    _P.manage_places,
    _P.manage_calendars,
    _P.manage_access,
    _P.read_agents,
    _P.manage_agents,
    _P.refresh_devices,
    _P.read_configurations,
    _P.order_ports,
    _P.edit_assets,
    _P.read_audit,
    _P.count_stock,
    _P.request_equipment,
    _P.approve_requests,
    _P.manage_reports,
    _P.sign_reports,
    _P.manage_notifications,
}
ROLES: dict[Role, frozenset[Permission]] = {
    Role.admin: frozenset(Permission),
    Role.city_it: _IT
    | {_P.manage_quarantine, _P.manage_users, _P.manage_catalogue, _P.manage_routes},
    Role.county_it: _IT,
    Role.school_admin: _VIEW
    | {
        _P.acknowledge_alerts,
        _P.open_tickets,
        _P.work_tickets,
        _P.close_tickets,
        _P.keep_parts,
        _P.manage_access,
        _P.manage_places,
        _P.manage_calendars,
        _P.read_agents,
        _P.refresh_devices,
        _P.read_configurations,
        _P.order_ports,
        _P.edit_assets,
        _P.read_audit,
        _P.count_stock,
        _P.request_equipment,
        _P.appeal_reports,
        _P.manage_notifications,
    },
    Role.technician: _VIEW
    | {
        _P.acknowledge_alerts,
        _P.open_tickets,
        _P.work_tickets,
        _P.refresh_devices,
        _P.count_stock,
        _P.receive_goods,
    },
    Role.procurement: frozenset(
        {_P.read, _P.read_tickets, _P.read_costs, _P.manage_budgets, _P.manage_procurement}
        | {_P.manage_catalogue}
    ),
    Role.auditor: _VIEW | {_P.read_costs, _P.read_agents, _P.read_configurations, _P.read_audit},
    Role.viewer: _VIEW,
}
