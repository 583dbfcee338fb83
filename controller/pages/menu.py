"""The menu: the console's places in groups, of which everybody sees those they may go to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.language import N_


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One place of the console."""

    text: str
    href: str
    icon: str
    needs: Permission
    current: bool = False
    #: What waits there; not shown while nothing does.
    count: int = 0
    #: Whoever may do one of these goes there, too.
    also: tuple[Permission, ...] = ()
    #: Beginnings of other addresses that belong to it.
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Places for one kind of work; the first group has no title."""

    title: str
    entries: tuple[MenuEntry, ...]


MENU = (
    MenuGroup(
        "",
        (
            MenuEntry(N_("Overview"), "/", "dashboard", Permission.read_alerts),
            MenuEntry(
                N_("Schools"), "/schools", "school", Permission.read, within=("/closed-schools",)
            ),
            MenuEntry(N_("Devices"), "/devices", "device-desktop", Permission.read),
        ),
    ),
    MenuGroup(
        N_("Faults and repairs"),
        (
            MenuEntry(
                N_("Alerts"),
                "/alerts",
                "alert-triangle",
                Permission.read_alerts,
                within=("/maintenance", "/alert-rules"),
            ),
            MenuEntry(
                N_("Tickets"),
                "/tickets",
                "tool",
                Permission.read_tickets,
                within=("/technicians", "/spare-parts", "/service-agreements"),
            ),
            MenuEntry(N_("Notifications"), "/notifications", "bell", Permission.read_alerts),
            MenuEntry(N_("Agents"), "/agents", "router", Permission.read_agents),
            MenuEntry(N_("Quarantine"), "/quarantine", "hand-stop", Permission.manage_quarantine),
        ),
    ),
    MenuGroup(
        N_("Targets and reports"),
        (
            MenuEntry(
                N_("Bandwidth compliance"),
                "/compliance",
                "gauge",
                Permission.read,
                within=("/standards",),
            ),
            MenuEntry(N_("Coverage and equipment"), "/coverage", "chart-bar", Permission.read),
            MenuEntry(N_("Reports to be signed"), "/reports", "file-report", Permission.read),
            MenuEntry(N_("School calendar"), "/calendar", "calendar", Permission.read),
        ),
    ),
    MenuGroup(
        N_("Register"),
        (
            MenuEntry(N_("Discovered devices"), "/proposals", "network", Permission.manage_access),
            MenuEntry(
                N_("Reconciliation"),
                "/reconciliation",
                "arrows-left-right",
                Permission.manage_access,
            ),
            MenuEntry(
                N_("Stock-taking"), "/stocktaking", "clipboard-check", Permission.count_stock
            ),
            MenuEntry(N_("Import"), "/imports", "file-import", Permission.edit_assets),
            MenuEntry(N_("Catalogue"), "/catalogue", "book-2", Permission.read),
            MenuEntry(N_("Changes"), "/audit", "history", Permission.read_audit),
        ),
    ),
    MenuGroup(
        N_("Procurement and renewal"),
        (
            MenuEntry(N_("Shortages"), "/shortages", "packages", Permission.read),
            MenuEntry(
                N_("Procurement of equipment"),
                "/procurement",
                "shopping-cart",
                Permission.read_costs,
                also=(
                    Permission.request_equipment,
                    Permission.approve_requests,
                    Permission.manage_procurement,
                    Permission.receive_goods,
                ),
            ),
            MenuEntry(N_("Budgets"), "/budgets", "report-money", Permission.read_costs),
            MenuEntry(N_("Refresh plan"), "/renewal", "refresh", Permission.read_costs),
            MenuEntry(
                N_("Certificates and contracts"), "/reminders", "certificate", Permission.read
            ),
        ),
    ),
)


def menu(path: str, caller: Caller | None, counts: Mapping[str, int]) -> tuple[MenuGroup, ...]:
    """The groups somebody sees at an address, without those in which they may go nowhere.

    Args:
        path: of the page they are on.
        caller: nobody sees no menu.
        counts: what waits, by address.
    """
    if caller is None:
        return ()
    seen = (replace(group, entries=_entries(group, path, caller, counts)) for group in MENU)
    return tuple(group for group in seen if group.entries)


def _entries(
    group: MenuGroup, path: str, caller: Caller, counts: Mapping[str, int]
) -> tuple[MenuEntry, ...]:
    return tuple(
        replace(entry, current=_is_at(entry, path), count=counts.get(entry.href, 0))
        for entry in group.entries
        if any(map(caller.may, (entry.needs, *entry.also)))
    )


def _is_at(entry: MenuEntry, path: str) -> bool:
    return path == entry.href or (
        entry.href != "/" and path.startswith((entry.href, *entry.within))
    )
