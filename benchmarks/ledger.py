"""A ledger of 50,000 devices from an XLSX file into the register, and 200,000 out of it.

The peers: openpyxl, which reads the same workbook row by row, and the mapper, which keeps the same
devices one object each. Both imports - all new, then all changed - are whole: parsed, held against
the register, written with their audit trail, committed. Budget: 30 s for each of them and for each
file out, on either database.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import openpyxl
import xlsxwriter
from sqlmodel import Session

import alerts.models  # noqa: F401 - its tables are part of the database
import controller.metrics.victoria.tables  # noqa: F401 - and so are these
from controller.exchange.exporting import Export, FileFormat
from controller.exchange.tables import IMPORTERS
from controller.exchange.words import vocabularies
from controller.language import language
from inventory import migrations
from inventory.agent_plans.changes import note_plan_changes
from inventory.audit import Actor, act_as, record_changes
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.exchange.importing import import_file
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.order import Order
from inventory.exchange.register import Wanted
from inventory.exchange.tables import Source, read_rows
from inventory.ids import new_id
from inventory.models import ChangeOrigin, Device, Level, Organisation, School
from inventory.models.base import utc_now
from inventory.page_changes import note_page_changes
from inventory.scope import Scope
from tests.conftest import postgres_server

ROWS, SCHOOLS, OUT = 50_000, 500, 200_000
MOST_SECONDS = 30.0
#: What is held to it: importing 50,000 rows, and exporting 200,000 devices.
HELD = ("new_seconds", "changed_seconds", "xlsx_seconds", "csv_seconds", "register_seconds")
HEADINGS = (
    *("资产编号", "资产名称", "设备类型", "资产分类代码", "品牌", "规格型号", "序列号", "学校代码"),
    *("楼栋", "存放地点", "保管人", "供应商", "取得日期", "原值", "经费来源", "取得方式"),
    *("保修截止日期", "使用状况"),
)


def main() -> int:
    results = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        results["sqlite"] = measure(f"sqlite:///{folder}/fleet.db")
    with postgres_server() as url:
        results["postgresql"] = measure(url)
    print(json.dumps(results | {"reading": reading()}))
    slowest = max(found[name] for found in results.values() for name in HELD)
    return 0 if slowest <= MOST_SECONDS else 1


def ledger(price: int) -> bytes:
    """A workbook as a district's finance office sends it."""
    kept = BytesIO()
    book = xlsxwriter.Workbook(kept, {"constant_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy/m/d"})
    sheet.write_row(0, 0, HEADINGS)
    for i in range(ROWS):
        school = i % SCHOOLS
        sheet.write_row(
            i + 1,
            0,
            (
                *(f"TY{i:08}", f"设备{i}", "投影机", "A02010400", "爱普生", "EB-X41", f"X{i:09}"),
                *(f"SCH-{school:04}", "教学楼", f"{i % 40 + 101}", f"教师{i % 300}", "某某公司"),
            ),
        )
        sheet.write_datetime(i + 1, 12, date(2020 + i % 5, 1 + i % 12, 1), day)
        sheet.write_number(i + 1, 13, price + i % 100)
        sheet.write_row(i + 1, 14, ("财政拨款", "购置", "2027年8月", "在用"))
    book.close()
    return kept.getvalue()


def measure(url: str) -> dict[str, float]:
    migrations.upgrade(url)
    engine = make_engine(url)
    factory = session_factory(engine)
    for listen in (record_changes, note_plan_changes, note_page_changes):
        listen(factory)
    with unit_of_work(factory) as session:
        add_schools(session)
    found: dict[str, float] = {}
    first, second = ledger(3_000), ledger(4_000)
    for name, content in (("new", first), ("changed", second), ("unchanged", second)):
        timed(found, name, lambda content=content: bring(factory, content))
    timed(found, "mapper", lambda: by_mapper(factory))
    found["against_mapper"] = found["new_seconds"] / found["mapper_seconds"]
    fill(factory)
    for shape in FileFormat:
        timed(found, shape, lambda shape=shape: out(factory, ["devices"], shape))
    timed(found, "register", lambda: out(factory, list(IMPORTERS), FileFormat.xlsx))
    found["max_rss_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.dispose()
    rounded = {name: round(value, 2) for name, value in found.items()}
    print(url.partition(":")[0], rounded, flush=True)
    return rounded


def timed(found: dict[str, float], name: str, work: Callable[[], object]) -> None:
    """Seconds of something, and processor seconds of this process and of those it started and
    that have ended: readers of workbooks. A database's own are not among them.
    """
    began, cpu = time.perf_counter(), cpu_seconds()
    work()
    found[f"{name}_seconds"] = time.perf_counter() - began
    found[f"{name}_cpu_seconds"] = cpu_seconds() - cpu


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def out(factory, names: Sequence[str], shape: FileFormat) -> int:
    """Bytes of these tables as one file."""
    export = Export(
        factory,
        [(LAYOUTS[name], Scope.everything()) for name in names],
        Wanted(now=utc_now()),
        priced=Scope.everything(),
        lang=language("zh_CN"),
    )
    if shape is FileFormat.csv:
        return sum(map(len, export.csv()))
    with tempfile.TemporaryFile() as file:
        export.write(file)
        return file.tell()


def add_schools(session: Session) -> None:
    session.add(Organisation(code="33", name="市", level=Level.city, path="/33/"))
    session.flush()
    for i in range(SCHOOLS):
        code = f"SCH-{i:04}"
        session.add(School(code=code, name=f"学校{i}", organisation_code="33", path=f"/33/{code}/"))


def bring(factory, content: bytes) -> None:
    order = Order("devices", Source("ledger.xlsx", content), create_rooms=True, dry_run=False)
    with unit_of_work(factory) as session:
        act_as(session, Actor("u1", "mei", ChangeOrigin.api))
        report = import_file(session, Scope.everything(), order, vocabularies())
    if not report.written or report.rows != ROWS:
        sys.exit(f"not written: {report.faults[:3]}")


def by_mapper(factory) -> None:
    """As many devices, an object each: what the same work costs without reading and comparing."""
    with unit_of_work(factory) as session:
        act_as(session, Actor("u1", "mei", ChangeOrigin.api))
        for i in range(ROWS):
            code = f"SCH-{i % SCHOOLS:04}"
            session.add(Device(id=new_id("d"), school_code=code, name=f"x{i}", vendor="y"))
        session.flush()


def fill(factory) -> None:
    """Up to 200,000 devices, by nobody: without a trail."""
    with unit_of_work(factory) as session:
        for begin in range(0, OUT - 2 * ROWS, 10_000):
            rows = [
                {"id": new_id("d"), "school_code": f"SCH-{i % SCHOOLS:04}", "name": f"z{i}"}
                for i in range(begin, begin + 10_000)
            ]
            session.connection().execute(Device.__table__.insert(), rows)


def reading() -> dict[str, float]:
    """Seconds to read all cells of the workbook: ours, and openpyxl's way for large ones."""
    content = ledger(3_000)
    began, cpu = time.perf_counter(), cpu_seconds()
    ours = sum(len(row.cells) for row in read_rows(Source("x", content)))
    middle, cpu_middle = time.perf_counter(), cpu_seconds()
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    theirs = sum(len(row) for row in book.active.iter_rows(values_only=True))
    end, cpu_end = time.perf_counter(), cpu_seconds()
    if ours != theirs:
        sys.exit(f"{ours} cells are not {theirs}")
    found = {
        "ours_seconds": round(middle - began, 2),
        "ours_cpu_seconds": round(cpu_middle - cpu, 2),
        "openpyxl_seconds": round(end - middle, 2),
        "openpyxl_cpu_seconds": round(cpu_end - cpu_middle, 2),
        "cpu_ratio": round((cpu_middle - cpu) / (cpu_end - cpu_middle), 2),
    }
    print("reading", found, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
