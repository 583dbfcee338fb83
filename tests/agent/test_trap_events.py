"""What traps become for the story of a device: told once, short, never a storm."""

import asyncio

from agent.watch import trap_events
from agent.watch.trap_events import TrapEvents, is_configuration_change
from drivers.traps.listener import TrapEvent
from drivers.traps.messages import Notification
from drivers.traps.vocabulary import Depth, builtin_vocabulary
from tests.agent.virtual_time import virtually

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"


def trap(kind, oid=LINK_DOWN, **told):
    return TrapEvent(kind, Depth.tables, Notification("127.0.0.1", oid, "2c", **told))


def told_of(*heard):
    """The events that become of traps (device, trap)."""
    events = []

    async def scenario():
        desk = TrapEvents(events.append, clock=lambda: 1_700_000_000.0)
        desk.know({"d1": "S1", "d2": "S2"})
        for id_, one in heard:
            desk.heard(id_, one)
        desk.close()
        return desk.told, desk.suppressed

    return events, asyncio.run(scenario())


def test_a_trap_becomes_an_event_of_its_device():
    [event], _ = told_of(("d1", trap("link_down", port_name="GE0/0/3", port_index=7)))

    assert (event.subject, event.school, event.kind) == ("d1", "S1", "link_down")
    assert event.fields == {"port": "GE0/0/3"}
    assert event.at == 1_700_000_000_000


def test_traps_of_vendors_and_of_nobody_are_named():
    events, _ = told_of(
        ("d1", trap("vendor:h3c_fan_failed")), ("d1", trap("unknown", "1.3.6.1.4.1.9999.1"))
    )

    assert [(e.kind, e.fields) for e in events] == [
        ("vendor_trap", {"trap": "h3c_fan_failed"}),
        ("unknown_trap", {"trap": "1.3.6.1.4.1.9999.1"}),
    ]


def test_the_same_thing_said_again_is_told_once_and_counted():
    again = ("d1", trap("link_down", port_name="GE0/0/3"))
    events, (told, suppressed) = told_of(again, again, again)

    assert [(event.kind, event.fields) for event in events] == [
        ("link_down", {"port": "GE0/0/3"}),
        ("traps_suppressed", {"count": "2"}),
    ]
    assert (told, suppressed) == (2, 2)


def test_a_storm_of_one_device_is_held_back_and_the_others_are_heard():
    storm = [("d1", trap("link_down", port_name=f"GE0/0/{n}")) for n in range(500)]
    events, (_, suppressed) = told_of(*storm, ("d2", trap("cold_start")))

    of_d1 = [event for event in events if event.subject == "d1"]
    assert len(of_d1) <= 22
    assert int(of_d1[-1].fields["count"]) == suppressed
    assert [event.kind for event in events if event.subject == "d2"] == ["cold_start"]


def test_what_was_held_back_is_summed_up_by_itself(monkeypatch):
    monkeypatch.setattr(trap_events, "_SUMMARY_SECONDS", 0.01)
    events = []

    async def scenario():
        desk = TrapEvents(events.append, clock=lambda: 0.0)
        desk.know({"d1": "S1"})
        for _ in range(3):
            desk.heard("d1", trap("warm_start"))
        await asyncio.sleep(0.05)

    virtually(scenario())
    assert [event.kind for event in events] == ["warm_start", "traps_suppressed"]


def test_devices_that_left_the_plan_are_forgotten():
    events = []

    async def scenario():
        desk = TrapEvents(events.append, clock=lambda: 0.0)
        desk.know({"d1": "S1"})
        desk.know({})
        desk.heard("d1", trap("cold_start"))

    asyncio.run(scenario())
    assert events == []


def test_changes_of_configurations_are_recognised():
    words = builtin_vocabulary()
    for oid in (
        "1.3.6.1.4.1.9.9.43.2.0.1",
        "1.3.6.1.4.1.2011.6.10.2.1",
        "1.3.6.1.4.1.25506.2.4.2.1",
    ):
        assert is_configuration_change(trap(words.meaning(oid).kind, oid))
    assert not is_configuration_change(trap("link_down"))
