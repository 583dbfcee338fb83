"""iperf3 by the real program: against a real server, none, and through a shaped link."""

import asyncio
import json
import shutil
import stat
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import pytest

from drivers.errors import NoAnswer
from drivers.simulate.link import ShapedLink
from drivers.speedtest import ServerBusy, ServerFault, ServerRefused, ServerUnknown
from drivers.speedtest.iperf3 import Iperf3Missing, _told, measure_iperf3
from tests.ports import free_port

needs_iperf3 = pytest.mark.skipif(shutil.which("iperf3") is None, reason="iperf3 is not installed")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def iperf3_server():
    port = free_port()
    words = ["iperf3", "--server", "--bind", "127.0.0.1", "--port", str(port), "--forceflush"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "listening" in line.lower():
            break
    yield f"iperf3://127.0.0.1:{port}"
    process.terminate()
    process.wait(60)
    process.stdout.close()


def test_a_box_without_the_program_says_so(monkeypatch):
    monkeypatch.setattr("drivers.speedtest.iperf3.PROGRAM", "no-such-program")
    with pytest.raises(Iperf3Missing, match="not installed"):
        asyncio.run(measure_iperf3("iperf3://127.0.0.1"))


@pytest.mark.parametrize(
    "server", ["http://h", "iperf3://", "iperf3://-x", "iperf3://h:99999", "h"]
)
def test_an_address_that_is_none_is_not_the_lines_fault(server):
    with pytest.raises(ServerFault):
        asyncio.run(measure_iperf3(server))


@needs_iperf3
def test_both_directions_are_measured_by_the_real_program(iperf3_server):
    seen = []

    async def ping(host):
        assert host == "127.0.0.1"
        return 0.002, 0.0001

    result = asyncio.run(
        measure_iperf3(
            iperf3_server,
            seconds=2.0,
            discard=1.0,
            streams=2,
            cap_bits_per_second=80_000_000,
            ping=ping,
            watch=seen.append,
        )
    )
    assert (result.method, result.streams, result.fault) == ("iperf3", 2, "")
    assert (result.latency_seconds, result.jitter_seconds) == (0.002, 0.0001)
    assert [progress.direction for progress in seen] == ["download", "upload"]
    for flow in (result.download, result.upload):
        assert flow.bits_per_second == pytest.approx(80e6, rel=0.3)
        assert flow.counted_bytes > 0
        assert flow.all_bytes > flow.counted_bytes


@needs_iperf3
def test_a_server_that_is_not_there_is_told_from_silence():
    with pytest.raises(ServerRefused):
        asyncio.run(measure_iperf3(f"iperf3://127.0.0.1:{free_port()}", seconds=2))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("the server is busy running a test. try again later", ServerBusy),
        (
            "unable to connect to server - server may have stopped running: Connection refused",
            ServerRefused,
        ),
        ("unable to connect to server: Name or service not known", ServerUnknown),
        ("unable to connect to server: Connection timed out", NoAnswer),
        ("unable to connect to server: No route to host", Exception),
        ("parameter exchange failed", ServerFault),
    ],
)
def test_the_programs_words_are_understood(said, error):
    assert isinstance(_told(f"error - {said}"), error)


@pytest.fixture
def instead(tmp_path, monkeypatch):
    """A program in the place of iperf3 that prints what it is told to."""

    def install(body: str) -> None:
        path = tmp_path / "iperf3"
        path.write_text(f"#!{sys.executable}\n{body}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr("drivers.speedtest.iperf3.PROGRAM", str(path))

    return install


def test_a_program_that_never_ends_is_killed(instead, monkeypatch, tmp_path):
    monkeypatch.setattr("drivers.speedtest.iperf3._BEYOND_SECONDS", -1.5)
    pid = str(tmp_path / "pid")
    instead(f"import os, time; open({pid!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    with pytest.raises(NoAnswer, match="did not end"):
        asyncio.run(measure_iperf3("iperf3://127.0.0.1", seconds=2.0))
    assert not Path("/proc", Path(pid).read_text(encoding="ascii")).exists()


def test_a_program_that_says_too_much_is_stopped(instead):
    instead("while True: print('x' * 65536)")
    with pytest.raises(ServerFault, match="more than"):
        asyncio.run(measure_iperf3("iperf3://127.0.0.1", seconds=2.0))


@pytest.mark.parametrize("printed", ["", "[]", "no json", json.dumps({"end": 3})])
def test_a_program_that_prints_no_result_is_not_the_lines_fault(instead, printed):
    instead(f"print({printed!r})")
    with pytest.raises(ServerFault):
        asyncio.run(measure_iperf3("iperf3://127.0.0.1", seconds=2.0))


def test_nothing_carried_is_no_answer(instead):
    nothing = {"end": {"sum_received": {"bytes": 0, "seconds": 2.0, "bits_per_second": 0.0}}}
    instead(f"print({json.dumps(nothing)!r})")
    with pytest.raises(NoAnswer):
        asyncio.run(measure_iperf3("iperf3://127.0.0.1", seconds=2.0))


def alike(said):
    return all(0.7 * 20e6 < rate < 1.1 * 20e6 for rate in chain.from_iterable(json.loads(said)))


@needs_iperf3
def test_both_methods_read_a_shaped_link_alike():
    """Loosely: how closely is the benchmark's business."""
    reason = ShapedLink.missing()
    if reason:
        pytest.skip(reason)
    backend = (sys.executable, str(Path(__file__).with_name("conftest.py")))
    client = (
        "import asyncio, json, sys; from drivers.speedtest import measure;"
        "from drivers.speedtest.iperf3 import measure_iperf3 as by_iperf3;"
        f"h = '{ShapedLink.CENTRE_ADDRESS}';"
        "a = asyncio.run(measure(f'http://{h}:8080', seconds=1.5, discard=0.5));"
        "b = asyncio.run(by_iperf3(f'iperf3://{h}', seconds=2.0, discard=1.0));"
        "print(json.dumps([[f.bits_per_second for f in (r.download, r.upload)] for r in (a, b)]))"
    )
    with ShapedLink(20_000_000) as link:
        words = [
            link.within(link.centre, *backend, ShapedLink.CENTRE_ADDRESS, "8080"),
            link.within(link.centre, "iperf3", "--server", "--bind", ShapedLink.CENTRE_ADDRESS),
        ]
        servers = [
            subprocess.Popen(one, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for one in words
        ]
        try:
            knock = f"import socket; socket.create_connection(('{link.CENTRE_ADDRESS}', 8080), 1)"
            for _ in range(60):
                words = link.within(link.school, sys.executable, "-c", knock)
                if subprocess.run(words, check=False, stderr=subprocess.DEVNULL).returncode == 0:
                    break
                time.sleep(0.2)
            for _ in range(5):  # a machine that stands still spoils a measurement
                done = subprocess.run(
                    link.within(link.school, sys.executable, "-c", client),
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    timeout=120,
                    check=True,
                )
                if alike(done.stdout):
                    break
        finally:
            for one in servers:
                one.terminate()
                one.wait(60)
    assert alike(done.stdout)
