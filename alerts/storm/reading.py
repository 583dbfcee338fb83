"""Wider outages as readers are told of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlmodel import Session, col, select

from alerts.models import Alert
from alerts.storm.standing import Behind, behind_of
from inventory.models import Organisation


class Wider(NamedTuple):
    """An alert of a bureau; whoever may see one behind it may know of it, not of the others."""

    alert: Alert
    bureau: Organisation


def storms_of(session: Session, alerts: Iterable[Alert]) -> Mapping[str, Wider]:
    """What alerts are held back behind, by id; nothing is asked where none is."""
    ids = {one.storm_id for one in alerts if one.storm_id is not None}
    if not ids:
        return {}
    query = (
        select(Alert, Organisation)
        .join(Organisation, col(Organisation.code) == col(Alert.organisation_code))
        .where(col(Alert.id).in_(ids))
    )
    return {alert.id: Wider(alert, bureau) for alert, bureau in session.exec(query)}


def behind_storm(session: Session, alert_id: str) -> Behind:
    """How much is or was held back behind an alert of a bureau."""
    return behind_of(session, [alert_id]).get(alert_id, Behind())


def storms_of_tickets(session: Session, tickets: Iterable[str]) -> Mapping[str, str]:
    """Ids of the newest alerts of bureaus' own tickets, by the tickets' ids."""
    ids = sorted(tickets)
    if not ids:
        return {}
    query = select(Alert.ticket_id, Alert.id).where(
        col(Alert.ticket_id).in_(ids), col(Alert.organisation_code).is_not(None)
    )
    found = session.exec(query.order_by(col(Alert.opened_at), col(Alert.id)))
    return {ticket or "": alert for ticket, alert in found}
