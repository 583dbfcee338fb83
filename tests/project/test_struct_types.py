"""Types that several threads of a controller decode are looked into before there are threads."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Loaded by controllers. Agents decode in one thread; a sealed access names its type itself.
_PACKAGES = ("alerts", "controller", "inventory")
_OWN = {"inventory/secrets.py", "inventory/exchange/xlsx/worker.py", "controller/demo/processes.py"}
FILES = [path for name in _PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def _typed_decodes(source: str) -> Iterator[int]:
    """Lines that decode into a type which nobody has looked into."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith(".decode"):
            continue
        if ast.unparse(node.func).startswith("msgspec.") and any(
            one.arg == "type" and not ast.unparse(one.value).startswith(("dict", "list"))
            for one in node.keywords
        ):
            yield node.lineno


@pytest.mark.parametrize(
    "source", ["msgspec.json.decode(x, type=Told)", "msgspec.msgpack.decode(x, type=Told)"]
)
def test_a_decode_into_a_type_is_seen(source: str) -> None:
    assert list(_typed_decodes(source)) == [1]


def test_controllers_decode_by_decoders_that_are_made_when_a_module_is_loaded() -> None:
    found = [
        f"{name}:{line}"
        for path in FILES
        if (name := path.relative_to(ROOT).as_posix()) not in _OWN
        for line in _typed_decodes(path.read_text(encoding="utf-8"))
    ]
    assert not found, "make a Decoder at the module's level: see drivers/struct_types.py"
