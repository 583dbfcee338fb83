"""What a line is held against in tests: a standard of one's own, bound where it belongs."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count

from sqlmodel import Session, col, select

from inventory.models import (
    KeptStandard,
    Medium,
    Organisation,
    SchoolForm,
    Setting,
    StandardBinding,
)
from inventory.standards.documents import fingerprint, text_of
from inventory.standards.model import Flow, Measure, Scope, Standard, Target, Unit

_FROM = date(2020, 1, 1)
_numbers: Iterator[int] = count(1)


def demand(
    session: Session,
    mbps: Decimal | int | str,
    *,
    key: str = "",
    at: str | None = None,
    plan: str = "Plan",
    quote: str = "不低于100M",
    measure: Measure = Measure.access,
    flow: Flow | None = None,
    medium: Medium | None = None,
    setting: Setting | None = None,
    form: SchoolForm | None = None,
    since: date = _FROM,
    until: date | None = None,
) -> StandardBinding:
    """Ask so many Mbit/s of schools below a bureau; without one, below all that nobody is above.

    Args:
        key: id of the standard and (with a number behind it from the second on) of its bindings.
    """
    key = key or f"g-{next(_numbers)}"
    standard = Standard(
        code=f"asked-{key}".lower(),
        version=1,
        plan=plan,
        plan_translation=plan,
        targets=(
            Target(
                id="target",
                quote=quote,
                translation=quote,
                measure=measure,
                value=Decimal(mbps),
                unit=Unit.mbps,
                flow=flow,
                medium=medium,
                scope=Scope(settings=(setting,) if setting else (), forms=(form,) if form else ()),
            ),
        ),
    )
    session.add(
        KeptStandard(
            id=key, code=standard.code, version=1, title=plan, document=text_of(standard),
            fingerprint=fingerprint(standard), organisation_code=at,
        )
    )  # fmt: skip
    session.flush()
    tops = select(Organisation.code).where(col(Organisation.parent_code).is_(None))
    places = [at] if at else sorted(session.exec(tops))
    bindings = [
        StandardBinding(
            id=f"{key}-{number}" if number else key, standard_id=key, organisation_code=place,
            valid_from=since, valid_until=until,
        )
        for number, place in enumerate(places)
    ]  # fmt: skip
    session.add_all(bindings)
    session.flush()
    return bindings[0]
