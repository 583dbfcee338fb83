"""The alert of a list of a school: what is on it, and where somebody sees to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from alerts.growing import named_devices
from alerts.models import Alert
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.alerts import AlertRow, told_alert
from controller.words.terms import KINDS
from inventory.models import Contradiction, ItemState, ReconciliationItem

#: Rules whose lists have a page of their own: its address and name.
_PAGES = {
    "unknown_devices": (
        "/reconciliation?kind=unknown_device&school={school}",
        N_("Go to reconciliation"),
    ),
    "certificate_ending": ("/schools/{school}/brokers", N_("Go to the message brokers")),
}
_MOST = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on the list; without an address this person does not open it."""

    name: str
    href: str
    kind: str
    model: str
    place: str


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """What an alert of a list is about.

    Args:
        page: address and name of the page where the list is seen to; empty where there is none, or
            not for this person.
    """

    alert: AlertRow
    lines: Sequence[Line]
    page: tuple[str, str]
    may_acknowledge: bool
    here: str


def listed_alert(look: Look, alert: Alert) -> ListedAlert:
    """An alert of a list that this person may see.

    Raises:
        PermissionDenied: this person reads no alerts.
    """
    told = told_alert(look, alert)
    school = alert.school_code
    may_keep = look.caller.may(Permission.manage_access)
    address, name = _PAGES.get(alert.rule, ("", ""))
    is_unknown = alert.rule == "unknown_devices"
    return ListedAlert(
        alert=told,
        lines=_unknown(look, school, may_keep) if is_unknown else _devices(look, alert),
        page=(address.format(school=school), name) if may_keep else ("", ""),
        may_acknowledge=look.caller.may(Permission.acknowledge_alerts),
        here=look.here,
    )


def _devices(look: Look, alert: Alert) -> list[Line]:
    say = look.lang.gettext
    return [
        Line(
            one.name,
            f"/devices/{one.id}",
            say(KINDS[one.kind]),
            " ".join(filter(None, (one.vendor, one.model))),
            one.address or "",
        )
        for one in named_devices(look.session, alert)
    ]


def _unknown(look: Look, school: str, may_keep: bool) -> list[Line]:
    query = (
        select(ReconciliationItem)
        .where(
            ReconciliationItem.school_code == school,
            col(ReconciliationItem.state) == ItemState.open,
            col(ReconciliationItem.kind) == Contradiction.unknown_device,
        )
        .order_by(col(ReconciliationItem.first_at), col(ReconciliationItem.id))
        .limit(_MOST)
    )
    return [
        Line(one.shown, f"/reconciliation/{one.id}" if may_keep else "", "", "", one.place)
        for one in look.session.exec(query)
    ]
