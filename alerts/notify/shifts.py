"""Which shifts of duty rosters hold at a moment, by the clock of the bureaus."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.notify.models import DutyShift
from inventory.days import ZONE


def on_duty_at(
    session: Session, codes: Collection[str], now: datetime
) -> Mapping[str, frozenset[str]]:
    """Ids of the people on duty, by the codes of bureaus that have any."""
    local = now.astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    rows = session.exec(
        select(DutyShift.organisation_code, DutyShift.user_id).where(
            col(DutyShift.organisation_code).in_(sorted(codes)),
            DutyShift.weekday == local.weekday(),
            col(DutyShift.starts) <= minute,
            col(DutyShift.ends) > minute,
        )
    )
    found: dict[str, set[str]] = {}
    for code, user in rows:
        found.setdefault(code, set()).add(user)
    return {code: frozenset(users) for code, users in found.items()}
