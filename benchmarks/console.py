"""The console over a city: every page at 2,000 schools and 200,000 devices, while boxes write.

Run ``python benchmarks/console.py [--only sqlite|postgresql] [--rounds 16] [--pages search]``
(only those whose names begin so). A register is filled by SQL (``tests/register.py``) and served
over HTTP; another process writes what 2,000 boxes report in a minute, and the city is counted
ahead every 15 s and packed every minute, as in service. Every page is asked for in turn, as
somebody of the city bureau and as somebody of one county. Shown are milliseconds: by the clock
(median, 95th percentile), of the server's processor (median; the client's few tenths among them),
in the database (95th percentile of asking the same queries again, and how many there are); and as
the peer the same page of a city of a hundredth, 20 schools, where everything is counted when it is
asked for. Of a few answers the 95th percentile is the greatest, which tells what a job beside it
costs and not what the page does: a page that seems to miss its budget is asked for a hundred times.

Then what the overview asks of the database when nothing is remembered, as right after a count,
beside the bare counts of SQL that it is spared. Budgets, at the 95th percentile: 150 ms for a
page, 200 ms for a search of everything, 100 ms for those queries; exit 1 when one is missed.
PostgreSQL is started here on a free port.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import Engine, create_engine, make_url, text

import alerts.models  # noqa: F401 - its tables are part of the database
from benchmarks.pages.city import City, build, looked_at
from benchmarks.pages.clock import Browser, Times, ask_again, quantile
from controller.pages import KeptRows
from tests.conftest import postgres_server
from tests.register import CITY, CITY_TOKEN, COUNTY_TOKEN, Size

PAGE_BUDGET, SEARCH_BUDGET, OVERVIEW_BUDGET = 150.0, 200.0, 100.0
#: Answers of which a 95th percentile is one; of a few it is their greatest.
ENOUGH = 100
#: As docs/deploy.md asks for in a city.
POSTGRES = {"shared_buffers": "1GB", "effective_cache_size": "4GB", "random_page_cost": "1.1"}
#: A hundredth, in all its tables.
SMALL = Size(schools=20, past_alerts=2_000, past_tickets=600, events=2_000, proposals=200)
SWITCH, DOWN, TICKET = "d000110", "d000118", "t000003"
#: Filters of the device list that are asked for in every order.
LISTS: Mapping[str, str] = {
    "of a kind": "kind=switch",
    "down": "status=down",
    "healthy": "status=healthy",
    "in service": "life=in_service",
    "in stock": "life=in_stock",
    "lost": "life=lost",
    "of a room": "room=r000100",
    "of a county": "county=3303C",
    "of a frequent vendor": "vendor=Huawei",
    "of a rare vendor": "vendor=Vendor+7",
    "warranty over": "warranty=over",
    "warranty ending": "warranty=90",
    "aged": "age=5",
    "a serial number": "q=SN1234",
    "a frequent word": "q=device",
    "a frequent word of healthy ones": "q=huawei&status=healthy",
    "of several": "kind=whiteboard&status=down&vendor=Huawei&warranty=over",
}
#: Orders, and their way: to the end where a list usually begins with the other.
ORDERS = (
    *(("name", ""), ("status", ""), ("since", "&desc=1"), ("kind", ""), ("school", "&desc=1")),
    *(("address", ""), ("warranty", ""), ("purchased", "&desc=1")),
)
#: What is typed into the box of every page: a number, parts, frequent words, words of nothing.
TYPED = ("SN123456", "AN1999", "10.1.2", "00:00:00:00:12", "device 1", "huawei", "12", "录播")
#: How repairs are told apart in figures of them.
FIGURES: Mapping[str, str] = {
    "": "",
    **{f", by {by}": f"?by={by}" for by in ("school", "model", "technician", "supplier")},
}
YEAR_AGO = (datetime.now(UTC) - timedelta(days=365)).date().isoformat()
#: What is asked for, by what it is called.
PAGES: Mapping[str, str] = {
    "nothing (/healthz)": "/healthz",
    "overview, with bandwidth": "/",
    "schools": "/schools",
    "schools, search": "/schools?q=12",
    "schools, that need attention, page 2": "/schools?state=attention&page=2",
    "school": "/schools/S0010",
    "school, a week": "/schools/S0010?range=7d",
    "school, discovery": "/schools/S0010/discovery",
    "school, brokers": "/schools/S0010/brokers",
    "devices": "/devices",
    "devices, page 20": "/devices?page=20",
    "devices, the last page there is": "/devices?page=200",
    "devices, common word": "/devices?q=device+1",
    "devices, serial number": "/devices?q=SN1234",
    "devices, down": "/devices?status=down",
    "devices, switches": "/devices?kind=switch",
    "devices, switches, by name": "/devices?kind=switch&sort=name",
    "devices, of a school": "/devices?school=S0010",
    "devices, search and filters": "/devices?q=device&kind=whiteboard&status=down",
    "devices, by school": "/devices?sort=school",
    "devices, by address": "/devices?sort=address",
    "devices, by time": "/devices?sort=since",
    **{
        f"devices, {what}, by {sort}": f"/devices?{query}&sort={sort}{way}"
        for what, query in LISTS.items()
        for sort, way in ORDERS
    },
    **{f"search, {typed}": f"/search?q={quote(typed)}" for typed in TYPED},
    "suggestions, API": "/api/v1/search?q=SN1234&limit=8",
    "device, switch": f"/devices/{SWITCH}?range=30d",
    "device, down": f"/devices/{DOWN}",
    "device, a curve of 30 days": f"/charts/{SWITCH}/traffic?range=30d&part=GE0/0/1",
    "device, access": f"/devices/{SWITCH}/access",
    "alerts": "/alerts",
    "alerts, all": "/alerts?state=all",
    "alerts, cleared, page 20": "/alerts?state=cleared&page=20",
    "tickets": "/tickets",
    "tickets, all": "/tickets?state=all",
    "tickets, mine": "/tickets?mine=1",
    "tickets, nobody has": "/tickets?assignee=none",
    "tickets, closed, page 20": "/tickets?state=closed&page=20",
    "tickets, of a school": "/tickets?school=S0010&state=all",
    "tickets, of a technician": "/tickets/mine",
    "tickets, board": "/tickets/board",
    **{f"tickets, figures of a month{by}": f"/tickets/figures{how}" for by, how in FIGURES.items()},
    **{
        f"tickets, figures of a year{by}": f"/tickets/figures{how or '?'}&first={YEAR_AGO}"
        for by, how in FIGURES.items()
    },
    "ticket": f"/tickets/{TICKET}",
    "agents": "/agents",
    "agent": "/agents/a0010",
    "discovered devices": "/proposals",
    "discovered devices, search": "/proposals?state=accepted&q=10.200.1",
    "quarantine": "/quarantine",
    "life, requests": "/procurement",
    "life, requests, search": "/procurement?q=R-0001",
    "life, requests, page 100": "/procurement?page=100",
    "life, projects": "/procurement?tab=projects",
    "life, orders": "/procurement?tab=orders",
    "life, orders, search": "/procurement?tab=orders&q=Supplier+7",
    "life, a request": "/procurement/requests/q000010",
    "life, a project": "/procurement/projects/j0000",
    "life, an order": "/procurement/orders/o0010",
    "life, transfers": "/procurement/transfers",
    "life, disposals": "/procurement/disposals",
    "life, catalogue": "/catalogue",
    "life, catalogue, search": "/catalogue?q=huawei",
    "life, audit": "/audit",
    "life, audit, page 100": "/audit?page=100",
    "life, audit, of a school": "/audit?school=S0010",
    "life, reconciliation": "/reconciliation",
    "life, reconciliation, of a kind": "/reconciliation?kind=replaced",
    "life, stock-taking": "/stocktaking",
    "life, a stock-taking of all": "/stocktaking/k0000",
    "life, results of a stock-taking": "/stocktaking/k0001",
    "life, budgets": "/budgets",
    "life, a programme": "/budgets/m0000",
    "life, standards": "/equipment-standards",
    "life, shortages": "/shortages",
    "life, shortages of a county": "/shortages?county=3303C",
    "life, reminders": "/reminders",
    "life, renewal": "/renewal",
    "compliance": "/compliance",
    "compliance, of a county": "/compliance?under=3303C",
    "compliance, schools": "/compliance/schools",
    "compliance, schools, page 20": "/compliance/schools?page=20",
    "compliance, schools that fail": "/compliance/schools?state=non_compliant&sort=download",
    "compliance, a year": "/compliance/year",
    "compliance, a school": "/compliance/schools/S0010",
    "compliance, standards": "/standards",
    "compliance, a standard": "/standards/zibo",
    "compliance, exclusions": "/compliance/exclusions",
    "compliance, outlets": "/compliance/outlets",
    "compliance, coverage": "/coverage",
    "compliance, coverage of a county": "/coverage?county=3303C",
    "compliance, a figure": "/coverage/students_per_computer",
    "compliance, a figure of a school": "/schools/S0010/coverage/students_per_computer",
    "compliance, calendar": "/calendar",
}
#: What nobody may see who looks after one county.
CITY_ONLY = frozenset({"/quarantine"})
#: How every device of every school is, and what is open where: in SQL, without any page.
BARE = (
    "SELECT d.school_code, s.outcome, count(*), max(s.taken_at) FROM device d"
    " LEFT JOIN device_state s ON s.device_id = d.id WHERE d.lifecycle = 'in_service'"
    " GROUP BY d.school_code, s.outcome",
    "SELECT school_code, count(*) FROM alert WHERE cleared_at IS NULL GROUP BY school_code",
    "SELECT school_code, count(*) FROM ticket WHERE state NOT IN ('resolved', 'closed')"
    " GROUP BY school_code",
)


def main() -> int:
    """Measure what was asked for; 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=16)
    parser.add_argument("--pages", default="", help="only pages whose names begin with this")
    options = parser.parse_args()
    missed: list[str] = []
    for name in ("sqlite", "postgresql"):
        if options.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="console-") as folder:
                missed += measure(name, Path(folder), options.rounds, options.pages)
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


def measure(name: str, folder: Path, rounds: int, begin: str) -> list[str]:
    """Look at a small city and a whole one; returns the budgets that were missed."""
    chosen = {page: path for page, path in PAGES.items() if page.startswith(begin)}
    with databases(name, folder) as (small, whole):
        peers = hundredth(small, folder / "small", max(3, rounds // 4), chosen)
        began = time.monotonic()
        build(whole, CITY)
        print(f"\n{name}: {CITY.schools:,} schools, {CITY.all_devices:,} devices,", end=" ")
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
        (folder / "whole").mkdir()
        with looked_at(whole, folder / "whole", CITY, device=SWITCH) as city:
            missed = []
            for who, token, times in (
                ("city", CITY_TOKEN, rounds),
                ("county", COUNTY_TOKEN, max(3, rounds // 2)),
            ):
                paths = {n: p for n, p in chosen.items() if who == "city" or p not in CITY_ONLY}
                found = asked(city, token, paths, times)
                doubtful = {n: paths[n] for n, its in found.items() if its.p95 > budget_of(n)}
                if doubtful:
                    found |= asked(city, token, doubtful, ENOUGH)
                    print(f"asked for {ENOUGH} times: {', '.join(doubtful)}")
                missed += [f"{name}, {who}, {what}" for what in shown(who, found, peers)]
            if not begin:
                missed += [f"{name}, {what}" for what in overview(city, rounds, peers)]
    return missed


@contextmanager
def databases(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """URLs of two empty databases."""
    if name == "sqlite":
        yield f"sqlite:///{folder}/small.db", f"sqlite:///{folder}/whole.db"
        return
    with postgres_server(**POSTGRES) as url:
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE small"))
        admin.dispose()
        small = make_url(url).set(database="small")
        yield small.render_as_string(hide_password=False), url


def hundredth(url: str, folder: Path, rounds: int, pages: Mapping[str, str]) -> dict[str, Times]:
    """The pages of a city of a hundredth: what a page takes that has little to look for."""
    build(url, SMALL)
    folder.mkdir()
    with looked_at(url, folder, SMALL, device=SWITCH) as city:
        return asked(city, CITY_TOKEN, pages, rounds)


def asked(city: City, token: str, pages: Mapping[str, str], rounds: int) -> dict[str, Times]:
    """Every page in turn, so many times; the first round is a warm-up."""
    browser = Browser(city.base, city.engine, token)
    found = {name: Times() for name in pages}
    for path in pages.values():
        browser.ask(path)
    for _ in range(rounds):
        for name, path in pages.items():
            browser.ask(path, found[name])
            ask_again(city.engine, found[name])
    browser.close()
    return found


def shown(who: str, found: Mapping[str, Times], peers: Mapping[str, Times]) -> Iterator[str]:
    """A line a page; yields those that took too long."""
    heads = f"{'p50':>7} {'p95':>7} {'CPU':>6} {'database':>9} {'queries':>8} {'kB':>5}"
    print(f"{who + ', ms':38} {heads}  a hundredth: p50, CPU")
    for name, times in found.items():
        peer = peers[name]
        print(
            f"{name:38} {times.p50:7.1f} {times.p95:7.1f} {times.processor:6.1f}"
            f" {quantile(times.database):9.1f} {len(times.queries):8} {times.size / 1000:5.0f}"
            f"  {peer.p50:6.1f} {peer.processor:6.1f}",
            flush=True,
        )
        if times.p95 > budget_of(name):
            yield f"{name}: {times.p95:.0f} ms (budget {budget_of(name):.0f} ms)"


def budget_of(name: str) -> float:
    """Milliseconds that a page may take."""
    return SEARCH_BUDGET if name.startswith(("search", "suggestions")) else PAGE_BUDGET


def overview(city: City, rounds: int, peers: Mapping[str, Times]) -> Iterator[str]:
    """What the first page asks of the database with nothing remembered; yields what is missed."""
    browser, times = Browser(city.base, city.engine, CITY_TOKEN), Times()
    for _ in range(rounds):
        city.app.state.school_rows = KeptRows()
        browser.ask("/", times)
        ask_again(city.engine, times)
    browser.close()
    asks, bare = quantile(times.database), counted_bare(city.engine, rounds)
    spent = [city.count() for _ in range(3)]
    print(
        f"a count ahead of everything: {statistics.median(wall for wall, _ in spent):.2f} s,"
        f" {statistics.median(cpu for _, cpu in spent):.2f} s of the controller's processor"
    )
    peer = quantile(peers["overview, with bandwidth"].database)
    print(
        f"overview right after a count: its {len(times.queries)} queries {asks:.1f} ms"
        f" (budget {OVERVIEW_BUDGET:.0f} ms; a hundredth of the city {peer:.1f} ms;"
        f" bare counts in SQL {quantile(bare):.0f} ms: {asks / quantile(bare):.2f} of them),"
        f" the page {times.p95:.1f} ms, {times.processor:.1f} ms of processor",
        flush=True,
    )
    if asks > OVERVIEW_BUDGET:
        yield f"what the overview asks: {asks:.0f} ms (budget {OVERVIEW_BUDGET:.0f} ms)"
    if times.p95 > 2 * PAGE_BUDGET:
        yield f"overview right after a count: {times.p95:.0f} ms (budget {2 * PAGE_BUDGET:.0f} ms)"


def counted_bare(engine: Engine, rounds: int) -> Sequence[float]:
    """Milliseconds of the same counts without the controller."""
    spent = []
    with engine.connect() as connection:
        for _ in range(rounds):
            began = time.perf_counter()
            for statement in BARE:
                connection.execute(text(statement)).all()
            spent.append((time.perf_counter() - began) * 1_000)
            connection.rollback()
    return spent


if __name__ == "__main__":
    sys.exit(main())
