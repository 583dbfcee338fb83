"""Backups and orders as the agent does them: real devices on FakeNOS, fakes where time matters."""

import asyncio
import json

import pytest

from agent.centre.duties import Duties, PollWatch
from agent.watch.command_lines import CommandLines
from agent.watch.configurations import BackupFailed, Backups, Kept
from drivers.errors import NoAnswer
from drivers.plan import Command, Discovery, LineTest, Plan, SnmpAccess, SshAccess, Target
from drivers.readings import Configuration, Event, Outcome, Poll
from drivers.ssh.configuration import configuration_of
from drivers.ssh.host_keys import FirstUse
from tests.drivers.ssh.conftest import SECRET, campus  # noqa: F401 - a fixture

NOW = 1_800_000_000.0
BY = {"by": "mei", "reason": "loop", "ticket": "T-7"}


def plan_of(*targets, **fields):
    return Plan("r1", "a1", ("S1",), targets=targets, **fields)


def target(id_="d1", port=22, platform="huawei_vrp", **access):
    ssh = SshAccess("fleet", platform, password=SECRET, port=port, **access)
    return Target(id_, "S1", "127.0.0.1", ssh=ssh)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class FakeLines(CommandLines):
    """Command lines whose devices run by ``text``, or fail."""

    text: str = "sysname a\nreturn\n"
    taken = 0

    def device(self, id_):
        super().device(id_)
        return self

    async def backup_configuration(self):
        self.taken += 1
        if not self.text:
            raise NoAnswer("no prompt in time")
        return configuration_of(self.text, int(self._clock() * 1000))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reports():
    return []


@pytest.fixture
def lines(tmp_path, clock):
    return FakeLines(tmp_path, definitions=None, first_use=FirstUse.trust, clock=clock)


@pytest.fixture
def make_backups(lines, tmp_path, reports, disk, clock):
    return lambda: Backups(
        lines, tmp_path, reports.append, disk, clock=clock, settle=5.0, least=50.0
    )


@pytest.fixture
def backups(make_backups):
    return make_backups()


def follow(plan, lines, backups):
    lines.follow(plan)
    backups.follow(plan)


def test_a_text_goes_whole_when_it_changed_and_once_a_week(lines, backups, reports, clock):
    async def scenario():
        follow(plan_of(target()), lines, backups)
        for day in range(9):
            clock.now = NOW + day * 86_400
            if day == 2:
                lines.text = "sysname b\nreturn\n"
            await backups.take("d1")

    asyncio.run(scenario())
    assert all(isinstance(report, Configuration) for report in reports)
    assert [bool(report.text) for report in reports] == [
        True, False, True, False, False, False, False, False, False,
    ]  # fmt: skip
    assert reports[1].digest == reports[0].digest != reports[2].digest

    async def a_week_later():
        clock.now = NOW + 9.5 * 86_400
        await backups.take("d1")

    asyncio.run(a_week_later())
    assert reports[-1].text


def test_what_was_sent_is_remembered_over_a_restart(lines, backups, reports, make_backups):
    async def scenario():
        follow(plan_of(target()), lines, backups)
        await backups.take("d1")
        again = make_backups()
        again.start()
        again.follow(plan_of(target()))
        await again.take("d1")
        await again.close()

    asyncio.run(scenario())
    assert [bool(report.text) for report in reports] == [True, False]


def test_a_failure_is_told_once_and_again_after_a_success(lines, backups, reports):
    async def scenario():
        follow(plan_of(target()), lines, backups)
        for text in ("", "", "sysname a\n", ""):
            lines.text = text
            if text:
                await backups.take("d1")
            else:
                with pytest.raises(BackupFailed, match="timeout"):
                    await backups.take("d1")

    asyncio.run(scenario())
    kinds = [report.kind if isinstance(report, Event) else "text" for report in reports]
    assert kinds == ["configuration_backup_failed", "text", "configuration_backup_failed"]


def test_devices_never_backed_up_come_first_and_spread_out(lines, backups, clock):
    follow(plan_of(*(target(f"d{n}") for n in range(200))), lines, backups)
    delays = [at - clock.now for at in backups._due.values()]
    assert min(delays) >= 0
    assert max(delays) <= 600
    assert max(delays) - min(delays) > 400


def test_each_device_has_its_own_minute_of_the_day(lines, backups, clock):
    backups._kept = {f"d{n}": Kept("x", NOW, NOW) for n in range(200)}
    follow(plan_of(*(target(f"d{n}") for n in range(200))), lines, backups)
    delays = [at - clock.now for at in backups._due.values()]
    assert max(delays) <= 86_400
    assert max(delays) - min(delays) > 80_000


def test_a_change_hurries_the_backup_but_not_over_and_over(lines, backups, clock):
    backups._kept = {"d1": Kept("x", NOW - 10, NOW)}
    follow(plan_of(target()), lines, backups)
    backups.hurry("d1")
    assert backups._due["d1"] == NOW + 40  # least
    backups.hurry("d1")
    backups.hurry("nobody")
    assert backups._due["d1"] == NOW + 40


def test_backups_are_taken_when_they_are_due(lines, backups, reports, clock):
    async def scenario():
        backups.start()
        follow(plan_of(target(), target("d2", backup_every_seconds=0.0)), lines, backups)
        clock.now += 700
        backups._changed.set()
        for _ in range(3_000):
            await asyncio.sleep(0.01)
            if reports:
                break
        await backups.close()

    asyncio.run(scenario())
    assert [report.subject for report in reports] == ["d1"]
    assert backups._due["d1"] > clock.now


def test_a_device_that_left_the_plan_is_not_backed_up(lines, backups):
    follow(plan_of(target()), lines, backups)
    follow(plan_of(), lines, backups)
    assert backups._due == {}
    with pytest.raises(BackupFailed, match="no access"):
        asyncio.run(backups.take("d1"))


def test_an_unknown_platform_is_a_failure_in_words(tmp_path, clock, reports, disk):
    lines = CommandLines(tmp_path, definitions=None, first_use=FirstUse.trust, clock=clock)
    backups = Backups(lines, tmp_path, reports.append, disk, clock=clock)
    follow(plan_of(target(platform="typewriter")), lines, backups)
    with pytest.raises(BackupFailed, match="typewriter"):
        asyncio.run(backups.take("d1"))


class Box:
    """Duties over the command lines of a real campus."""

    def __init__(self, folder, disk, plan, *, tests=(), found=None):
        self.reports, self.hurried, self.restarts, self.tested = [], [], 0, []
        self.watch = PollWatch()
        self.lines = CommandLines(
            folder, definitions=None, first_use=FirstUse.trust, clock=lambda: NOW
        )
        backups = Backups(self.lines, folder, self.reports.append, disk, clock=lambda: NOW)

        async def test_line(test):
            self.tested.append(test.line)
            return Poll(test.line, test.school, 0, Outcome.ok)

        async def rediscover(school):
            if found is None:
                raise LookupError(school)
            return found

        self.duties = Duties(
            hurry=self.hurry,
            watch=self.watch,
            lines=self.lines,
            backups=backups,
            test_line=test_line,
            rediscover=rediscover,
            bundle=lambda: b"bundle",
            restart=lambda: None,
        )
        self.lines.follow(plan)
        backups.follow(plan)
        self.duties.follow(plan)

    def hurry(self, id_, want):
        self.hurried.append(id_)
        if id_ == "d1":
            outcome = Outcome.timeout if self.hurried.count("d1") > 1 else Outcome.ok
            poll = Poll("d1", "S1", 0, outcome)
            asyncio.get_running_loop().call_soon(self.watch.polled, poll)
        return id_ in ("d1", "d2")

    def do(self, kind, subject=None, **arguments):
        command = Command("c1", kind, 60.0, subject, arguments)
        return asyncio.run(self.duties.by_kind()[kind](command))


def test_orders_are_carried_out_on_the_device_and_recorded(campus, tmp_path, disk):  # noqa: F811
    protected = ("GE0/0/24",)
    plan = plan_of(target("d2", campus.ports["east-2"], protected_ports=protected))
    box = Box(tmp_path, disk, plan)
    done = box.do("disable_port", "d2", port="GigabitEthernet0/0/3", **BY)
    assert done.state == "done"
    assert (done.fields["result"], done.fields["by"], done.fields["reason"]) == (
        "done", "mei", "loop",
    )  # fmt: skip
    assert "shutdown" in json.loads(done.fields["commands"])
    assert "shutdown" in campus.typed("east-2")
    assert box.hurried == ["d2"]
    uplink = box.do("cycle_poe", "d2", port="GigabitEthernet0/0/24", **BY)
    assert uplink.state == "refused"
    assert "protected" in uplink.detail
    unsigned = box.do("enable_port", "d2", port="GigabitEthernet0/0/3", by="mei")
    assert (unsigned.state, unsigned.detail[:6]) == ("refused", "reason")
    assert box.do("enable_port", "d9", port="GE1", **BY).state == "refused"


def test_configurations_are_backed_up_on_command(campus, tmp_path, disk):  # noqa: F811
    plan = plan_of(target("d1", campus.ports["east-1"]), target("d2", campus.ports["west-1"]))
    box = Box(tmp_path, disk, plan)
    one = box.do("back_up_configuration", "d1")
    assert (one.state, int(one.fields["lines"]) > 5) == ("done", True)
    assert "interface GigabitEthernet0/0/3" in box.reports[0].text
    assert (tmp_path / "known_hosts").exists()
    both = box.do("back_up_configuration")
    assert (both.state, both.fields) == ("failed", {"done": "1", "failed": "1"})
    assert box.do("back_up_configuration", "d9").state == "failed"


def test_a_poll_is_asked_for_and_its_outcome_told(tmp_path, disk):
    box = Box(tmp_path, disk, plan_of(Target("d1", "S1", "127.0.0.1", snmp=SnmpAccess())))
    assert box.do("poll_now", "d1").fields["outcome"] == "ok"
    assert box.do("poll_now", "d1").state == "failed"
    assert box.do("poll_now", "d9").state == "refused"
    assert box.do("poll_now").fields == {"devices": "1"}


def test_lines_are_tested_and_schools_looked_through(tmp_path, disk):
    tests = tuple(LineTest(line, "S1", "http://x") for line in ("l1", "l2"))
    plan = plan_of(line_tests=tests, discovery=(Discovery("S1"),))
    box = Box(tmp_path, disk, plan, found={"found": "3"})
    assert box.do("run_speed_test", "l2").state == "done"
    assert box.do("run_speed_test").state == "done"
    assert box.tested == ["l2", "l1", "l2"]
    assert box.do("run_speed_test", "l9").state == "refused"
    assert box.do("rediscover").fields == {"S1 found": "3"}
    assert Box(tmp_path, disk, plan_of()).do("rediscover").state == "refused"
    assert box.do("send_log_bundle").attachment == b"bundle"
