"""Where agents look for devices: set by people within limits, sent to agents in their plan."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from sqlmodel import Session

from drivers.plan import Discovery, NamedAccess, SnmpAccess
from drivers.readings import Kind
from inventory.agent_plans.opened import Opened
from inventory.errors import Invalid, NotPrivate
from inventory.models import DiscoveryRange, DiscoverySettings
from inventory.repositories.plans import PlanRepository, SealedAccess
from inventory.repositories.proposals import DiscoveryRepository
from inventory.scope import Scope

Network: TypeAlias = IPv4Network | IPv6Network

#: A range is at most a /16 of IPv4, which takes half an hour at the usual rate. IPv6 is not swept.
LONGEST_IPV4, LONGEST_IPV6 = 16, 48
MOST_RANGES, MOST_SEEDS, MOST_PORTS = 64, 64, 4
SLOWEST, FASTEST = 1.0, 2_000.0
SHORTEST_INTERVAL, LONGEST_INTERVAL = 300.0, 30 * 86_400.0
_LARGEST_PORT = 65_535
_IPV4 = 4
#: Networks that are not the Internet: RFC 1918, 6598, 3927, 4193, 4291, and this machine.
_PRIVATE: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
            *("169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class RangeWish:
    """One network, as somebody wrote it."""

    network: str
    hosts: bool = False
    excluded: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class DiscoveryWish:
    """How devices are to be looked for in a school.

    Args:
        accept_kinds: what is accepted without asking where a credential worked.
        public: whether networks of the Internet are meant, too.
    """

    enabled: bool = True
    every_seconds: float = 86_400.0
    packets_per_second: float = 150.0
    crawl: bool = True
    ranges: Sequence[RangeWish] = ()
    seeds: Sequence[str] = ()
    ports: Sequence[int] = field(default=(161,))
    accept_kinds: Sequence[Kind] = ()
    public: bool = False


def set_discovery(session: Session, scope: Scope, school: str, wish: DiscoveryWish) -> None:
    """Look for devices of a school like this from now on; flushes, never commits.

    Raises:
        Invalid: no network, too large a one, one of the Internet, a number out of its limits.
        NotFound: no such school.
        OutOfScope: the school is outside the scope.
    """
    networks = {str(_network(one.network, wish.public)): one for one in wish.ranges}
    seeds = [_seed(seed, wish.public) for seed in wish.seeds]
    _check(wish)
    DiscoveryRepository(session, scope).replace(
        DiscoverySettings(
            school_code=school,
            enabled=wish.enabled,
            every_seconds=wish.every_seconds,
            packets_per_second=wish.packets_per_second,
            crawl=wish.crawl,
            seeds=json.dumps(list(dict.fromkeys(seeds))),
            ports=json.dumps(list(dict.fromkeys(wish.ports))),
            accept_kinds=json.dumps(sorted(set(wish.accept_kinds))),
        ),
        [
            DiscoveryRange(
                school_code=school,
                network=network,
                hosts=one.hosts and not one.excluded,
                excluded=one.excluded,
                note=one.note.strip(),
            )
            for network, one in networks.items()
        ],
    )


def get_discovery(session: Session, scope: Scope, school: str) -> DiscoveryWish | None:
    """How devices are looked for in a school; ``None`` where nobody has said."""
    repository = DiscoveryRepository(session, scope)
    settings = repository.settings(school)
    if settings is None:
        return None
    return DiscoveryWish(
        enabled=settings.enabled,
        every_seconds=settings.every_seconds,
        packets_per_second=settings.packets_per_second,
        crawl=settings.crawl,
        ranges=[
            RangeWish(row.network, row.hosts, row.excluded, row.note)
            for row in repository.ranges(school)
        ],
        seeds=json.loads(settings.seeds),
        ports=json.loads(settings.ports),
        accept_kinds=[Kind(kind) for kind in json.loads(settings.accept_kinds)],
    )


def accepted_kinds(session: Session, school: str) -> frozenset[Kind]:
    """Kinds of devices that a school accepts without asking."""
    settings = DiscoveryRepository(session, Scope.everything()).settings(school)
    return frozenset(map(Kind, json.loads(settings.accept_kinds))) if settings else frozenset()


def discoveries(
    register: PlanRepository, codes: Sequence[str], opened: Opened
) -> tuple[Discovery, ...]:
    """What a plan says of discovery: one entry a school that looks for devices.

    The school's own SNMP credentials are tried first, then shared ones, each in the order of
    their names; without any, version 2c with ``public``.
    """
    looking = register.looking(codes)
    if not looking:
        return ()
    schools = [row.school_code for row in looking]
    ranges, credentials = register.ranges(schools), register.to_try(schools)
    found = []
    for row in looking:
        seeds = tuple(json.loads(row.seeds))
        networks = [one for one in ranges if one.school_code == row.school_code]
        wanted = [one for one in networks if not one.excluded]
        if not (networks or seeds):
            continue
        found.append(
            Discovery(
                school=row.school_code,
                ranges=tuple(one.network for one in wanted),
                hosts=tuple(one.network for one in wanted if one.hosts),
                exclude=tuple(one.network for one in networks if one.excluded),
                seeds=seeds,
                credentials=_to_try(row.school_code, credentials, opened),
                ports=tuple(json.loads(row.ports)),
                crawl=row.crawl,
                packets_per_second=row.packets_per_second,
                every_seconds=row.every_seconds,
            )
        )
    return tuple(found)


def _to_try(
    code: str, credentials: Sequence[SealedAccess], opened: Opened
) -> tuple[NamedAccess, ...]:
    own = [one for one in credentials if one.school_code == code]
    shared = [one for one in credentials if one.school_code is None]
    accesses = opened.of((*own, *shared))
    return tuple(
        NamedAccess(key, access)
        for key, access in accesses.items()
        if isinstance(access, SnmpAccess)
    ) or (NamedAccess("", SnmpAccess()),)


def _network(text: str, public: bool) -> Network:
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise Invalid(field="network", reason=text[:64]) from None
    shortest = LONGEST_IPV4 if network.version == _IPV4 else LONGEST_IPV6
    if network.prefixlen < shortest:
        raise Invalid(field="network", reason=f"{network} (/{shortest})")
    unfit = network.is_multicast or network.is_reserved or network.is_unspecified
    if unfit or not (public or _is_private(network)):
        raise NotPrivate(key=str(network))
    return network


def _seed(text: str, public: bool) -> str:
    try:
        address = ip_address(text.strip())
    except ValueError:
        raise Invalid(field="seeds", reason=text[:64]) from None
    _network(str(address), public)
    return str(address)


def _is_private(network: Network) -> bool:
    return any(
        network.version == private.version
        and network.network_address in private
        and network.broadcast_address in private
        for private in _PRIVATE
    )


def _check(wish: DiscoveryWish) -> None:
    limits: Mapping[str, tuple[float, float, float]] = {
        "every_seconds": (wish.every_seconds, SHORTEST_INTERVAL, LONGEST_INTERVAL),
        "packets_per_second": (wish.packets_per_second, SLOWEST, FASTEST),
        "ranges": (len(wish.ranges), 0, MOST_RANGES),
        "seeds": (len(wish.seeds), 0, MOST_SEEDS),
        "ports": (len(wish.ports), 1, MOST_PORTS),
        **{f"ports[{n}]": (port, 1, _LARGEST_PORT) for n, port in enumerate(wish.ports)},
    }
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            raise Invalid(field=name, reason=f"{value:g} ({low:g}-{high:g})")
