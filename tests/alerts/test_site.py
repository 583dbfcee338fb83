"""What opens, what ends and who stays unsaid, of one school at one moment."""

from dataclasses import replace

import pytest

from alerts.judging.documents import shipped_rules
from alerts.judging.facts import (
    AgentFacts,
    DeviceFacts,
    Key,
    LineFacts,
    MeasureFacts,
    PortFacts,
    PowerFacts,
    Quiet,
    Site,
    Uplink,
)
from alerts.judging.hours import Hours
from alerts.judging.site import Verdicts, judge_site
from drivers.readings import Kind

NOW = 1_000_000.0
HOUR = 3_600.0
RULES = shipped_rules()


def device(
    name: str,
    kind: Kind = Kind.switch,
    *,
    down: float | None = None,
    up: float = NOW - 30 * HOUR,
    asked: float = NOW - 10,
    under: str = "",
    returns: int = 0,
    failures: int = 3,
) -> DeviceFacts:
    """Down for so many seconds, or up since a moment."""
    return DeviceFacts(
        id=name,
        kind=kind,
        alive=down is None,
        since=up if down is None else NOW - down,
        taken_at=asked,
        failures=0 if down is None else failures,
        agent="a1",
        uplinks=(Uplink(under, "ge1"),) if under else (),
        returns=returns,
    )


def agent(heard: float = 5.0, *, back: float = 50 * HOUR, school: str = "S1") -> AgentFacts:
    return AgentFacts(id="a1", school=school, heard_at=NOW - heard, back_at=NOW - back)


def site(*devices: DeviceFacts, box: AgentFacts | None = None, **facts: object) -> Site:
    return Site(
        code="S1",
        devices={one.id: one for one in devices},
        agents={"a1": box or agent()},
        **facts,  # type: ignore[arg-type]
    )


def judged(*devices: DeviceFacts, **facts: object) -> Verdicts:
    return judge_site(site(*devices, **facts), RULES, NOW)  # type: ignore[arg-type]


def opened(verdicts: Verdicts) -> list[Key]:
    return [one.key for one in verdicts.opens]


DOWN = Key("device_down", "sw")


def test_a_dead_switch_is_one_alert_with_those_behind_it() -> None:
    found = judged(
        device("sw", down=130),
        device("sub", down=120, under="sw"),
        device("ap", Kind.access_point, down=140, under="sub"),
        device("cam", Kind.camera, down=100, under="sw"),
    )
    assert opened(found) == [DOWN]
    assert found.opens[0].behind == ("ap", "cam", "sub")
    assert found.opens[0].definition == ("infrastructure_down", 1)


def test_a_device_asked_before_its_switch_waits_for_the_switch_s_word() -> None:
    ap = device("ap", Kind.access_point, down=70, under="sw")
    unasked = judged(ap, device("sw", asked=NOW - 71))
    assert opened(unasked) == []
    assert unasked.ask == ("sw",)
    assert unasked.next_at <= NOW + 20

    asked = judged(ap, device("sw", asked=NOW - 69))
    assert opened(asked) == [Key("device_down", "ap")]


def test_a_device_whose_switch_is_never_asked_is_told_of_after_a_while() -> None:
    ap = device("ap", Kind.access_point, down=301, under="sw")
    assert opened(judged(ap, device("sw", asked=NOW - HOUR))) == [Key("device_down", "ap")]


def test_a_device_has_time_to_come_back_after_its_switch_did() -> None:
    ap = device("ap", Kind.access_point, down=HOUR, under="sw")
    assert opened(judged(ap, device("sw", up=NOW - 60))) == []
    assert opened(judged(ap, device("sw", up=NOW - 301))) == [Key("device_down", "ap")]


@pytest.mark.parametrize(("dead", "roots"), [(1, ["ap"]), (2, ["sw1", "sw2"])])
def test_with_two_uplinks_one_that_works_is_enough(dead: int, roots: list[str]) -> None:
    ap = replace(device("ap", Kind.access_point, down=200), uplinks=(Uplink("sw1"), Uplink("sw2")))
    switches = [device(f"sw{n}", down=200 if n <= dead else None) for n in (1, 2)]
    found = sorted(key.subject for key in opened(judged(ap, *switches)))
    assert found == sorted({*roots, *(["sw1"] if dead == 1 else [])})


def test_a_ring_of_switches_ends_somewhere() -> None:
    one, two = device("s1", down=200, under="s2"), device("s2", down=200, under="s1")
    assert len(opened(judged(one, two))) == 1


def test_who_hangs_on_something_no_rule_speaks_of_speaks_for_itself() -> None:
    rules = replace(RULES, definitions=tuple(r for r in RULES.definitions if r.id != "device_down"))
    ap = device("sw2", down=200, under="x")
    unknown = device("x", Kind.unknown, down=200)
    found = judge_site(site(ap, unknown), rules, NOW)
    assert opened(found) == [Key("device_down", "sw2")]


def test_a_silent_agent_is_one_alert_and_says_nothing_of_its_devices() -> None:
    standing = {Key("device_down", "old"): NOW - HOUR}
    found = judged(
        device("sw", down=400),
        device("old", up=NOW - 400),
        box=agent(301),
        standing=standing,
    )
    assert opened(found) == [Key("agent_silent", "a1")]
    assert found.ends == ()


def test_an_agent_not_heard_for_two_minutes_is_waited_for() -> None:
    found = judged(device("sw", down=200), box=agent(120))
    assert opened(found) == []
    assert NOW < found.next_at <= NOW + 181


def test_a_power_cut_is_one_alert_of_the_ups() -> None:
    power = PowerFacts(device="ups", failed_at=NOW - 60, back_at=None, taken_at=NOW - 5)
    found = judged(
        device("sw", down=130),
        device("ap", Kind.access_point, down=110, under="sw"),
        device("ups", Kind.ups),
        powers=[power],
    )
    assert opened(found) == [Key("power_cut", "ups")]
    assert found.opens[0].behind == ("ap", "sw")


def test_a_device_waits_for_the_word_of_the_ups() -> None:
    power = PowerFacts(device="ups", failed_at=None, back_at=None, taken_at=NOW - 140)
    found = judged(device("sw", down=130), device("ups", Kind.ups), powers=[power])
    assert opened(found) == []
    assert found.ask == ("ups",)


@pytest.mark.parametrize(("minutes", "told"), [(10, []), (16, [DOWN])])
def test_what_stays_away_long_after_mains_are_back_is_told_of(
    minutes: int, told: list[Key]
) -> None:
    back = NOW - 60 * minutes
    power = PowerFacts(device="ups", failed_at=back - HOUR, back_at=back, taken_at=NOW - 5)
    down = device("sw", down=HOUR + 60 * minutes)
    assert opened(judged(down, device("ups", Kind.ups), powers=[power])) == told


def test_an_agent_that_falls_silent_on_battery_is_part_of_the_power_cut() -> None:
    power = PowerFacts(device="ups", failed_at=NOW - HOUR, back_at=None, taken_at=NOW - 400)
    standing = {Key("power_cut", "ups"): NOW - HOUR}
    found = judged(device("ups", Kind.ups), box=agent(400), powers=[power], standing=standing)
    assert opened(found) == []
    assert found.ends == ()


def test_a_box_that_came_back_without_its_ups_has_mains_again() -> None:
    """The battery died with them: the UPS is a fault of its own, and explains nobody any more."""
    out = PowerFacts(device="ups", failed_at=NOW - 4 * HOUR, back_at=None, taken_at=NOW - 10)
    told = Key("power_cut", "ups"), NOW - 4 * HOUR

    def look(back: float) -> Verdicts:
        ups, box = device("ups", Kind.ups, down=3 * HOUR), agent(back=back * HOUR)
        dead = device("sw", down=0.2 * HOUR)
        return judged(dead, ups, box=box, powers=[out], standing=dict([told]))

    assert opened(look(1)) == [DOWN, Key("device_down", "ups")]
    assert look(1).ends == (told[0],)
    # It was never away, or is only just back: nobody knows.
    assert [(opened(look(back)), look(back).ends) for back in (50, 0.2)] == [([], ()), ([], ())]


def test_an_agent_is_back_when_it_was_heard_for_a_while_not_when_it_was_heard_lately() -> None:
    silent = Key("agent_silent", "a1")
    # It called for four minutes, a minute ago.
    assert judged(box=agent(60, back=300), standing={silent: NOW - HOUR}).ends == ()
    assert judged(box=agent(0, back=300), standing={silent: NOW - HOUR}).ends == (silent,)


def test_a_school_nothing_of_which_answers_has_lost_its_line() -> None:
    line = LineFacts(id="l1", up=None, since=0, taken_at=0)
    devices = [device("fw", Kind.firewall, down=200), device("cam", Kind.camera, down=230)]
    elsewhere = agent(school="S0")
    found = judged(*devices, box=elsewhere, lines=[line], answered_at=NOW - 240)
    assert opened(found) == [Key("line_down", "l1")]
    assert found.opens[0].behind == ("cam", "fw")
    found = judged(*devices, box=elsewhere, lines=[line], answered_at=NOW - 10)
    assert sorted(opened(found)) == [Key("device_down", "cam"), Key("device_down", "fw")]


def test_a_line_that_probes_find_down_is_one_alert_until_it_works_for_a_while() -> None:
    down = LineFacts(id="l1", up=False, since=NOW - 200, taken_at=NOW - 5)
    assert opened(judged(lines=[down])) == [Key("line_down", "l1")]
    standing = {Key("line_down", "l1"): NOW - HOUR}
    for since, ends in ((100, ()), (301, (Key("line_down", "l1"),))):
        up = replace(down, up=True, since=NOW - since)
        assert judged(lines=[up], standing=standing).ends == ends


#: Yesterday from eight hours, and today from one hour before now.
SCHOOL = Hours([(NOW - 30 * HOUR, NOW - 22 * HOUR), (NOW - HOUR, NOW + 6 * HOUR)])


@pytest.mark.parametrize(
    ("kind", "hours", "told"),
    [
        (Kind.switch, 12, True),
        (Kind.access_point, 12, True),
        (Kind.whiteboard, 12, False),
        (Kind.terminal, 30, False),
    ],
)
def test_what_is_switched_off_at_night_is_not_down(kind: Kind, hours: float, told: bool) -> None:
    found = judged(device("d", kind, down=hours * HOUR), hours=SCHOOL)
    assert bool(found.opens) is told


def test_a_whiteboard_is_told_of_in_school_hours_after_days_of_them() -> None:
    days = [(NOW - n * 24 * HOUR - HOUR, NOW - n * 24 * HOUR + 5 * HOUR) for n in range(6)]
    board = device("d", Kind.whiteboard, down=110 * HOUR)
    assert opened(judged(board, hours=Hours(days))) == [Key("device_down", "d")]
    evening = Hours(days[1:])
    at_night = judged(board, hours=evening)
    assert opened(at_night) == []


def test_maintenance_keeps_quiet_about_its_devices_and_what_hangs_on_them() -> None:
    quiet = Quiet(NOW - HOUR, NOW + HOUR, frozenset({"sw"}))
    down = [device("sw", down=300), device("ap", Kind.access_point, down=290, under="sw")]
    found = judged(*down, device("other", down=300), quiets=[quiet])
    assert opened(found) == [Key("device_down", "other")]
    assert found.quieted == (DOWN,)
    assert found.next_at <= NOW + HOUR


@pytest.mark.parametrize(("ended", "told"), [(200, []), (301, [DOWN])])
def test_what_does_not_come_back_from_maintenance_is_told_of(ended: float, told: list[Key]) -> None:
    quiet = Quiet(NOW - HOUR, NOW - ended)
    assert opened(judged(device("sw", down=1_000), quiets=[quiet])) == told


def test_a_silence_may_be_about_one_rule() -> None:
    silence = Quiet(NOW - 1, NOW + 1, rules=frozenset({"agent_silent"}), reason="moving")
    assert opened(judged(device("sw", down=200), quiets=[silence])) == [DOWN]


@pytest.mark.parametrize(("returns", "wait"), [(1, 300), (2, 600), (3, 1_200), (9, 4_800)])
def test_an_alert_ends_when_its_device_stays_and_later_the_more_it_flaps(
    returns: int, wait: float
) -> None:
    standing = {DOWN: NOW - HOUR}
    for up, ends in ((wait - 1, ()), (wait, (DOWN,))):
        back = device("sw", up=NOW - up, returns=returns)
        assert judged(back, standing=standing).ends == ends


def test_a_flapping_port_is_one_alert_and_covers_the_device_on_it() -> None:
    port = PortFacts(device="sw", port="ge1", changes=7, changed_at=NOW - 20)
    ap = device("ap", Kind.access_point, down=130, under="sw")
    found = judged(device("sw"), ap, ports=[port])
    key = Key("port_flapping", "sw", "ge1")
    assert opened(found) == [key]
    assert found.opens[0].behind == ("ap",)

    told = {Key("device_down", "ap"): NOW - HOUR}
    assert opened(judged(device("sw"), ap, ports=[port], standing=told)) == []
    assert judged(device("sw"), standing={key: NOW - HOUR}).ends == (key,)


def test_a_value_beyond_its_level_opens_and_back_under_the_clear_level_ends() -> None:
    def heat(*celsius: float) -> list[MeasureFacts]:
        samples = [(NOW - 300 * (len(celsius) - 1 - n), one) for n, one in enumerate(celsius)]
        return [MeasureFacts(subject="sw", rule="temperature_high", part="cpu", samples=samples)]

    key = Key("temperature_high", "sw", "cpu")
    assert opened(judged(device("sw"), measures=heat(60, 75, 75))) == []
    assert opened(judged(device("sw"), measures=heat(75, 75, 75))) == [key]
    standing = {key: NOW - HOUR}
    for values, ends in (((65, 65, 65), ()), ((75, 61, 61), (key,))):
        assert judged(device("sw"), measures=heat(*values), standing=standing).ends == ends
    assert opened(judged(device("sw", down=10, failures=1), measures=heat(75, 75, 75))) == []


def test_the_nearest_definition_that_fits_counts_and_one_that_is_off_keeps_others_away() -> None:
    own = replace(RULES.definitions[0], id="own", enabled=False)
    found = judge_site(site(device("sw", down=200)), RULES.over([own]), NOW)
    assert opened(found) == []
