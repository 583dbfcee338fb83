"""Totals of long lists are counted once a minute; those of short ones at every look."""

from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import text
from sqlmodel import Session

from inventory import kept_totals
from inventory.kept_totals import KEPT_SECONDS, WORTH_KEEPING, KeptTotals
from inventory.models import Device
from inventory.repositories import DeviceRepository, DeviceSort, device_page
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B, add_city, add_county


def test_a_total_is_kept_for_a_minute_and_a_small_one_not_at_all() -> None:
    now = [1_000.0]
    totals = KeptTotals(lambda: now[0])
    totals.keep("many", WORTH_KEEPING)
    totals.keep("few", WORTH_KEEPING - 1)
    now[0] += KEPT_SECONDS
    assert [totals.get(key) for key in ("many", "few", "other")] == [WORTH_KEEPING, None, None]
    now[0] += 1
    assert totals.get("many") is None


def test_those_that_were_kept_first_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_totals, "_MOST", 2)
    totals = KeptTotals()
    for key in (1, 2, 1, 3):
        totals.keep(key, WORTH_KEEPING)
    assert [totals.get(key) is None for key in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("many", [1, 100])
def test_a_list_has_one_total_in_every_order_and_each_filter_its_own(
    session: Session, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(kept_totals, "_kept", WeakKeyDictionary())
    monkeypatch.setattr(kept_totals, "WORTH_KEEPING", 1)
    monkeypatch.setattr(device_page, "MANY", many)
    add_city(session)
    for county in (A, B):
        add_county(session, county)
    everything, county = Scope.everything(), Scope.of([A.path])

    def total(scope: Scope = everything, **asked: object) -> int:
        return DeviceRepository(session, scope).page(now=NOW, **asked).total  # type: ignore[arg-type]

    otherwise = {"sort": DeviceSort.kind, "descending": True}
    before = total(), total(county), total(search="nowhere")
    school = session.get_one(Device, A.row("d")).school_code
    session.execute(
        text(
            "INSERT INTO device (id, school_code, name, kind, lifecycle, protocol, driver, ping,"
            " ssh_port, created_at) VALUES ('d-new', :school, 'New', 'switch', 'in_service',"
            " 'snmp', 'auto', false, 22, CURRENT_TIMESTAMP)"
        ),
        {"school": school},
    )
    # Few are put in order, and counted while that is done.
    assert total(**otherwise) == before[0] + (many == 100)
    assert total(county) == before[1] + 1
    assert total(search="nowhere") == 0
    assert total(school=school) == 2
