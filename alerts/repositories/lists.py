"""What is on the lists of schools that somebody is to look through."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from cryptography import x509
from sqlmodel import Session, col, select

from alerts.judging.conditions import Ends
from alerts.judging.lists import Entry
from inventory.assets.tags import tags_of
from inventory.days import ZONE, day_of
from inventory.models import (
    Broker,
    CatalogueModel,
    Contradiction,
    Device,
    ItemState,
    Lifecycle,
    Proposal,
    ReconciliationItem,
)

#: Entries by the code of their school.
BySchool = Mapping[str, Sequence[Entry]]
_AT_ONCE = 1_000


def unknown_devices(session: Session) -> BySchool:
    """Devices that the network shows and the register has not, unless somebody spoke of them."""
    query: Any = (
        select(ReconciliationItem.school_code, ReconciliationItem.shown, ReconciliationItem.place)
        .add_columns(col(ReconciliationItem.first_at), col(Proposal.kind), col(Proposal.model))
        .outerjoin(Proposal, col(Proposal.id) == ReconciliationItem.proposal_id)
        .where(
            col(ReconciliationItem.state) == ItemState.open,
            col(ReconciliationItem.kind) == Contradiction.unknown_device,
        )
    )
    found: dict[str, list[Entry]] = defaultdict(list)
    for school, shown, place, first_at, kind, model in session.exec(query):
        named = {} if kind is None else {"kind": kind, "model": model or ""}
        found[school].append(Entry(_at_place(shown, place), first_at.timestamp(), **named))
    return found


def in_service(session: Session, seen: Mapping[str, float]) -> BySchool:
    """Those of some devices that are in service.

    Args:
        session: only reads.
        seen: since when each is on the list, by its id.
    """
    found: dict[str, list[Entry]] = defaultdict(list)
    ids = sorted(seen)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        query = select(Device).where(
            col(Device.id).in_(some), col(Device.lifecycle) == Lifecycle.in_service
        )
        for one in session.exec(query):
            found[one.school_code].append(
                Entry(
                    one.name,
                    seen[one.id],
                    subject=one.id,
                    kind=one.kind,
                    model=one.model or "",
                    tags=tags_of(one.custom_fields),
                )
            )
    return found


def endings(session: Session, now: datetime, within: timedelta) -> Mapping[Ends, BySchool]:
    """Terms that end from today on, and no later than so long from now."""
    first, last = day_of(now), day_of(now + within)
    return {
        Ends.warranty: _by_school(_of_devices(session, Device.warranty_until, first, last)),
        Ends.support: _by_school(_of_devices(session, CatalogueModel.end_of_support, first, last)),
        Ends.certificate: _by_school(_certificates(session, first, last)),
    }


def _of_devices(
    session: Session, column: Any, first: date, last: date
) -> Iterator[tuple[str, Entry]]:
    """Devices by what people buy them as: a delivery is one name, however many came."""
    query: Any = (
        select(Device.school_code, Device.id, Device.name, Device.kind)
        .add_columns(col(Device.vendor), col(Device.model), col(Device.custom_fields), column)
        .outerjoin(CatalogueModel, col(CatalogueModel.id) == Device.catalogue_id)
        .where(
            col(Device.lifecycle) == Lifecycle.in_service,
            col(Device.is_personal).is_(False),
            col(column) >= first,
            col(column) <= last,
        )
    )
    for school, device, name, kind, vendor, model, fields, day in session.exec(query):
        title = " ".join(filter(None, (vendor, model))) if model else name
        entry = Entry(
            title,
            _end_of(day),
            day.isoformat(),
            subject=device,
            kind=kind,
            model=model or "",
            tags=tags_of(fields),
        )
        yield school, entry


def _certificates(session: Session, first: date, last: date) -> Iterator[tuple[str, Entry]]:
    """Certificates of brokers: whom the box trusts there, and what it shows of itself."""
    query: Any = select(Broker.school_code, Broker.url, Broker.ca, Broker.certificate)
    for school, url, *texts in session.exec(query):
        for day in filter(None, map(_last_day, texts)):
            if first <= day <= last:
                yield school, Entry(url, _end_of(day), day.isoformat())


def _last_day(text: str | None) -> date | None:
    """The last day of the first that ends of some certificates; ``None`` where none is told."""
    if not text:
        return None
    try:
        told = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return None
    return day_of(min(one.not_valid_after_utc for one in told))


def _end_of(day: date) -> float:
    return datetime.combine(day + timedelta(days=1), time(), ZONE).timestamp()


def _by_school(entries: Iterable[tuple[str, Entry]]) -> BySchool:
    found: dict[str, list[Entry]] = defaultdict(list)
    for school, entry in entries:
        found[school].append(entry)
    return found


def _at_place(shown: str, place: str) -> str:
    return f"{shown} ({place})" if place and place != shown else shown
