"""The register's share of a city's batches: processor time, without HTTP and readings.

Run ``python benchmarks/register.py [--schools 40] [--url postgresql+psycopg://...]``. A batch is a
school's minute: a hundred polls, most of which say that a device still answers, every fifth with
its tables. Batches are written together and one by one. The peer moves two clocks of as many
devices by bare ``executemany`` in the driver. Last, jobs that write every half second stand beside
batches that never pause: how long they wait for SQLite.
"""

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

from agent.uplink.cutting import encoder
from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.register import Place, register_city
from controller.ingest.register import Brought, Register, Registered
from controller.memory import settle
from controller.telemetry import Telemetry
from drivers.readings import Batch, decode_batch
from inventory.database import SessionFactory, make_engine, session_factory, unit_of_work
from inventory.status import CADENCE

MINUTE = 60_000
DEVICES = 100
ROUNDS = 7
#: Times the processor time of the peer, for batches written together.
BUDGET = 12.0
CONTENTION_SECONDS = 10


class Minutes:
    """Batches of all schools, a minute after the other."""

    def __init__(self, places: list[Place], estate: Estate) -> None:
        self._places, self._estate = places, estate
        self._now = int(time.time() * 1_000) // MINUTE * MINUTE - 60 * MINUTE
        self._count = 0

    def __next__(self) -> list[Brought]:
        self._count += 1
        until = self._now + self._count * MINUTE
        return [Brought(self._batch(place, until)) for place in self._places]

    def _batch(self, place: Place, until: int) -> Batch:
        polls = tuple(self._estate.polls(place.school, place.devices, until - MINUTE, until))
        encode = encoder(place.agent, polls, now_ms=until, status=None)
        return decode_batch(encode("epoch", self._count))


def spent(register: Register, minutes: Minutes, together: int) -> float:
    """Processor milliseconds a batch, the median of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        batches = next(minutes)
        began = time.process_time()
        for place in range(0, len(batches), together):
            written = register.write(batches[place : place + together])
            if not all(isinstance(one, Registered) for one in written):
                raise RuntimeError(f"refused: {written}")
        rounds.append((time.process_time() - began) / len(batches) * 1_000)
    return statistics.median(rounds)


def bare(database: Path) -> float:
    """The same milliseconds for two clocks of as many devices, and nothing else."""
    with sqlite3.connect(database) as connection:
        keys = [key for (key,) in connection.execute("SELECT device_id FROM device_state")]
        rounds = []
        for number in range(ROUNDS):
            at = f"2099-01-01 00:00:{number:02}.000000"
            began = time.process_time()
            connection.executemany(
                "UPDATE device_state SET taken_at = ?, last_ok_at = ? WHERE device_id = ?",
                [(at, at, key) for key in keys],
            )
            connection.commit()
            rounds.append((time.process_time() - began) / (len(keys) / DEVICES) * 1_000)
    return statistics.median(rounds)


def waited(factory: SessionFactory, register: Register, minutes: Minutes) -> list[float]:
    """Seconds that jobs waited for their turn while batches came without a pause."""
    stock = [next(minutes) for _ in range(ROUNDS)]
    over, waits = Event(), []

    def batches() -> None:
        while not over.is_set():
            for group in stock:
                register.write(group)

    def job() -> None:
        while not over.wait(0.5):
            began = time.monotonic()
            with unit_of_work(factory):
                waits.append(time.monotonic() - began)

    threads = [Thread(target=batches), *(Thread(target=job) for _ in range(3))]
    for thread in threads:
        thread.start()
    time.sleep(CONTENTION_SECONDS)
    over.set()
    for thread in threads:
        thread.join()
    return sorted(waits)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=40)
    parser.add_argument("--url", help="an empty database on PostgreSQL")
    arguments = parser.parse_args()
    estate = Estate(DEVICES)
    ratio = 0.0  # the peer is SQLite's
    for url, folder in _database(arguments.url):
        places = register_city(url, folder / "key", schools=arguments.schools, estate=estate)
        engine = make_engine(url)
        factory = session_factory(engine)
        register = Register(factory, Telemetry(), CADENCE)
        minutes = Minutes(places, estate)
        register.write(next(minutes))
        settle()
        together, alone = (spent(register, minutes, n) for n in (arguments.schools, 1))
        print(f"{arguments.schools} batches together: {together:.2f} CPU ms a batch")
        print(f"each alone: {alone:.2f} CPU ms a batch")
        if arguments.url is None:
            waits = waited(factory, register, minutes)
            print(
                f"{len(waits)} jobs beside batches without a pause waited"
                f" {statistics.median(waits) * 1e3:.0f} ms, {waits[-1] * 1e3:.0f} ms at most"
            )
            peer = bare(folder / "fleet.db")
            ratio = together / peer
            print(f"bare update of two columns: {peer:.2f} CPU ms a batch")
            print(f"together: {ratio:.1f} times that; at most {BUDGET:.0f}")
        engine.dispose()
    return 0 if ratio <= BUDGET else 1


def _database(url: str | None) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(prefix="fleet-bench-register-") as name:
        folder = Path(name)
        yield url or f"sqlite:///{folder / 'fleet.db'}", folder


if __name__ == "__main__":
    sys.exit(main())
