"""The fleet's page for Prometheus at 2,000 schools: writing it, and what a scrape costs in all.

The peer writes as many samples with ``prometheus_client``. With ``--database`` the register and
the metric store of the settings are counted, too (``fleet seed`` makes a city).
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.models import Severity
from controller.metrics.store import MetricStore
from controller.pages.views.bandwidth import BandwidthFigure
from controller.prometheus.census import Census, Reach, SchoolFigures, take_census
from controller.prometheus.fleet_page import Detail, Wish, fleet_page
from controller.prometheus.lines import LineFigures
from controller.settings import Settings
from controller.stores import open_store
from drivers.readings import Kind
from inventory.database import SessionFactory, make_engine, read_only, session_factory
from inventory.models import Agent, School
from inventory.scope import Scope
from inventory.status import Status

SCHOOLS = 2_000
COUNTIES = 13
#: The page is to be written in at most half of the peer's time.
BUDGET = 1 / 2


def synthetic() -> Census:
    """A city in figures, without a register."""
    now = datetime.now(UTC)
    schools = [_school(number, now) for number in range(SCHOOLS)]
    counties = {f"{number:04}": ("某县", "A county") for number in range(COUNTIES)}
    return Census(now, schools, counties)


def _school(number: int, now: datetime) -> SchoolFigures:
    county = f"{number % COUNTIES:04}"
    code = f"{county}-{number:05}"
    agent = Agent(id=f"a-{number}", name=code, last_seen_at=now, status_at=now)
    counts = {(kind, status): 7 for kind in list(Kind)[:8] for status in Status}
    return SchoolFigures(
        School(code=code, name="第一小学", organisation_code=county, path=f"/33/{county}/{code}/"),
        county,
        LineFigures(
            BandwidthFigure("no_target", download=9e7, upload=8e7, tested_at=now), 2e7, 4e6
        ),
        dict.fromkeys(Status, 56),
        counts,
        dict.fromkeys(Severity, 1),
        dict.fromkeys(Severity, 1),
        dict.fromkeys(Severity, 0),
        [agent],
    )


class Peer(Collector):
    """The same number of samples with the same labels, as objects of ``prometheus_client``."""

    def __init__(self, census: Census, families: int) -> None:
        self._census = census
        self._families = families

    def collect(self) -> list[Metric]:
        found: list[Metric] = []
        for number in range(self._families):
            family = GaugeMetricFamily(f"peer_{number}", "A metric.", labels=["county", "school"])
            for figures in self._census.schools:
                family.add_metric([figures.county, figures.school.code], 56)
            found.append(family)
        return found


def cpu_seconds(work: Callable[[], object]) -> float:
    """Processor time of the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def writing() -> bool:
    """Ours against the peer."""
    census = synthetic()
    wish = Wish(Detail.school, kinds=False)
    page = fleet_page(census, wish)
    families = round(page.series / SCHOOLS)
    ours = cpu_seconds(lambda: fleet_page(census, wish).text()) / page.series
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Peer(census, families))
    peer = cpu_seconds(lambda: generate_latest(registry)) / (families * SCHOOLS)
    print(f"{page.series} samples: {ours * page.series:.3f} CPU s, {ours * 1e6:.2f} us a sample;")
    print(f"prometheus_client {peer * 1e6:.2f} us; ratio {ours / peer:.2f}, budget {BUDGET:.2f}")
    return ours / peer <= BUDGET


def counting(sessions: SessionFactory, store: MetricStore) -> None:
    """What one scrape counts, on the register of the settings; shown only."""
    everything = Scope.everything()
    reach = Reach(everything, everything, everything, everything)
    county = ""
    for level, name in ((Detail.county, ""), (Detail.school, ""), (Detail.school, "one county")):
        wish = Wish(level)
        began, cpu = time.perf_counter(), time.process_time()
        with read_only(sessions) as session:
            census = take_census(
                session,
                store,
                reach,
                datetime.now(UTC),
                cadence=timedelta(minutes=1),
                county=county if name else "",
                kinds=wish.by_kind,
            )
        page = fleet_page(census, wish)
        size = len(page.text())
        county = next(reversed(census.counties), "")
        print(
            f"by {level} {name or 'all'}: {len(census.schools)} schools, {page.series} samples,"
            f" {size / 1e6:.1f} MB, {time.process_time() - cpu:.2f} CPU s,"
            f" {time.perf_counter() - began:.2f} s"
        )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", action="store_true", help="count the settings' register")
    if options.parse_args().database:
        settings = Settings()
        store = open_store(settings.metrics_url, settings)
        counting(session_factory(make_engine(settings.database_url)), store)
        store.close()
    return 0 if writing() else 1


if __name__ == "__main__":
    sys.exit(main())
