"""Files of a report on a city's month: how long each takes from the content alone.

Run ``python benchmarks/reports.py [--schools 2000]``. The content is made up: two targets for each
school, both directions, every state. PDF and XLSX have budgets; the benchmark fails when one is
missed. The peer is zstd at its best over the report's JSON: a measure of the machine's pace.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import zstandard
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from controller.language import language
from controller.reports.content import ReportContent, ReportKind, decode, encode
from controller.reports.files import ReportShape, printed
from tests.controller.reports.city import content

BUDGETS = {ReportShape.pdf: 10.0, ReportShape.xlsx: 5.0}


def city(schools: int, kind: ReportKind) -> ReportContent:
    """Schools with two targets each."""
    made = content(schools, kind)
    lines = tuple(
        replace(one, targets=(*one.targets, *(replace(t, target="outlet") for t in one.targets)))
        for one in made.schools
    )
    return replace(made, schools=lines)


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds that went by, and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - began, time.process_time() - busy


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=2_000)
    chosen = parser.parse_args()
    missed = 0
    for kind in ReportKind:
        made = city(chosen.schools, kind)
        text = encode(made)
        peer, _ = timed(lambda text=text: zstandard.compress(text, 19))
        back, _ = timed(lambda text=text: decode(text))
        print(f"{kind}: {chosen.schools} schools, {len(text) / 1e6:.1f} MB of JSON,", end=" ")
        print(f"read back in {back:.2f} s, packed by zstd -19 in {peer:.2f} s")
        for shape in ReportShape:
            files: list[bytes] = []
            lang = language("zh_CN")
            took, busy = timed(lambda s=shape, f=files: f.append(printed(made, lang, s)))  # noqa: B023
            budget = BUDGETS.get(shape)
            # Time of the processor, since others may have the machine meanwhile.
            verdict = "" if budget is None else f", budget {budget:.0f} s"
            if budget is not None and busy > budget:
                missed += 1
                verdict += ": MISSED"
            size = len(files[0]) / 1e6
            print(f"  {shape}: {took:.2f} s, {busy:.2f} s CPU, {size:.2f} MB{verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
