"""What stands open at devices: telnet, and accesses that anybody would try first."""

import asyncio
import logging

import pytest

from agent.watch.doors import Doors, access_of, knock
from drivers.errors import NoAnswer
from drivers.plan import MqttAccess, PjlinkAccess, Plan, SnmpAccess, SshAccess, Target
from drivers.readings import Poll
from tests.agent.virtual_time import virtually


def switch(id_: str, community: str = "a7!kQ", **more: object) -> Target:
    return Target(id_, "S1", f"10.0.0.{id_}", snmp=SnmpAccess(community=community), **more)  # type: ignore[arg-type]


class Street:
    """Doors in place of a network: an exception is raised, anything else is the answer."""

    def __init__(self, **answers: bool | Exception | None) -> None:
        self.answers = {name.strip("_"): answer for name, answer in answers.items()}
        self.asked: list[tuple[str, int]] = []

    async def knock(self, address: str, port: int) -> bool | None:
        self.asked.append((address, port))
        answer = self.answers[address.rpartition(".")[2]]
        if isinstance(answer, Exception):
            raise answer
        return answer


def looked(street: Street, *targets: Target, seconds: float = 500, away: str = "") -> list[Poll]:
    polls: list[Poll] = []

    async def story() -> None:
        doors = Doors(
            polls.append, lambda id_: id_ != away, clock=lambda: 1_000.0, knock=street.knock
        )
        plan = Plan("1", "a", ("S1",), targets)
        await doors.follow(plan)
        await doors.follow(plan)  # nothing changed
        await asyncio.sleep(seconds)
        await doors.close()

    virtually(story())
    return polls


def test_a_device_is_told_open_or_shut_and_one_that_is_away_says_nothing() -> None:
    street = Street(_1=True, _2=False, _3=None, _4=OSError("odd"), _5=True)
    polls = looked(street, *(switch(str(one)) for one in range(1, 6)), away="5")
    told = {one.subject: one.blocks[0].columns["telnet_open"] for one in polls}
    # What answers us elsewhere and is silent here is shut; a surprise says nothing.
    assert told == {"1": [1.0], "2": [0.0], "3": [0.0]}
    assert all(one.beside and one.school == "S1" for one in polls)
    assert {port for _, port in street.asked} == {23}


def test_every_device_is_looked_at_once_an_hour_and_others_not_at_all() -> None:
    street = Street(_1=False, _2=False)
    others = [
        Target("9", "S1", "10.0.0.9", ping=True),
        Target("8", "S1", mqtt=MqttAccess("p", "c")),
    ]
    looked(street, switch("1"), switch("2"), *others, seconds=3 * 3_600 + 430)
    assert [address[-1] for address, _ in street.asked] == ["1", "2"] * 4


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (switch("1", "public"), {"community_known": True}),
        (switch("1", "Private "), {"community_known": True}),
        (switch("1"), {"community_known": False}),
        # Version 3 has no community, whatever the field holds.
        (Target("1", "S1", "a", snmp=SnmpAccess("3", user="ops")), {}),
        (
            switch("1", ssh=SshAccess("Admin", "huawei_vrp", "Admin@123")),
            {"community_known": False, "login_default": True},
        ),
        (
            switch("1", ssh=SshAccess("ops", "huawei_vrp", "Admin@123")),
            {"community_known": False, "login_default": False},
        ),
        (
            switch("1", ssh=SshAccess("admin", "huawei_vrp", private_key="KEY")),
            {"community_known": False},
        ),
        (Target("1", "S1", "a", pjlink=PjlinkAccess("panasonic")), {"login_default": True}),
        # Most projectors ask for none: there is nothing to change.
        (Target("1", "S1", "a", pjlink=PjlinkAccess()), {}),
    ],
)
def test_accesses_that_anybody_would_try_first(target: Target, told: dict[str, bool]) -> None:
    assert dict(access_of(target)) == told


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        # The better of two looks an hour apart; the first alone says nothing.
        ((900.0, 880.0, 3.0, 4.0), [None, 880.0, 3.0, 3.0]),
        ((900.0, None, 880.0, 870.0), [None, None, None, 870.0]),
        ((900.0, NoAnswer(), 880.0, 870.0), [None, None, None, 870.0]),
        ((900.0, OSError("odd"), 880.0, 870.0), [None, None, None, 870.0]),
    ],
)
def test_a_clock_is_wrong_that_was_wrong_an_hour_before(
    errors: tuple[float | Exception | None, ...], told: list[float | None]
) -> None:
    answers = iter(errors)
    polls: list[Poll] = []

    async def clock_error(_: Target) -> float | None:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def story() -> None:
        street = Street(_1=False)
        doors = Doors(
            polls.append,
            lambda _: True,
            clock=lambda: 1_000.0,
            knock=street.knock,
            clock_error=clock_error,
        )
        await doors.follow(Plan("1", "a", ("S1",), (switch("1"),)))
        await asyncio.sleep(3 * 3_600 + 430)
        await doors.close()

    virtually(story())
    found = [one.blocks[0].columns.get("clock_error_seconds", [None]) for one in polls]
    assert found == [[one] for one in told]


def test_no_secret_is_in_what_is_told_or_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    access = SshAccess("admin", "huawei_vrp", "Admin@123")
    street = Street(_1=True, _2=OSError("odd"))
    polls = looked(street, switch("1", "public", ssh=access), switch("2", "public", ssh=access))
    columns = {"telnet_open": [1.0], "community_known": [1.0], "login_default": [1.0]}
    assert [one.blocks[0].columns for one in polls] == [columns]
    said = caplog.text + repr(polls)
    assert "public" not in said
    assert "Admin@123" not in said


def test_a_real_door_is_open_while_somebody_listens() -> None:
    async def story() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        assert await knock("127.0.0.1", port) is True
        server.close()
        await server.wait_closed()
        assert await knock("127.0.0.1", port) is False
        assert await knock("no such host.invalid", port) is None

    asyncio.run(story())
