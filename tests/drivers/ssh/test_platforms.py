"""Every platform does the same tasks on samples we wrote; see ``samples/``."""

import re
from pathlib import Path

import pytest
import yaml

from drivers.readings import Kind
from drivers.ssh.orders import Order, OrderRefused, steps_for
from drivers.ssh.platform import (
    PLATFORMS,
    PlatformError,
    builtin_platforms,
    platform_named,
    platforms_with,
)
from drivers.ssh.task import Backup, Carry, Survey
from drivers.ssh.work import TaskFault, work

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(builtin_platforms())
KEY = b"k" * 32
UNKNOWN = "% Invalid input detected at '^' marker."


class Sample:
    """A command line made of a sample."""

    def __init__(self, document):
        self.document = document
        self.prompt = document["prompt"]
        self.typed = []

    def ask(self, command, *, patience=1.0):
        return self.document["outputs"].get(command, UNKNOWN)

    def order(self, lines):
        self.typed.extend(lines)
        return "\n".join(lines)

    def pause(self, seconds):
        self.typed.append(seconds)


def sample_of(name):
    return yaml.safe_load((SAMPLES / f"{name}.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_what_the_sample_says(name):
    document = sample_of(name)
    answer = work(Sample(document), platform_named(name), Survey())
    expected = document["identity"]
    said = {field: getattr(answer.identity, field) for field in expected}
    assert said == expected | {"kind": Kind(expected["kind"])}
    ports = [[port.name, port.admin, port.oper] for port in answer.ports]
    assert ports == document.get("ports", [])
    neighbours = [[n.local_port, n.remote_name, n.remote_port] for n in answer.neighbours]
    assert neighbours == document.get("neighbours", [])


@pytest.mark.parametrize("name", NAMES)
def test_a_backup_holds_everything_but_secrets_and_what_changes_by_itself(name):
    document, platform = sample_of(name), platform_named(name)
    document["outputs"][platform.configuration.command] = document["configuration"]
    text = work(Sample(document), platform, Backup(KEY)).text
    assert not re.search(r"SECRET\d\d", text)
    for kept in document["kept"]:
        assert kept in text
    for gone in document.get("gone", ()):
        assert gone not in text
    assert ("<secret:" in text) is platform.configuration.stable_secrets


@pytest.mark.parametrize("name", [one for one in NAMES if platform_named(one).configuration.end])
def test_a_backup_without_its_last_line_is_refused(name):
    document, platform = sample_of(name), platform_named(name)
    cut = document["configuration"].rstrip().rsplit("\n", 1)[0]
    document["outputs"][platform.configuration.command] = cut
    with pytest.raises(TaskFault, match="broke off"):
        work(Sample(document), platform, Backup(KEY))


@pytest.mark.parametrize("name", [one for one in NAMES if platform_named(one).orders])
def test_orders_name_one_physical_port_and_nothing_else(name):
    platform, orders = platform_named(name), sample_of(name)["orders"]
    port = str(orders["port"])
    steps = steps_for(platform, Order.disable_port, port)
    assert any(port in line for line in steps.lines)
    assert not any("{" in line for line in steps.lines)
    hostile = [f"{port}\nreload", f"{port};reload", f"{port} | x", f"{port} {port}", f"{port}-9"]
    for other in [*map(str, orders["not"]), *hostile, "", " ", port.replace("3", "３")]:
        for order in Order:
            with pytest.raises(OrderRefused):
                steps_for(platform, order, other)


@pytest.mark.parametrize("name", [one for one in NAMES if platform_named(one).orders])
def test_power_is_given_back_after_the_pause(name):
    platform = platform_named(name)
    port = str(sample_of(name)["orders"]["port"])
    if not platform.orders.poe_off:
        with pytest.raises(OrderRefused, match="PoE"):
            steps_for(platform, Order.cycle_poe, port)
        return
    steps = steps_for(platform, Order.cycle_poe, port, pause=2.0)
    line = Sample(sample_of(name))
    work(line, platform, Carry(steps.first, steps.then, steps.pause, KEY))
    assert line.typed == [*steps.first, 2.0, *steps.then]


def test_every_platform_has_a_sample_and_a_line_in_the_docs():
    assert {path.stem for path in SAMPLES.glob("*.yaml")} == set(NAMES)
    page = (Path(__file__).parents[3] / "docs" / "ssh.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (recording|documentation) \|", page, re.MULTILINE))
    assert rows == {one.name: one.proven for one in builtin_platforms().values()}
    assert [path.stem for path in sorted(PLATFORMS.glob("*.yaml"))] == NAMES


def test_a_platform_of_ones_own_replaces_the_built_in_one(tmp_path):
    own = (PLATFORMS / "cisco_ios.yaml").read_text("utf-8")
    (tmp_path / "mine.yaml").write_text(own.replace("proven: recording", "legacy: true\nproven: x"))
    assert platforms_with(tmp_path)["cisco_ios"].legacy
    assert not platform_named("cisco_ios").legacy


@pytest.mark.parametrize(
    "text",
    ["name: [", "name: only", "- 1", "!!python/object:os.system {}", "x" * 70_000],
)
def test_a_file_that_is_no_platform_is_refused(tmp_path, text):
    (tmp_path / "odd.yaml").write_text(text)
    with pytest.raises(PlatformError, match=r"odd\.yaml"):
        platforms_with(tmp_path)


def test_a_pattern_that_is_none_is_refused(tmp_path):
    own = (PLATFORMS / "cisco_ios.yaml").read_text("utf-8")
    (tmp_path / "odd.yaml").write_text(own.replace("end: '^end$'", "end: '(end'"))
    with pytest.raises(PlatformError, match=r"odd\.yaml"):
        platforms_with(tmp_path)


def test_a_platform_nobody_declared_is_an_error():
    with pytest.raises(PlatformError, match="toaster"):
        platform_named("toaster")
