"""A day without the line, with everything else going wrong meanwhile: ``make campaign``.

Two installations watch the same simulated school, 120 simulated seconds a second. One is left in
peace. The other loses its line for a day; its agent is killed three times and its controller twice,
its disk fills up once, 5 % of the datagrams to its devices are lost each way, and a fifth of the
devices are dead. Afterwards the store holds what was read, once, and the alerts are the same.

``FLEET_CAMPAIGN_MINUTES`` (12) is how long the day lasts.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from agent.uplink.spool import SPOOL_FILE, Spool, read_status
from drivers.readings import decode_batch
from drivers.simulate.campus import URBAN, devices
from tests.system.conftest import Campus, Processes, register, running_campus
from tests.system.evidence import (
    alerts,
    due_reviews,
    living,
    polls_made,
    set_aside,
    stale,
    stored,
)
from tests.system.ways import Line, LossyWire, beside

pytestmark = pytest.mark.campaign

DAY = 60 * float(os.environ.get("FLEET_CAMPAIGN_MINUTES", "12"))
BEAT = 0.5
BATCH = 1.0
#: Two agents meet a device at different moments of their beats, and ask a dead one half as often.
TOLERANCE = 8 * BEAT
SETTINGS = {
    "FLEET_POLL_SECONDS": str(BEAT),
    "FLEET_TABLES_SECONDS": str(5 * BEAT),
    "FLEET_INVENTORY_SECONDS": str(360 * BEAT),
    "FLEET_EVALUATE_SECONDS": "0.5",
    "FLEET_AGENT_BATCH_SECONDS": str(BATCH),
    "FLEET_AGENT_SNMP_TIMEOUT_SECONDS": "0.3",
    "FLEET_AGENT_SNMP_RETRIES": "4",
    "FLEET_AGENT_CATCH_UP_BATCHES_PER_SECOND": "40",
    "FLEET_AGENT_LOG_LEVEL": "DEBUG",
}
#: Devices that are asked over SNMP or heard on the broker.
LISTENED = 28
SNMP = [one for one in devices() if one.school == URBAN.code and one.address]
DEAD = [f"qh1-ap{n}" for n in (7, 8, 9, 10)]
#: Device, and the shares of the day at which its power goes and comes back.
POWER = [
    ("qh1-pr1", -0.02, 0.30),
    ("qh1-ap1", 0.08, 0.15),
    ("qh1-ap4", 0.18, 0.32),
    ("qh1-ap1", 0.33, 0.40),
    ("qh1-sw4", 0.20, 0.60),
    ("qh1-ups", 0.44, 0.58),
    ("qh1-ap5", 0.65, 1.03),
    ("qh1-pr2", 0.90, 2.0),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for the agent that is to suffer; needs the right to mount."""
    where = tmp_path / "faulted" / "disk"
    where.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "campaign", str(where)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("mounting a file system is not allowed here")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_day_without_the_line(tmp_path, disk, eventually):
    with ExitStack() as stack:
        campus = stack.enter_context(running_campus(publish_every=BEAT))
        loop = stack.enter_context(beside())
        addresses = [one.address for one in SNMP]
        wire = LossyWire(loop, addresses, campus.ready.snmp_port, loss=0.05, seed=5)
        stack.callback(wire.close)
        lines: list[Line] = []

        def way(url: str) -> str:
            lines.append(Line(loop, int(url.rpartition(":")[2])))
            return lines[0].url

        peaceful = _installation(stack, tmp_path / "peaceful", campus.ready.snmp_port, campus)
        faulted = _installation(
            stack,
            tmp_path / "faulted",
            wire.port,
            campus,
            way=way,
            FLEET_AGENT_STATE_DIR=str(disk / "agent"),
        )
        stack.callback(lines[0].close)
        for one in (peaceful, faulted):
            one.start_controller()
            one.start_agent()
        for one in (peaceful, faulted):
            eventually(lambda one=one: living(one.folder) >= LISTENED, "everything to live", 60)
        for name in DEAD:
            campus.cut(name)
        for one in (peaceful, faulted):
            eventually(
                lambda one=one: len(alerts(one.folder)) == len(DEAD), "the dead ones' alerts", 60
            )

        kills: list[float] = []
        _day(campus, faulted, lines[0], disk, kills)
        ended = time.monotonic()
        figures = _catch_up(faulted, disk, kills, eventually)
        for share, restore in _after_the_day(campus):
            time.sleep(max(0.0, ended + (share - 1) * DAY - time.monotonic()))
            restore()
        for one in (peaceful, faulted):
            eventually(lambda one=one: _settled(one), "alerts to be brought into line", 180)
        for one in (peaceful, faulted):
            assert one.stop("agent") == 0
            one.stop("controller")

    figures |= {"datagrams": wire.carried, "datagrams_lost": wire.lost}
    figures |= _judge_readings(faulted, disk / "agent" / SPOOL_FILE)
    undisturbed = _judge_readings(peaceful, peaceful.folder / "agent" / SPOOL_FILE)
    figures["peaceful_readings"] = undisturbed["readings_made"]
    figures["alerts"] = _judge_alerts(alerts(peaceful.folder), alerts(faulted.folder))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


def _installation(
    stack: ExitStack, folder: Path, snmp_port: int, campus: Campus, **more: object
) -> Processes:
    folder.mkdir(exist_ok=True)
    ready = msgspec.structs.replace(campus.ready, snmp_port=snmp_port)
    register(folder, ready, [URBAN.code])
    made = Processes(folder, **(SETTINGS | more))
    stack.callback(made.close)
    return made


def _day(campus: Campus, faulted: Processes, line: Line, disk: Path, kills: list[float]) -> None:
    """Everything that happens until the line comes back."""
    waste = disk / "waste"

    def kill_agent() -> None:
        faulted.kill("agent")
        kills.append(time.time())
        faulted.start_agent()

    def kill_controller() -> None:
        faulted.kill("controller")
        faulted.start_controller()

    steps: list[tuple[float, Callable[[], None]]] = [
        (0.0, line.cut),
        (0.25, kill_agent),
        (0.40, kill_controller),
        (0.50, kill_agent),
        (0.75, kill_agent),
        (0.82, lambda: _fill(waste)),
        (0.88, waste.unlink),
        (1.0, line.restore),
    ]
    for name, off, on in POWER:
        steps.append((off, lambda name=name: campus.cut(name)))
        if on <= 1.0:
            steps.append((on, lambda name=name: campus.restore(name)))
    began = time.monotonic() + 0.03 * DAY
    for share, do in sorted(steps, key=lambda step: step[0]):
        time.sleep(max(0.0, began + share * DAY - time.monotonic()))
        do()


def _after_the_day(campus: Campus) -> list[tuple[float, Callable[[], None]]]:
    return [
        (on, lambda name=name: campus.restore(name)) for name, _off, on in POWER if 1.0 < on < 2.0
    ]


def _catch_up(
    faulted: Processes, disk: Path, kills: list[float], eventually: Callable[..., None]
) -> dict[str, object]:
    """The console is right at once; the controller is killed once more while the rest drains."""
    spool = disk / "agent" / SPOOL_FILE
    restored, waiting = time.time(), read_status(spool).batches
    eventually(lambda: stale(faulted.folder, restored) == 0, "the console to be right", 60)
    right, left = time.time() - restored, read_status(spool).batches
    assert left > 0, "the backlog was gone before it could be looked at"
    faulted.kill("controller")
    faulted.start_controller()
    eventually(lambda: read_status(spool).batches <= 5, "the backlog to drain", 600)
    return {
        "batches_waiting": waiting,
        "console_right_seconds": round(right, 1),
        "batches_left_then": left,
        "drained_seconds": round(time.time() - restored, 1),
        "agent_kills": len(kills),
    }


def _fill(waste: Path) -> None:
    with waste.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


def _settled(one: Processes) -> bool:
    return due_reviews(one.folder) == 0


def _judge_readings(one: Processes, spool: Path) -> dict[str, object]:
    """Readings in the store = readings made - counted drops, whatever was killed when."""
    made, found, waiting = polls_made(one.folder), stored(one.folder), Counter()
    status = read_status(spool)
    with Spool(spool, max_bytes=1 << 40, max_days=999) as left:
        while (batch := left.oldest()) is not None:
            whole = decode_batch(batch.body)
            left.done(batch.sequence)
            if (whole.epoch, whole.sequence) in found.ledger:
                continue  # the agent ended before it was answered
            for poll in whole.polls:
                waiting[poll.subject, poll.taken_at] += sum(map(len, poll.blocks))
    kept = found.polls + waiting
    assert not kept - made, "there is what nobody read"
    lost = made - kept
    assert lost.total() == status.dropped_readings, f"went uncounted: {lost}"
    assert found.doubled == 0, "a reading is stored twice"
    assert max(found.ledger.values()) == 1, "a batch is in the ledger twice"
    assert found.unordered == 0, "a series is out of order"
    assert set_aside(one.folder) == 0, "the controller refused a batch"
    return {
        "polls_made": len(made),
        "readings_made": made.total(),
        "readings_stored": found.polls.total(),
        "readings_waiting_at_the_end": waiting.total(),
        "readings_dropped_and_counted": status.dropped_readings,
        "batches": len(found.ledger),
    }


def _judge_alerts(peaceful: dict, faulted: dict) -> int:
    """The same alerts of the same devices, at the same times to a few beats."""
    shown = f"in peace: {peaceful}\nfaulted: {faulted}"
    assert peaceful.keys() == faulted.keys(), shown
    for serial, spans in peaceful.items():
        assert len(spans) == len(faulted[serial]), f"{serial}\n{shown}"
        for (opened, cleared), (other_opened, other_cleared) in zip(
            spans, faulted[serial], strict=True
        ):
            assert abs(opened - other_opened) <= TOLERANCE, f"{serial}\n{shown}"
            assert (cleared is None) is (other_cleared is None), f"{serial}\n{shown}"
            assert abs((cleared or 0) - (other_cleared or 0)) <= TOLERANCE, f"{serial}\n{shown}"
    return sum(map(len, peaceful.values()))
