"""Mutated inputs of every kind: a few in every test run, a million and more in the campaign.

Each kind runs in a process of its own, whose memory is measured; a failure prints the command
that repeats it.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tools.fuzz.__main__ import KINDS
from tools.fuzz.harness import MOST_GROWTH_BYTES

ROOT = Path(__file__).parents[2]
#: Of the clock, for one kind of a campaign; the machine may be busy.
PATIENCE_SECONDS = 1_800
#: What any kind may have resident at any time.
MOST_MEGABYTES = 256


def fuzz(kinds: Sequence[str], *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tools.fuzz", *kinds, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(kinds)}:\n{done.stderr[-4_000:]}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def bounded(done: dict[str, Any]) -> bool:
    growth = int(done["grown_megabytes"])
    return growth <= MOST_GROWTH_BYTES >> 20 and int(done["peak_rss_megabytes"]) <= MOST_MEGABYTES


def test_no_kind_of_input_does_harm() -> None:
    done = fuzz((), "--inputs", "200")
    assert [one["kind"] for one in done] == list(KINDS)
    assert all(one["inputs"] >= 200 for one in done)
    assert all(map(bounded, done))


def test_a_failure_can_be_repeated() -> None:
    (first,), (again,) = (fuzz(("snmp_codec",), "--only", "3", "--seed", "7") for _ in range(2))
    assert first["outcomes"] == again["outcomes"]
    assert first["inputs"] == 10


@pytest.mark.campaign
def test_a_million_mutated_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        # The longest first, so that the two processes end together.
        done = [one for many in pool.map(lambda kind: fuzz((kind,)), KINDS) for one in many]
    total = sum(one["inputs"] for one in done)
    report = "\n".join(["", *map(json.dumps, done), f"{total} mutated inputs", ""])
    with capsys.disabled():
        sys.stdout.write(report)
    assert total >= 1_000_000
    assert all(map(bounded, done))


@pytest.mark.campaign
def test_a_guided_search_finds_nothing() -> None:
    pytest.importorskip("atheris")
    command = [sys.executable, "-m", "tools.fuzz.guided", "-runs=300000", "-timeout=10"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-4_000:]
