"""Recorded command line output parses to what its recorders expect."""

from pathlib import Path

import pytest
import yaml

from drivers.ssh.facts import identity_of, neighbours_of, ports_of
from drivers.ssh.platform import builtin_platforms
from drivers.ssh.rows import rows_of

RECORDED = Path(__file__).parents[4] / "shared" / "recordings" / "cli"
OUTPUTS = sorted(RECORDED.glob("*/*/*.raw"))
#: A recorded folder to the command of ours it stands for, where the spelling differs.
SPELLED = {"show lldp neighbors-info detail": "show lldp neighbor-info detail"}


def _of(path):
    platform, command = path.parts[-3], path.parts[-2].replace("_", " ")
    return platform, SPELLED.get(command, command)


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_recorded_output_gives_the_rows_its_recorders_expect(path):
    platform, command = _of(path)
    expected = yaml.safe_load(path.with_suffix(".yml").read_text("utf-8"))["parsed_sample"]
    assert list(rows_of(platform, command, path.read_text("utf-8"))) == expected


@pytest.mark.skipif(not OUTPUTS, reason="needs ../shared/recordings/cli")
def test_every_recorded_kind_of_command_line_is_a_platform_of_ours():
    ours = {platform.templates for platform in builtin_platforms().values()}
    assert {path.parts[-3] for path in OUTPUTS} <= ours


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_what_a_platform_asks_for_says_something(path):
    """Each recording of a command that a platform uses yields an identity, ports or neighbours."""
    templates, command = _of(path)
    text = path.read_text("utf-8")
    for platform in builtin_platforms().values():
        if platform.templates != templates:
            continue

        def rows(source, name=templates):
            return rows_of(name, source.command, text, source.pattern)

        facts = [one for one in platform.facts if one.command.lstrip("/") == command]
        if facts:
            identity = identity_of(platform, [(one, rows(one)) for one in facts])
            assert any((identity.model, identity.serial, identity.version, identity.name))
        for source in platform.neighbours:
            if source.command.lstrip("/") == command and any(
                row.get("local_interface", "?") for row in rows(source)
            ):
                assert neighbours_of(source, rows(source))
        if platform.ports is not None and platform.ports.command.lstrip("/") == command:
            assert ports_of(platform.ports, rows(platform.ports))
