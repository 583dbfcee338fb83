"""Everything that alerts and tickets do by the clock, over a city: processor time and questions.

``python benchmarks/judging.py [--schools 2000]`` fills a register of 2,000 schools and 200,000
devices with a year of alerts, tickets and events, a store with what devices measure of themselves,
and runs every job of judging, tickets and notices: once nothing is new, and once one device in a
hundred has failed since. The peer is a city of a tenth: what a round costs in which nothing is new
should not grow with the city. Budgets: all jobs together take at most a twentieth of a core
while nothing is new, and a failing device at most 20 ms from its poll to its notice.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from cryptography.fernet import Fernet
from sqlalchemy import Engine, event, text, update
from sqlmodel import col

from alerts.notify.channels import MemoryNotifier
from alerts.notify.dispatch import Dispatcher, Post
from alerts.notify.keeping import ChannelDesk, Owner, Wanted
from alerts.notify.models import ChannelKind
from alerts.notify.outbox import note_what_happens
from alerts.notify.planning import Planner
from controller.jobs import (
    Jobs,
    LongJob,
    judge_alerts,
    judge_measured,
    review_alerts,
)
from controller.language import language
from controller.metrics.duckdb import DuckDbStore
from controller.notifying import READERS
from controller.telemetry import Telemetry
from controller.ticket_clocks import CLOCK_SECONDS, keep_clocks
from controller.ticket_jobs import (
    ESCALATION_SECONDS,
    GIVING_SECONDS,
    escalate_tickets,
    give_out_tickets,
)
from drivers.readings import Outcome
from inventory.database import SessionFactory, make_engine, session_factory, unit_of_work
from inventory.migrations import upgrade
from inventory.models import Agent, DeviceState
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.register import Size, fill

QUIET = timedelta(hours=24)
LOOKS, NOTICES = 20.0, 2.0
#: Shares of a core in which nothing is new, and processor seconds of a device that fails.
MOST_OF_A_CORE, MOST_A_FAULT = 0.05, 0.020
#: What switches, access points and whiteboards measure, with what is well.
_VITALS = {
    0: (("temperature_celsius", 40.0), ("cpu_ratio", 0.1), ("memory_used_ratio", 0.4)),
    4: (("temperature_celsius", 45.0), ("cpu_ratio", 0.3), ("storage_used_ratio", 0.5)),
    8: (("cpu_ratio", 0.1), ("memory_used_ratio", 0.4)),
}
_PORTS, _KINDS = 24, 10
_BROADCASTS = "port_in_broadcast_packets_per_second"


@dataclass
class City:
    """One that is judged.

    Args:
        asked: statements so far.
    """

    size: Size
    engine: Engine
    sessions: SessionFactory
    store: DuckDbStore
    jobs: Sequence[LongJob]
    asked: int = 0

    def beat(self) -> None:
        """All boxes bring what they polled: to make a city takes longer than silence may last."""
        now = datetime.now(UTC)
        with unit_of_work(self.sessions) as session:
            session.execute(update(Agent).values(last_seen_at=now, last_batch_at=now))
            session.execute(update(DeviceState).values(taken_at=now))

    def run(self, job: LongJob) -> tuple[float, int]:
        """Processor seconds and statements of one round."""
        asked, began = self.asked, time.process_time()
        if not Jobs((), self.sessions, Telemetry()).run_once(job):
            raise SystemExit(f"{job.name} failed")
        return time.process_time() - began, self.asked - asked

    def quiet(self, job: LongJob) -> tuple[float, int]:
        """Of the cheapest of three rounds; the first ones say what nobody has said yet."""
        return min(self.run(job) for _ in range(3))


def city(folder: Path, schools: int, ends: ExitStack) -> City:
    """A city that everything is known of already."""
    size = Size(
        schools=schools,
        past_alerts=100 * schools,
        past_tickets=30 * schools,
        events=100 * schools,
        proposals=10 * schools,
    )
    url = f"sqlite:///{folder}/fleet.db"
    upgrade(url)
    engine = make_engine(url)
    ends.callback(engine.dispose)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        fill(connection, size, datetime.now(UTC))
        connection.execute(text("UPDATE ticket SET clock_stale = false"))
    sessions = session_factory(engine)
    note_what_happens(sessions)
    store = ends.enter_context(closing(DuckDbStore(folder / "metrics")))
    measure(store, size)
    made = City(size, engine, sessions, store, jobs(sessions, store))
    event.listen(engine, "before_cursor_execute", lambda *_: _count(made))
    made.beat()
    for job in made.jobs:
        for _ in range(3):
            made.run(job)
    return made


def _count(made: City) -> None:
    made.asked += 1


def measure(store: DuckDbStore, size: Size) -> None:
    """Half an hour of what devices measure, twenty minutes ago and just now."""
    series: list[tuple[str, str, str]] = []
    values: list[float] = []
    for number in range(size.all_devices):
        for metric, value in _VITALS.get(number % _KINDS, ()):
            series.append((f"d{number:06}", metric, ""))
            values.append(value)
        if number % _KINDS == 0:
            series += [(f"d{number:06}", _BROADCASTS, f"GE0/0/{n}") for n in range(_PORTS)]
            values += [5.0] * _PORTS
    now = int(time.time() * 1_000)
    index = np.arange(len(series), dtype=np.int32)
    for ago in (1_200_000, 600_000, 1_000):
        store.load(series, np.full(len(series), now - ago), index, np.array(values))


def jobs(sessions: SessionFactory, store: DuckDbStore) -> Sequence[LongJob]:
    """What ``controller.app`` runs of judging, tickets and notices, with its seconds."""
    box = SecretBox(Fernet.generate_key())
    with unit_of_work(sessions) as session:
        wanted = Wanted(name="city", kind=ChannelKind.webhook, url="https://hooks.example/x")
        desk = ChannelDesk(session, Scope.everything(), "u0000")
        desk.add(Owner(organisation_code="3300"), wanted, box, datetime.now(UTC))
    post = Post(Planner(READERS), language, lambda _: MemoryNotifier())
    dispatcher = Dispatcher(sessions, post)
    return (
        LongJob("judge_alerts", LOOKS, judge_alerts(store, QUIET, LOOKS)),
        LongJob("judge_measured", 3 * LOOKS, judge_measured(store, QUIET, LOOKS)),
        LongJob("review_alerts", LOOKS, review_alerts(store, QUIET)),
        LongJob("keep_clocks", CLOCK_SECONDS, keep_clocks),
        LongJob("give_out_tickets", GIVING_SECONDS, give_out_tickets),
        LongJob("escalate_tickets", ESCALATION_SECONDS, escalate_tickets),
        LongJob("notices", NOTICES, lambda _t, _now: dispatcher.drain(600)),
    )


def fail_one_in_a_hundred(made: City) -> None:
    """An access point of every hundred devices does not answer any more."""
    failing = [f"d{number:06}" for number in range(8, made.size.all_devices, 100)]
    with unit_of_work(made.sessions) as session:
        session.execute(
            update(DeviceState)
            .where(col(DeviceState.device_id).in_(failing))
            .values(outcome=Outcome.timeout, failures=9, taken_at=datetime.now(UTC))
        )


def compare(folder: Path, schools: int) -> bool:
    with ExitStack() as ends:
        small_folder = folder / "small"
        small_folder.mkdir()
        small, large = city(small_folder, schools // 10, ends), city(folder, schools, ends)
        return tell(small, large)


def tell(small: City, large: City) -> bool:
    print(
        f"{large.size.all_devices:,} devices; a round with nothing new, in brackets of a tenth"
        f" of the city; then with {large.size.all_devices // 100:,} that have failed:"
    )
    small.beat()
    tenth = [small.quiet(job) for job in small.jobs]
    large.beat()
    quiet = [large.quiet(job) for job in large.jobs]
    fail_one_in_a_hundred(large)
    news = [large.run(job) for job in large.jobs]
    share = 0.0
    for job, (few, some), (spent, asked), (more, queries) in zip(
        large.jobs, tenth, quiet, news, strict=True
    ):
        share += spent / job.every_seconds
        print(
            f"  {job.name:17} every {job.every_seconds:3.0f} s: {spent * 1000:6.1f} ms CPU,"
            f" {asked:3} statements ({few * 1000:.1f} ms, {some}); {more:6.2f} s, {queries:,}"
        )
    a_fault = sum(spent for spent, _ in news) / (large.size.all_devices // 100)
    kept = share <= MOST_OF_A_CORE and a_fault <= MOST_A_FAULT
    print(
        f"all jobs with nothing new: {share:.1%} of a core (budget {MOST_OF_A_CORE:.0%}); a device"
        f" that fails: {a_fault * 1000:.1f} ms (budget {MOST_A_FAULT * 1000:.0f} ms):"
        f" {'kept' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=2_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="judging-"))
    try:
        return 0 if compare(folder, asked.schools) else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
