"""A city's boxes against one controller: answer times, refusals, memory, processor, disk.

``python benchmarks/city.py`` registers 2,000 schools of 100 devices, starts ``fleet serve``, and
lets their boxes, 2,000 simulated ones that speak the real protocol, work for 75 s: signed batches
once a minute (reachability and the line every 60 s, tables every 300 s), and two requests each that
wait for a plan and for commands. They have begun ``--settle`` seconds before, of which only the
lines of single minutes speak: a city that was silent comes back then. The store knows the city's
series already unless ``--new``. The peer is the least a server can do, under the same load.
``--folder`` keeps the prepared city, so that the next run with as many boxes begins at once.
``--seconds 600`` is the run the budget speaks of. Exits 1 when a batch was refused or not taken,
when the 99th percentile of the answers is not under a second, or, in runs of five minutes and
more, when memory grows.
"""

import argparse
import asyncio
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import psutil
from sqlalchemy import make_url, text

from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.load import Load
from benchmarks.citywide.processes import Server, controller, peer
from benchmarks.citywide.register import Place, places_of, register_city
from controller.settings import Settings
from controller.stores import open_store
from inventory.database import make_engine
from inventory.migrations import upgrade

P99_SECONDS = 1.0
#: Growth of the resident memory from the third fifth of a run to its last.
MOST_GROWTH = 0.03
#: Shorter runs say nothing of memory: caches fill for some minutes.
JUDGE_MEMORY_FROM = 480.0
MIB = 1 << 20
_FILES = 65_536
_SERIES_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Usage:
    """What a server took in a run.

    Args:
        processor: seconds of it.
        memory: resident bytes, one sample a second.
        own: processor seconds of the load itself.
        busy: share of the whole machine's processors in use, by everybody.
    """

    processor: float
    memory: Sequence[int]
    own: float
    busy: float


def main() -> int:
    asked = _arguments()
    _allow_files()
    estate = Estate(asked.devices, asked.beat)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="fleet-city-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _work(asked, estate, folder)
    finally:
        if asked.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def _work(asked: argparse.Namespace, estate: Estate, folder: Path) -> int:
    database = asked.database_url or f"sqlite:///{folder}/fleet.db"
    metrics = asked.metrics_url or f"duckdb:///{folder}/metrics"
    places = _prepare(asked, estate, folder, database, metrics)
    if asked.peer_seconds and not asked.enrol:
        load = _load(asked, places, estate, server := peer(folder))
        with server:
            usage, _ = _run(load, server, asked.peer_seconds)
        _tell("peer", load, usage, asked.peer_seconds)
    server = controller(folder, database_url=database, metrics_url=metrics, workers=asked.workers)
    load = _load(asked, places, estate, server)
    before = _stored_bytes(metrics)
    with server:
        usage, complete = _run(
            load,
            server,
            asked.seconds,
            enrol=asked.enrol,
            join=asked.long_polls,
            settle=asked.settle,
        )
        _tell("controller", load, usage, asked.seconds)
    _tell_disk(load, database, _stored_bytes(metrics) - before)
    return _verdict(load, usage, asked.seconds, complete=complete)


def _prepare(
    asked: argparse.Namespace, estate: Estate, folder: Path, database: str, metrics: str
) -> list[Place]:
    """The boxes of a city that is in the database, and its series in the store."""
    kept, what = folder / "prepared.json", json.dumps([asked.agents, asked.devices, asked.new])
    if kept.exists() and kept.read_text() == what:
        upgrade(database)
        return places_of(asked.agents, estate)
    began = time.perf_counter()
    places = register_city(
        database, folder / "secret.key", schools=asked.agents, estate=estate, invite=asked.enrol
    )
    print(
        f"{asked.agents:,} schools of {asked.devices} devices registered in"
        f" {time.perf_counter() - began:.1f} s"
    )
    if not asked.new:
        _remember(places, estate, database, metrics)
    if not (asked.enrol or asked.database_url or asked.metrics_url):
        kept.write_text(what)
    return places


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=2_000)
    parser.add_argument("--devices", type=int, default=100, help="a school")
    parser.add_argument(
        "--beat", type=float, default=60.0, help="seconds between looks at a device"
    )
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two batches")
    parser.add_argument("--seconds", type=float, default=75.0)
    parser.add_argument("--settle", type=float, default=120.0, help="seconds before these")
    parser.add_argument("--peer-seconds", type=float, default=15.0, help="0: no peer")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database-url", default="", help="PostgreSQL, empty; SQLite if left out")
    parser.add_argument("--metrics-url", default="", help="DuckDB in a new folder if left out")
    parser.add_argument("--folder", type=Path, help="keeps the city; a temporary one if left out")
    parser.add_argument("--enrol", action="store_true", help="with real tokens, through the API")
    parser.add_argument("--new", action="store_true", help="no reading was ever stored before")
    parser.add_argument("--no-long-polls", dest="long_polls", action="store_false")
    return parser.parse_args()


def _allow_files() -> None:
    """Three connections a box, at either end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _remember(places: list[Place], estate: Estate, database_url: str, metrics_url: str) -> None:
    """Give every series of the city a reading of an hour ago, so that none is new in the run."""
    began = time.perf_counter()
    series = [one for place in places for one in estate.series(place.devices)]
    settings = Settings(database_url=database_url, metrics_url=metrics_url)
    store = open_store(metrics_url, settings)
    try:
        for start in range(0, len(series), _SERIES_AT_ONCE):
            some = series[start : start + _SERIES_AT_ONCE]
            times = np.full(len(some), time.time_ns() // 1_000_000 - 3_600_000, dtype=np.int64)
            index = np.arange(len(some), dtype=np.int32)
            store.load(some, times, index, np.ones(len(some)))
    finally:
        store.close()
    print(f"{len(series):,} series made known in {time.perf_counter() - began:.1f} s")


def _load(asked: argparse.Namespace, places: list[Place], estate: Estate, server: Server) -> Load:
    where = ("127.0.0.1", server.port)
    return Load(places, estate, where, every=asked.every, long_polls=asked.long_polls)


def _run(
    load: Load,
    server: Server,
    seconds: float,
    *,
    enrol: bool = False,
    join: bool = False,
    settle: float = 0.0,
) -> tuple[Usage, bool]:
    """What the server took, and whether it took everything."""
    return asyncio.run(_measured(load, server, seconds, enrol=enrol, join=join, settle=settle))


async def _measured(
    load: Load, server: Server, seconds: float, *, enrol: bool, join: bool, settle: float
) -> tuple[Usage, bool]:
    memory: list[int] = []
    before = own = 0.0
    if enrol:
        await load.enrol()
    if join:
        began, spent = time.perf_counter(), server.processor_seconds()
        await load.join()
        print(
            f"plans for all in {time.perf_counter() - began:.1f} s,"
            f" {server.processor_seconds() - spent:.1f} CPU s",
            flush=True,
        )

    async def sample() -> None:
        while True:
            memory.append(server.resident())
            await asyncio.sleep(1.0)

    sampling = [asyncio.create_task(sample()), asyncio.create_task(_tell_minutes(load, server))]

    async def time_passes() -> None:
        nonlocal before, own
        await asyncio.sleep(settle)
        load.tally.begin_anew()
        memory[:] = [server.resident()]
        psutil.cpu_percent()
        before, own = server.processor_seconds(), time.process_time()
        await asyncio.sleep(seconds)

    complete = await load.run(time_passes())
    own = time.process_time() - own
    spent, busy = server.processor_seconds() - before, psutil.cpu_percent() / 100
    for one in sampling:
        one.cancel()
    await asyncio.gather(*sampling, return_exceptions=True)
    return Usage(spent, memory, own, busy), complete


async def _tell_minutes(load: Load, server: Server) -> None:
    """A line a minute: the first ones are those of boxes that have just come."""
    tally, minute = load.tally, 0
    while True:
        counted, spent, batches = len(tally.seconds), server.processor_seconds(), tally.batches
        await asyncio.sleep(60.0)
        minute += 1
        if tally.batches < batches:  # begun anew
            counted, batches = 0, 0
        seconds = sorted(tally.seconds[counted:]) or [0.0]
        print(
            f"minute {minute}: {tally.batches - batches:,} batches, {len(seconds):,} answers,"
            f" p99 {_ms(seconds[int(0.99 * (len(seconds) - 1))])}, max {_ms(seconds[-1])};"
            f" {server.processor_seconds() - spent:.1f} CPU s,"
            f" resident {server.resident() / MIB:,.0f} MiB",
            flush=True,
        )


def _tell(name: str, load: Load, usage: Usage, seconds: float) -> None:
    tally = load.tally
    answers = ", ".join(f"{status or 'lost'}: {n:,}" for status, n in tally.statuses.items())
    batches, readings = max(1, tally.batches), max(1, tally.readings)
    print(
        f"{name}: {tally.batches:,} batches in {seconds:.0f} s ({tally.batches / seconds:.1f}/s),"
        f" {tally.readings / seconds:,.0f} readings/s, {tally.readings / batches:,.0f} readings and"
        f" {tally.bytes / batches:,.0f} bytes a batch"
    )
    print(
        f"{name}: answers p50 {_ms(tally.percentile(0.5))}, p99 {_ms(tally.percentile(0.99))},"
        f" max {_ms(tally.percentile(1.0))}; {answers}; at most {tally.most_waiting} of one box"
        f" waiting; the load itself was up to {_ms(tally.latest)} late"
    )
    if tally.asked:
        print(f"{name}: {', '.join(f'{what} {n:,}' for what, n in sorted(tally.asked.items()))}")
    first, last = usage.memory[0] / MIB, usage.memory[-1] / MIB
    print(
        f"{name}: resident {first:,.0f} MiB at the start, {last:,.0f} at the end, at most"
        f" {max(usage.memory) / MIB:,.0f}; late growth {_growth(usage.memory):+.1%}"
    )
    print(
        f"{name}: {usage.processor:.1f} CPU s, {usage.processor / batches * 1e3:.2f} ms a batch,"
        f" {usage.processor / readings * 1e6:.2f} s a million readings; the load itself"
        f" {usage.own:.1f} CPU s; the machine was {usage.busy:.0%} busy"
    )


def _growth(memory: Sequence[int]) -> float:
    """From the median of the third fifth to that of the last, as a share."""
    fifth = max(1, len(memory) // 5)
    middle = statistics.median(memory[2 * fifth : 3 * fifth] or memory)
    return statistics.median(memory[-fifth:]) / middle - 1


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def _stored_bytes(metrics_url: str) -> int:
    """Bytes of the metric store on disk."""
    if metrics_url.startswith("duckdb:///"):
        files = Path(metrics_url.removeprefix("duckdb:///")).rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file())
    address = metrics_url.partition("+")[2]
    lines = httpx.get(f"{address}/metrics", trust_env=False).text.splitlines()
    sizes = [line.rpartition(" ")[2] for line in lines if line.startswith("vm_data_size_bytes")]
    return round(sum(map(float, sizes)))


def _tell_disk(load: Load, database_url: str, grown: int) -> None:
    """What has come to lie on disk by the time the controller has ended."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        register = Path(url.database).stat().st_size
    else:
        engine = make_engine(database_url)
        with engine.connect() as connection:
            size = text("SELECT pg_database_size(current_database())")
            register = int(connection.execute(size).scalar_one())
        engine.dispose()
    a_reading = grown / max(1, load.tally.readings)
    print(f"metric store: grew by {grown / MIB:,.1f} MiB, {a_reading:.1f} bytes a reading")
    print(f"register: {register / MIB:,.1f} MiB")


def _verdict(load: Load, usage: Usage, seconds: float, *, complete: bool) -> int:
    tally = load.tally
    p99 = tally.percentile(0.99)
    missed = []
    if p99 >= P99_SECONDS:
        missed.append(f"p99 {_ms(p99)}")
    if tally.refused:
        missed.append(f"{tally.refused} batches refused")
    if not complete:
        missed.append("batches left at the end")
    if seconds >= JUDGE_MEMORY_FROM and _growth(usage.memory) > MOST_GROWTH:
        missed.append(f"memory grows by {_growth(usage.memory):.1%}")
    print(
        f"budget (p99 < {_ms(P99_SECONDS)}, nothing refused, memory flat from 480 s on):"
        f" {'MISSED: ' + ', '.join(missed) if missed else 'kept'}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
