"""``fleet report edition``: a package is verified without the controller that made it."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from controller.compliance.evidence import Versions, bundle
from controller.compliance.inputs import Method
from controller.editions.package import package_differences
from inventory.editions.manifest import FORMAT, NAME, sha256_of
from tests.controller.conftest import Run

PARTS = {
    "content.json": b'{"format": "x"}',
    "report.en.pdf": b"%PDF-1.7",
}


@pytest.fixture
def parts() -> dict[str, bytes]:
    """Parts of an edition without schools."""
    made = bundle(
        [],
        first=date(2026, 9, 1),
        last=date(2026, 9, 30),
        method=Method(),
        versions=Versions("0", {}),
        calendars={},
        standards={},
    )
    return PARTS | {"evidence/3304.json": json.dumps(made).encode()}


def package(parts: dict[str, bytes], **changed: bytes) -> bytes:
    """A package of parts, some of which are others than its manifest says."""
    named = [{"name": name, "sha256": sha256_of(part)} for name, part in parts.items()]
    manifest = json.dumps({"format": FORMAT, "documents": named}).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("manifest.json", manifest)
        for name, part in (parts | changed).items():
            file.writestr(name, part)
    return out.getvalue()


def test_a_package_is_verified_and_what_differs_is_listed(
    run: Run, tmp_path: Path, parts: dict[str, bytes]
) -> None:
    path = tmp_path / "edition.zip"
    path.write_bytes(package(parts))
    done = run("report", "edition", "--verify", str(path))
    assert done.exit_code == 0, done.output
    wrong = run("report", "edition", "--verify", str(path), "--sha256", "0" * 64)
    assert wrong.exit_code == 1
    assert "manifest.json" in wrong.stdout
    other = json.loads(parts["evidence/3304.json"]) | {"sha256": "0" * 64}
    changed = {"content.json": b"{}", "evidence/3304.json": json.dumps(other).encode()}
    path.write_bytes(package(parts, **changed))
    found = run("report", "edition", "--verify", str(path), "--format", "json")
    assert found.exit_code == 1
    where = {one["where"] for one in json.loads(found.stdout)}
    assert where == {"content.json", "evidence/3304.json", "evidence/3304.json: sha256"}


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b'{"format": "x"}', package({})[:40]],
    ids=["empty", "torn", "json", "cut"],
)
def test_what_is_no_package_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"no package|parts"):
        package_differences(io.BytesIO(content))


def _with_a_manifest() -> bytearray:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(NAME, b"{}" * 100)
    return bytearray(file.getvalue())


def test_a_package_that_cannot_be_unpacked_is_none() -> None:
    torn, unknown = _with_a_manifest(), _with_a_manifest()
    torn[30 + len(NAME)] = 0xFF  # the first byte after the header is no block of deflate
    method = unknown.index(b"PK\x01\x02") + 10  # as the directory at the end has it
    unknown[method] = 99
    for content in (torn, unknown):
        with pytest.raises(ValueError, match="no package of an edition"):
            package_differences(io.BytesIO(bytes(content)))


def test_a_package_without_its_manifest_is_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("content.json", b"{}")
    assert run("report", "edition", "--verify", str(path)).exit_code == 2
    assert run("report", "edition").exit_code == 2


@pytest.mark.usefixtures("county")
def test_editions_are_listed_by_a_command(run: Run) -> None:
    done = run("report", "editions", "--org", "3304", "--format", "json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
