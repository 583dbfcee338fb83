"""Commands: done once, in time, answered; over redeliveries, failures and restarts."""

import asyncio
from pathlib import Path

import pytest

from agent.centre.commands import Commands, Ended
from agent.centre.journal import Journal
from drivers.plan import Command
from drivers.readings import CommandResult


class Box:
    """A box whose process may end and begin again over the same state directory."""

    def __init__(self, folder: Path, disk):
        self.folder = folder
        self.disk = disk
        self.done: list[str] = []
        self.results: list[CommandResult] = []
        self.begun = asyncio.Event()
        self.hold: asyncio.Event | None = None
        self.begin_anew()

    def begin_anew(self):
        self.journal = Journal(self.folder)
        self.journal.load()
        self.commands = Commands(
            {"poll_now": self.duty, "disable_port": self.duty, "restart": self.duty},
            self.journal,
            self.results.append,
            self.disk,
            clock=lambda: 1_700_000_000.0,
        )

    async def duty(self, command):
        self.done.append(command.id)
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        if command.arguments.get("fail"):
            raise RuntimeError("no such thing")
        return Ended(fields={"subject": command.subject or ""}, attachment=b"file")

    async def settle(self):
        for _ in range(6_000):
            await asyncio.sleep(0.005)
            if not self.commands._running:
                return


@pytest.fixture
def box(tmp_path, disk):
    return Box(tmp_path, disk)


def command(id_="c1", kind="poll_now", seconds=60.0, **changes):
    return Command(id_, kind, seconds, **changes)


def test_a_command_is_done_and_answered(box):
    async def scenario():
        box.commands.take([command(subject="d1")])
        await box.settle()

    asyncio.run(scenario())

    [result] = box.results
    assert (result.command, result.state, result.fields) == ("c1", "done", {"subject": "d1"})
    assert result.at == 1_700_000_000_000


def test_a_command_that_comes_twice_is_done_once_and_answered_twice(box):
    async def scenario():
        box.commands.take([command(), command()])
        box.commands.take([command()])
        await box.settle()
        box.commands.take([command()])
        await box.settle()

    asyncio.run(scenario())

    assert box.done == ["c1"]
    assert [result.state for result in box.results] == ["done", "done"]


def test_it_is_not_done_again_after_a_restart_but_answered_from_the_journal(box):
    async def scenario():
        box.commands.take([command()])
        await box.settle()
        box.begin_anew()
        await box.commands.recover()
        box.commands.take([command()])
        await box.settle()

    asyncio.run(scenario())

    assert box.done == ["c1"]
    assert [result.state for result in box.results] == ["done", "done"]


def test_an_order_under_way_when_the_process_ends_is_reported_uncertain_and_not_repeated(box):
    async def scenario():
        box.hold = asyncio.Event()
        box.commands.take([command("c2", "disable_port")])
        await box.begun.wait()
        await box.commands.close()
        box.begin_anew()
        await box.commands.recover()
        box.commands.take([command("c2", "disable_port")])
        await box.settle()

    asyncio.run(scenario())

    assert box.done == ["c2"]
    assert {result.state for result in box.results} == {"failed"}
    assert box.results[0].fields == {"result": "uncertain"}


def test_a_restart_is_done_when_the_next_run_begins_and_does_not_loop(box):
    async def scenario():
        box.hold = asyncio.Event()
        box.commands.take([command("c3", "restart")])
        await box.begun.wait()
        await box.commands.close()
        box.begin_anew()
        await box.commands.recover()
        box.commands.take([command("c3", "restart")])
        await box.settle()

    asyncio.run(scenario())

    assert box.done == ["c3"]
    assert {result.state for result in box.results} == {"done"}


def test_what_comes_too_late_is_not_done(box):
    async def scenario():
        box.commands.take([command(seconds=0.0), command("c2", seconds=-30.0)])
        await box.settle()

    asyncio.run(scenario())

    assert box.done == []
    assert [result.state for result in box.results] == ["expired", "expired"]


def test_what_takes_too_long_is_broken_off(box):
    async def scenario():
        box.hold = asyncio.Event()
        box.commands.take([command(seconds=0.5)])
        while not box.results:  # noqa: ASYNC110 - results are a list
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(scenario(), 60))

    [result] = box.results
    assert (result.state, result.detail) == ("failed", "not done in time")


def test_a_kind_nobody_knows_is_refused(box):
    async def scenario():
        box.commands.take([command(kind="make_coffee")])
        await box.settle()

    asyncio.run(scenario())

    assert box.results[0].state == "refused"


def test_a_duty_that_breaks_is_a_failed_command(box):
    async def scenario():
        box.commands.take([command(arguments={"fail": "yes"})])
        await box.settle()

    asyncio.run(scenario())

    assert box.results[0].state == "failed"
    assert "no such thing" in box.results[0].detail


def test_without_a_journal_nothing_is_done(box, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("agent.centre.journal.write_private", full)

    async def scenario():
        box.commands.take([command()])
        await box.settle()

    asyncio.run(scenario())

    assert box.done == []
    assert box.results[0].state == "failed"


def test_an_unreadable_journal_is_begun_anew(box, tmp_path):
    (tmp_path / "commands.msgpack").write_bytes(b"\xc1nonsense")
    box.begin_anew()

    assert box.journal.unfinished() == {}


def test_the_journal_does_not_grow_for_ever(box):
    for number in range(400):
        box.journal.begin(f"c{number}", "poll_now")

    assert box.journal.get("c0") is None
    assert box.journal.get("c399") is not None
