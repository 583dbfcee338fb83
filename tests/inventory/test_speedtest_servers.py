"""The register of test servers: what it takes, whose they are, which one a line is tested with."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from inventory.agent_plans.making import PlanSettings
from inventory.errors import Invalid, NotFound, OutOfScope, ServerAddressUnfit
from inventory.models import NetworkPath, Outlet, OutletKind, SpeedtestServer
from inventory.orchestration.ways import Ways
from inventory.outlets import save_outlet
from inventory.scope import Scope
from inventory.speedtest_servers import (
    Servers,
    SpeedtestServerRepository,
    clean_address,
    outside_addresses,
    save_server,
)
from tests.inventory.city import CITY, A, B

ALL = Scope.everything()
TODAY = date(2026, 9, 1)
_DAY = timedelta(days=1)
INSIDE, OUTSIDE = NetworkPath.inside, NetworkPath.outside


def server(bureau: str, address: str = "https://near", **said: Any) -> SpeedtestServer:
    fields: dict[str, Any] = {"name": "主机房", "path": INSIDE}
    return SpeedtestServer(id="", organisation_code=bureau, address=address, **fields | said)


def _ways(
    session: Session, school: str = A.school, path: str = A.school_path, **told: Any
) -> list[tuple[NetworkPath, str, int | None, str]]:
    settings = PlanSettings(**{"speedtest_server": "http://own"} | told)
    ways = Ways(session, TODAY, TODAY, settings).of(school, path, TODAY)
    return [(one.path, one.server, one.most, one.share.owner) for one in ways]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"note": "x" * 501}, "note"),
        ({"capacity_mbps": Decimal(0)}, "capacity_mbps"),
        ({"capacity_mbps": Decimal("NaN")}, "capacity_mbps"),
        ({"starts_on": TODAY, "ends_on": TODAY - _DAY}, "ends_on"),
    ],
)
def test_what_is_wrong_with_a_server_is_said(city: Session, said: Any, field: str) -> None:
    with pytest.raises(Invalid, match=field):
        save_server(city, ALL, server(CITY, **said))


@pytest.mark.parametrize(
    "address",
    ["", "near", "ftp://near", "https://", "https://u:p@near", "https://near?a=1", "https://a b",
     "https://near#x", "iperf3://near/path", "https://near:port", "https://" + "n" * 300],
)  # fmt: skip
def test_an_address_no_test_can_go_to_is_refused(address: str) -> None:
    with pytest.raises(ServerAddressUnfit):
        clean_address(address)


def test_an_address_is_kept_as_readings_name_it(city: Session) -> None:
    kept = save_server(city, ALL, server(CITY, " https://NEAR.example:8443/Speed/ "))
    assert kept.address == "https://near.example:8443/Speed"
    assert clean_address("iperf3://[2001:db8::1]:5201/") == "iperf3://[2001:db8::1]:5201"


def test_bureaus_keep_their_own_servers_and_read_those_above(two_counties: Session) -> None:
    session = two_counties
    above, ours = (save_server(session, ALL, server(code)) for code in (CITY, A.code))
    theirs = save_server(session, ALL, server(B.code))
    repository = SpeedtestServerRepository(session, A.scope)
    assert [one.id for one in repository.all()] == [above.id, ours.id]
    assert (repository.get(theirs.id), repository.get(above.id)) == (None, above)
    at_school = SpeedtestServerRepository(session, Scope.of([A.school_path]))
    assert [one.id for one in at_school.all(TODAY)] == [above.id, ours.id]
    for bureau in (B.code, CITY):
        with pytest.raises(OutOfScope):
            save_server(session, A.scope, server(bureau))
    with pytest.raises(OutOfScope):
        repository.remove(above)
    with pytest.raises(NotFound):
        save_server(session, ALL, server("9999"))
    repository.remove(ours)
    assert [one.id for one in repository.all()] == [above.id]


def test_the_nearest_bureaus_server_comes_first_and_settings_stand_in(
    two_counties: Session,
) -> None:
    session = two_counties
    own = [(INSIDE, "http://own", None, "")]
    assert _ways(session) == own
    save_server(session, ALL, server(CITY, "https://city", starts_on=TODAY))
    save_server(session, ALL, server(CITY, "https://far", path=OUTSIDE))
    near = save_server(session, ALL, server(A.code, capacity_mbps=Decimal(300)))
    far = (OUTSIDE, "https://far", None, "")
    assert _ways(session) == [(INSIDE, "https://near", 300_000_000, ""), far]
    assert _ways(session, B.school, B.school_path) == [(INSIDE, "https://city", None, ""), far]
    # A school's own server in the settings is the nearest; an empty one lets it go without.
    assert _ways(session, speedtest_servers={A.school: "http://s"})[0][1] == "http://s"
    assert _ways(session, speedtest_servers={A.school: ""}) == []
    # One that lies outside is taken for what it is.
    told = {"speedtest_servers": {A.school: "https://far/"}}
    assert [one[:2] for one in _ways(session, **told)] == [
        (INSIDE, "https://near"), (OUTSIDE, "https://far/"),
    ]  # fmt: skip
    near.ends_on = TODAY - _DAY
    session.flush()
    assert [one[1] for one in _ways(session)] == ["https://city", "https://far"]
    servers = Servers.read(session, TODAY - 30 * _DAY, TODAY + 30 * _DAY)
    assert servers.at(A.school_path, TODAY - _DAY, INSIDE) is not None
    assert servers.until(A.school_path, TODAY - 3 * _DAY) == TODAY - _DAY
    assert servers.until(A.school_path, TODAY) is None


def test_a_new_server_takes_over_on_its_first_day(city: Session) -> None:
    save_server(city, ALL, server(CITY, "https://old"))
    save_server(city, ALL, server(CITY, "https://new", starts_on=TODAY))
    servers = Servers.read(city, TODAY - _DAY, TODAY)
    found = [servers.at(A.school_path, TODAY + n * _DAY, INSIDE) for n in (-1, 0)]
    assert [one.address if one else "" for one in found] == ["https://old", "https://new"]
    assert servers.until(A.school_path, TODAY - _DAY) == TODAY - _DAY


def test_the_settings_server_may_turn_out_to_lie_outside(city: Session) -> None:
    save_server(city, ALL, server(CITY, "http://own", path=OUTSIDE))
    assert _ways(city) == [(OUTSIDE, "http://own", None, "")]
    assert outside_addresses(city, TODAY) == {"http://own"}
    save_server(city, ALL, server(A.code, "http://own", path=INSIDE))
    assert outside_addresses(city, TODAY) == frozenset()


def test_tests_across_an_outlet_take_their_share_of_it(two_counties: Session) -> None:
    session = two_counties
    save_server(session, ALL, server(CITY, "https://far", path=OUTSIDE))

    def outlet(bureau: str, down: int, up: int, **said: Any) -> None:
        row = Outlet(
            id="", organisation_code=bureau, provider="电信", down_mbps=Decimal(down),
            up_mbps=Decimal(up), **said,
        )  # fmt: skip
        save_outlet(session, ALL, row)

    def most(path: str = A.school_path) -> tuple[int | None, str]:
        found = _ways(session, path=path, most_bits_per_second=400_000_000, outlet_share=0.25)
        return found[-1][2:]

    assert most() == (400_000_000, "")
    outlet(CITY, 8000, 4000)
    outlet(CITY, 8000, 4000)
    outlet(CITY, 10_000, 10_000, kind=OutletKind.backbone)
    outlet(A.code, 1000, 1000, starts_on=TODAY + _DAY)
    assert most() == (2_000_000_000, CITY)
    outlet(A.code, 800, 1000)
    assert most() == (200_000_000, A.code)
    assert most(B.school_path) == (2_000_000_000, CITY)
    ways = Ways(session, TODAY, date.max, PlanSettings())
    assert ways.until(A.school_path, TODAY) == TODAY
