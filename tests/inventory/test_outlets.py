"""The register of outlets: what it takes, and whose they are."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import Level, Organisation, Outlet, OutletKind
from inventory.outlets import OutletRepository, save_outlet
from inventory.scope import Scope
from tests.inventory.city import CITY, A, B

ALL = Scope.everything()
TODAY = date(2026, 9, 1)


def outlet(bureau: str, **said: Any) -> Outlet:
    fields: dict[str, Any] = {
        "provider": "电信",
        "down_mbps": Decimal(2000),
        "up_mbps": Decimal(2000),
    }
    return Outlet(id="", organisation_code=bureau, **fields | said)


def test_outlets_run_from_day_to_day(two_counties: Session) -> None:
    session = two_counties
    save_outlet(session, ALL, outlet(CITY, ends_on=date(2026, 8, 31)))
    running = save_outlet(session, ALL, outlet(CITY, starts_on=TODAY, kind=OutletKind.backbone))
    county = save_outlet(session, ALL, outlet(A.code))
    repository = OutletRepository(session, ALL)
    assert len(repository.below()) == 3
    assert [one.id for one in repository.below(on=TODAY)] == [running.id, county.id]
    assert [one.id for one in repository.below(A.path)] == [county.id]
    repository.remove(county)
    assert repository.get(county.id) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("provider", " "),
        ("provider", "x" * 201),
        ("note", "x" * 501),
        ("down_mbps", Decimal(0)),
        ("up_mbps", Decimal("NaN")),
        ("up_mbps", Decimal(10) ** 7),
        ("ends_on", date(2025, 1, 1)),
    ],
)
def test_what_is_wrong_with_an_outlet_is_said(city: Session, field: str, value: Any) -> None:
    with pytest.raises(Invalid, match=field):
        save_outlet(city, ALL, outlet(CITY, **{"starts_on": TODAY, field: value}))


def test_a_bureau_reads_and_writes_its_own_outlets(two_counties: Session) -> None:
    session = two_counties
    theirs = save_outlet(session, ALL, outlet(B.code))
    above = save_outlet(session, ALL, outlet(CITY))
    ours = OutletRepository(session, A.scope)
    assert ours.below() == []
    assert (ours.get(theirs.id), ours.get(above.id)) == (None, None)
    for bureau in (B.code, CITY):
        with pytest.raises(OutOfScope):
            save_outlet(session, A.scope, outlet(bureau))
    with pytest.raises(OutOfScope):
        ours.remove(theirs)
    with pytest.raises(NotFound):
        save_outlet(session, ALL, outlet("9999"))
    township = Organisation(
        code="33A1", name="T", level=Level.township, parent_code=A.code, path=f"{A.path}33A1/"
    )
    session.add(township)
    session.flush()
    with pytest.raises(Invalid, match="organisation_code"):
        save_outlet(session, ALL, outlet("33A1"))
