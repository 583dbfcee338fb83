"""Where devices may be looked for: private networks of a bearable size."""

import pytest
from sqlmodel import Session

from drivers.readings import Kind
from inventory.discovery import DiscoveryWish, RangeWish, get_discovery, set_discovery
from inventory.errors import Invalid, NotFound, NotPrivate, OutOfScope
from inventory.scope import Scope
from tests.inventory.city import A as COUNTY_A

EVERYTHING = Scope.everything()
A = COUNTY_A.point


def wish(*networks: str, **more: object) -> DiscoveryWish:
    ranges = [RangeWish(network) for network in networks]
    return DiscoveryWish(ranges=ranges, **more)  # type: ignore[arg-type]


def test_what_was_set_is_read_back_and_replaced(city: Session) -> None:
    wanted = DiscoveryWish(
        ranges=[RangeWish("10.1.0.0/22", hosts=True, note="printers")],
        seeds=["10.1.0.1"],
        accept_kinds=[Kind.switch],
        packets_per_second=50.0,
    )
    assert get_discovery(city, EVERYTHING, A) is None
    set_discovery(city, EVERYTHING, A, wanted)
    read = get_discovery(city, EVERYTHING, A)
    assert read is not None
    assert (read.ranges, read.seeds) == (wanted.ranges, wanted.seeds)
    assert (read.accept_kinds, read.packets_per_second) == ([Kind.switch], 50.0)
    set_discovery(city, EVERYTHING, A, wish("fd00:1::/64"))
    read = get_discovery(city, EVERYTHING, A)
    assert read is not None
    assert [one.network for one in read.ranges] == ["fd00:1::/64"]


@pytest.mark.parametrize("network", ["8.8.8.0/24", "2001:db8::/64", "202.96.0.0/20"])
def test_networks_of_the_internet_need_to_be_meant(city: Session, network: str) -> None:
    with pytest.raises(NotPrivate):
        set_discovery(city, EVERYTHING, A, wish(network))
    set_discovery(city, EVERYTHING, A, wish(network, public=True))


@pytest.mark.parametrize(
    "wrong",
    [
        wish("10.0.0.0/15"),
        wish("fd00::/40"),
        wish("224.0.0.0/24", public=True),
        wish("240.0.0.0/24", public=True),
        wish("school"),
        wish(seeds=["core-switch"]),
        wish(seeds=["8.8.8.8"]),
        wish(ports=[]),
        wish(ports=[0]),
        wish(packets_per_second=100_000.0),
        wish(every_seconds=10.0),
        wish(*(f"10.0.{n}.0/24" for n in range(65))),
    ],
)
def test_what_cannot_be_meant_is_refused(city: Session, wrong: DiscoveryWish) -> None:
    with pytest.raises(Invalid):
        set_discovery(city, EVERYTHING, A, wrong)


def test_nobody_looks_beyond_their_scope(city: Session) -> None:
    with pytest.raises(OutOfScope):
        set_discovery(city, Scope(("/99/",)), A, wish("10.1.0.0/24"))
    with pytest.raises(NotFound):
        set_discovery(city, EVERYTHING, "NOWHERE-1", wish("10.1.0.0/24"))
    set_discovery(city, EVERYTHING, A, wish("10.1.0.0/24"))
    assert get_discovery(city, Scope(("/99/",)), A) is None
