"""Which bureau or provider many dark schools are told of: thresholds, edges, causes at once."""

from collections.abc import Iterable

import pytest

from alerts.judging.conditions import AlertFlood, SitesDark
from alerts.judging.storms import (
    Dark,
    Watched,
    find_storms,
    flooded,
    is_past,
    needed,
)

NOW = 1_000_000.0
RULE = SitesDark()


def sites(bureau: str, count: int, *providers: str, first: int = 0) -> list[Watched]:
    return [
        Watched(f"{bureau}S{number:04d}/", frozenset(providers or ("Telecom",)))
        for number in range(first, first + count)
    ]


def dark(some: Iterable[Watched], at: float = NOW) -> list[Dark]:
    return [Dark(one, at) for one in some]


def found(
    gone: list[Dark], watched: list[Watched], rule: SitesDark | None = RULE
) -> list[tuple[str, str, int]]:
    storms = find_storms(gone, watched, lambda _: rule, NOW)
    return sorted((one.path, one.provider, len(one.sites)) for one in storms)


@pytest.mark.parametrize(
    ("watched", "need"), [(10, 10), (50, 10), (200, 10), (201, 11), (400, 20), (2_000, 100)]
)
def test_the_number_that_makes_a_storm_grows_with_a_bureau(watched: int, need: int) -> None:
    assert needed(RULE, watched) == need


def test_one_school_less_is_no_storm() -> None:
    county = sites("/33/3304/", 50)
    assert found(dark(county[:9]), county) == []
    assert found(dark(county[:10]), county) == [("/33/3304/", "", 10)]
    assert found(dark(county[:10]), county, None) == []


def test_only_what_went_dark_within_the_span_counts() -> None:
    county = sites("/3304/", 50)
    early = dark(county[:5], NOW - RULE.within - 1)
    assert found(early + dark(county[5:10]), county) == []
    assert found(dark(county[:5], NOW - RULE.within) + dark(county[5:10]), county) != []
    # Of those that fell by and by only the largest wave is told of.
    assert found(early + dark(county[5:15]), county) == [("/3304/", "", 10)]


def test_a_storm_waits_until_the_first_of_its_schools_is_due() -> None:
    county = sites("/3304/", 50)
    assert found(dark(county[:20], NOW + 1), county) == []
    assert found(dark(county[:1]) + dark(county[1:20], NOW + 200), county) == [("/3304/", "", 20)]


def test_a_provider_is_named_where_others_still_work() -> None:
    telecom, mobile = sites("/3304/", 20, "Telecom"), sites("/3304/", 30, "Mobile", first=20)
    county = telecom + mobile
    assert found(dark(telecom), county) == [("/3304/", "Telecom", 20)]
    # One of the others is dark for a reason of its own, and stays its own alert.
    assert found(dark(telecom + mobile[:1]), county) == [("/3304/", "Telecom", 20)]
    # All of both: it is the bureau that is cut off.
    assert found(dark(county), county) == [("/3304/", "", 50)]
    # A school with two lines is dark only when both are gone.
    both = sites("/3304/", 12, "Telecom", "Mobile", first=50)
    assert found(dark(telecom + both), county + both) == [("/3304/", "Telecom", 32)]


def test_two_counties_cut_off_at_once_are_two_storms_and_all_of_them_one() -> None:
    counties = [sites(f"/33/330{number}/", 40) for number in range(4)]
    city = [one for county in counties for one in county]
    assert found(dark(counties[0] + counties[1]), city) == [
        ("/33/3300/", "", 40),
        ("/33/3301/", "", 40),
    ]
    assert found(dark(city), city) == [("/33/", "", 160)]
    # A single school elsewhere does not make it the whole city's.
    assert found(dark(counties[2] + counties[3][:1]), city) == [("/33/3302/", "", 40)]


def test_two_causes_at_once_of_a_provider_and_of_a_county() -> None:
    mixed = sites("/33/3300/", 20, "Telecom") + sites("/33/3300/", 20, "Mobile", first=20)
    cut = sites("/33/3301/", 40, "Unicom")
    others = sites("/33/3302/", 40, "Telecom") + sites("/33/3303/", 40, "Mobile")
    assert found(dark(mixed[:20] + cut), mixed + cut + others) == [
        ("/33/3300/", "Telecom", 20),
        ("/33/3301/", "", 40),
    ]


def test_a_provider_that_fails_in_the_whole_city_is_one_storm() -> None:
    city, gone = [], []
    for county in range(5):
        gone += sites(f"/33/330{county}/", 15, "Telecom")
        city += sites(f"/33/330{county}/", 25, "Mobile", first=15)
    assert found(dark(gone), city + gone) == [("/33/", "Telecom", 75)]


def test_few_in_each_part_are_told_of_together() -> None:
    towns = [sites(f"/3304/T{number}/", 5) for number in range(6)]
    county = [one for town in towns for one in town]
    gone = [one for town in towns[:3] for one in town]
    assert found(dark(gone), county) == [("/3304/", "", 15)]


@pytest.mark.parametrize(
    ("left", "ever", "calm_for", "past"),
    [
        (0, 40, 0.0, True),
        (4, 40, 600.0, True),
        (4, 40, 599.0, False),
        (8, 40, 600.0, True),  # a fifth
        (9, 40, 600.0, False),
        (4, 12, 600.0, True),
        (5, 12, 600.0, False),
        (10, 60, 600.0, False),  # so many would be a storm again
    ],
)
def test_a_storm_is_over_when_most_are_back_for_a_while(
    left: int, ever: int, calm_for: float, past: bool
) -> None:
    assert is_past(left, ever, 10, calm_for=calm_for, clear_after=600.0) is past


def test_a_flood_is_told_of_the_lowest_bureau_that_has_it() -> None:
    rule = AlertFlood(alerts=5)
    ten = [("/33/3301/S1/", NOW)] * 6 + [("/33/3302/S2/", NOW)] * 4
    assert flooded(ten, lambda _: rule, NOW) == "/33/3301/"
    spread = [(f"/33/330{number}/S/", NOW) for number in range(6)]
    assert flooded(spread, lambda _: rule, NOW) == "/33/"
    assert flooded(spread[:5], lambda _: rule, NOW) is None
    assert flooded(spread, lambda _: None, NOW) is None
    old = [(path, NOW - rule.within) for path, _ in spread]
    assert flooded(old, lambda _: rule, NOW) is None
