"""Tests that are spread over forks are told of as if one process had run them."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = """
import os
import time
from pathlib import Path

import pytest

HERE = Path(__file__)

@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    yield tmp_path_factory.mktemp("ours")
    print("taken down")
    assert not os.environ.get("END_BADLY")

def test_one(folder):
    "Ends when both files have begun, each in a process of its own."
    HERE.with_suffix(".begun").touch()
    for _ in range(600):
        if len(list(HERE.parent.glob("*.begun"))) == 2:
            break
        time.sleep(0.1)
    else:
        pytest.fail("one process for both")
    assert not list(folder.iterdir())
    (folder / "used").touch()

def test_killed():
    if os.environ.get("DIE"):
        os.kill(os.getpid(), 9)

def test_wrong(folder):
    print("a word of", os.getpid())
    assert (folder / "used").exists() is None

@pytest.mark.skip(reason="as it should be")
def test_skipped(folder):
    pass
"""

BROWSING = """
import os
from pathlib import Path

import pytest

BEGUN = Path(__file__).with_name("begun")

@pytest.fixture
def browser():
    pass

def test_of_a_browser(browser):
    BEGUN.touch()
    print("browsing in", os.getpid())
"""
BESIDE = """
import os
import time
from pathlib import Path

def test_beside_it():
    "Waits for the browser test, which nothing but a process of its own can have begun."
    for _ in range(600):
        if Path(__file__).with_name("begun").exists():
            break
        time.sleep(0.1)
    print("beside in", os.getpid())
"""


def run(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    if not any(folder.glob("test_*.py")):
        for name in "ab":
            (folder / f"test_{name}.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.spread", "--processes", "2", "-q", "-rA",
         "-p", "no:cacheprovider", "--rootdir", folder, *arguments, folder],
        cwd=ROOT, env=environment | {"PATH": "/usr/bin:/bin", "TMPDIR": str(folder)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_every_test_is_told_of_with_its_own_words_and_so_is_an_error_at_the_end(
    tmp_path: Path,
) -> None:
    code, said = run(tmp_path, END_BADLY="yes")
    assert code == 1
    assert "2 failed, 4 passed, 2 skipped, 2 errors" in said
    assert len(set(re.findall(r"a word of (\d+)", said))) == 2
    assert "assert True is None" in said
    assert "taken down" not in said.split("ERRORS")[0]


def test_a_process_that_dies_fails_the_test_it_ran(tmp_path: Path) -> None:
    code, said = run(tmp_path, DIE="yes")
    assert code == 1
    assert said.count("the process died that ran this test") >= 2
    assert "2 failed, 2 passed" in said


def test_the_first_failure_may_be_the_end(tmp_path: Path) -> None:
    code, said = run(tmp_path, "--maxfail=1")
    assert code == 1
    assert "stopping after" in said


def test_browser_tests_have_a_process_of_their_own_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(BESIDE)
    (tmp_path / "test_b.py").write_text(BROWSING)
    code, said = run(tmp_path)
    assert code == 0, said
    assert re.findall(r"browsing in (\d+)", said) != re.findall(r"beside in (\d+)", said)
