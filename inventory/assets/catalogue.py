"""The catalogue of models, and which devices are of which."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlmodel import Session, col
from sqlmodel import select as rows

from drivers.readings import Kind
from inventory.assets.money import checked_price
from inventory.errors import Invalid, ModelInUse, ModelKnown, NotFound
from inventory.ids import new_id
from inventory.models import CatalogueModel, Device
from inventory.repositories.scoped import Page, window

_MAX_MONTHS: Final = 600
_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWish:
    """All that is written of a model."""

    vendor: str
    model: str
    kind: Kind = Kind.unknown
    expected_life_months: int | None = None
    end_of_sale: date | None = None
    end_of_support: date | None = None
    end_of_security_patches: date | None = None
    list_price_cny: Decimal | None = None


def models(
    session: Session,
    *,
    search: str = "",
    kind: Kind | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Page[tuple[CatalogueModel, int]]:
    """Models by vendor and name, each with how many devices there are of it in all schools."""
    where: list[Any] = []
    if search.strip():
        escaped = re.sub(r"([/%_])", r"/\1", search.strip().lower())
        text = func.lower(col(CatalogueModel.vendor) + " " + col(CatalogueModel.model))
        where.append(text.like(f"%{escaped}%", escape="/"))
    if kind is not None:
        where.append(CatalogueModel.kind == kind)
    query = rows(CatalogueModel).where(*where)
    order = (col(CatalogueModel.vendor), col(CatalogueModel.model), col(CatalogueModel.id))
    found = session.exec(window(query.order_by(*order), offset, limit)).all()
    total = session.execute(select(func.count()).select_from(CatalogueModel).where(*where))
    grouped = session.execute(
        select(col(Device.catalogue_id), func.count())
        .where(col(Device.catalogue_id).in_([one.id for one in found]))
        .group_by(col(Device.catalogue_id))
    )
    counts = {row[0]: row[1] for row in grouped}
    return Page([(one, counts.get(one.id, 0)) for one in found], total.scalar_one())


def model_of(session: Session, model_id: str) -> CatalogueModel:
    """One model.

    Raises:
        NotFound: there is none.
    """
    found = session.get(CatalogueModel, model_id)
    if found is None:
        raise NotFound(key=model_id)
    return found


def model_named(session: Session, vendor: str | None, model: str | None) -> CatalogueModel | None:
    """The catalogue's row of a vendor and a model, however they are capitalised."""
    if not vendor or not model:
        return None
    query = rows(CatalogueModel).where(
        func.lower(col(CatalogueModel.vendor)) == vendor.strip().lower(),
        func.lower(col(CatalogueModel.model)) == model.strip().lower(),
    )
    return session.exec(query.order_by(col(CatalogueModel.id))).first()


def add_model(session: Session, wish: ModelWish) -> CatalogueModel:
    """Put a model into the catalogue; devices of that vendor and model are its own from then on.

    Raises:
        Invalid: a value that does not fit.
        ModelKnown: the catalogue has it.
    """
    return _keep(session, CatalogueModel(id=new_id("m"), vendor="", model=""), wish)


def change_model(session: Session, row: CatalogueModel, wish: ModelWish) -> CatalogueModel:
    """Write a model anew.

    Raises:
        Invalid, ModelKnown: as :func:`add_model`.
    """
    return _keep(session, row, wish)


def remove_model(session: Session, row: CatalogueModel) -> None:
    """Forget a model that no device is of.

    Raises:
        ModelInUse: there are devices of it.
    """
    count = session.execute(
        select(func.count()).select_from(Device).where(col(Device.catalogue_id) == row.id)
    ).scalar_one()
    if count:
        raise ModelInUse(key=row.model, count=count)
    session.delete(row)
    session.flush()


def link_devices(session: Session, models_: Sequence[CatalogueModel] | None = None) -> int:
    """Let devices without a model have that of their vendor and model; how many got one.

    By one statement past the trail: it is what the register follows from itself, and no person's
    change of a device.
    """
    device, model = Device.__table__, CatalogueModel.__table__  # type: ignore[attr-defined]
    same = (func.lower(model.c.vendor) == func.lower(device.c.vendor)) & (
        func.lower(model.c.model) == func.lower(device.c.model)
    )
    if models_ is not None:
        same &= model.c.id.in_([one.id for one in models_])
    fitting = select(func.min(model.c.id)).where(same).scalar_subquery()
    statement = (
        update(device)
        .where(device.c.catalogue_id.is_(None), device.c.vendor.is_not(None), fitting.is_not(None))
        .values(catalogue_id=fitting)
    )
    return session.connection().execute(statement).rowcount


def _keep(session: Session, row: CatalogueModel, wish: ModelWish) -> CatalogueModel:
    vendor, model = _name("vendor", wish.vendor), _name("model", wish.model)
    months, price = wish.expected_life_months, wish.list_price_cny
    if months is not None and not 1 <= months <= _MAX_MONTHS:
        raise Invalid(field="expected_life_months", reason=f"{months} (1-{_MAX_MONTHS})")
    price = None if price is None else checked_price("list_price_cny", price)
    known = model_named(session, vendor, model)
    if known is not None and known.id != row.id:
        raise ModelKnown(key=f"{vendor} {model}")
    row.vendor, row.model, row.kind = vendor, model, wish.kind
    row.expected_life_months, row.list_price_cny = months, price
    row.end_of_sale, row.end_of_support = wish.end_of_sale, wish.end_of_support
    row.end_of_security_patches = wish.end_of_security_patches
    session.add(row)
    session.flush()
    link_devices(session, [row])
    return row


def _name(field: str, text: str) -> str:
    wanted = text.strip()
    if not 1 <= len(wanted) <= _NAME or not wanted.isprintable():
        raise Invalid(field=field, reason=wanted[:40] or "-")
    return wanted
