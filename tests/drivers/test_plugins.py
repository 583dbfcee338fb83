"""Drivers that other installed packages bring through an entry point."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

from drivers.definitions import Definitions, builtin_definitions, dotted, with_installed
from drivers.definitions.loader import ENTRY_POINTS

#: Read before any test puts a package in the way.
KNOWN = builtin_definitions()
Install = Callable[[str], EntryPoint]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package with one entry point where Python finds it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def lay_out(code: str) -> EntryPoint:
        (tmp_path / "lab_drivers.py").write_text(textwrap.dedent(code), encoding="utf-8")
        about = tmp_path / "lab_drivers-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-drivers\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nlab = lab_drivers:ours\n")
        (installed,) = distributions(path=[str(tmp_path)])
        (found,) = installed.entry_points
        return found

    yield lay_out
    sys.modules.pop("lab_drivers", None)


def known_with(plugin: EntryPoint) -> Definitions:
    return with_installed(KNOWN, [plugin])


def test_a_package_brings_a_family(install: Install) -> None:
    known = known_with(
        install(
            """
            from drivers.definitions import Definition
            from drivers.definitions.model import Match

            def ours():
                yield Definition(
                    name="lab_maker",
                    title="Devices of the lab",
                    proven="documentation",
                    match=(Match(object_id="1.3.6.1.4.1.99999"),),
                )
            """
        )
    )
    assert known.find(dotted("1.3.6.1.4.1.99999.1"), "").name == "lab_maker"
    assert len(known) == len(KNOWN) + 1


def test_a_package_brings_a_folder(install: Install, tmp_path: Path) -> None:
    folder = tmp_path / "families"
    folder.mkdir()
    text = "{name: lab_maker, title: Lab, proven: documentation}"
    (folder / "lab_maker.yaml").write_text(text, encoding="utf-8")
    plugin = install(f"from pathlib import Path\n\n\ndef ours():\n    return Path({str(folder)!r})")
    assert known_with(plugin).named("lab_maker").title == "Lab"


@pytest.mark.parametrize(
    "code",
    ["raise SystemError('broken')", "def ours():\n    return [1]", "ours = None", "x = 1"],
    ids=["raises", "gives something else", "is no function", "is not there"],
)
def test_a_broken_package_changes_nothing(
    install: Install, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert known_with(install(code)).names() == KNOWN.names()
    assert "lab_drivers:ours" in caplog.text
