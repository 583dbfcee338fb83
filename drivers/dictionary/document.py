"""The data dictionary as a document."""

from pathlib import Path

from drivers.dictionary import METRICS

DOCUMENT = Path(__file__).parents[2] / "docs/data-dictionary.md"


def render() -> str:
    """``docs/data-dictionary.md``."""
    lines = [
        "# Data dictionary · 数据字典",
        "",
        "Made by `python -m drivers.dictionary` from `drivers/dictionary`; do not edit by hand.",
        "",
        "A reading is `(metric, part, value)` of one device at one time. Units are base units;",
        "unit `1` is a ratio from 0 to 1 where the name ends in `_ratio` and a count otherwise;",
        "`0/1` is a state. An empty part means the device as a whole.",
        "",
        "| metric | unit | part | meaning | 含义 |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| `{m.name}` | {m.unit} | {m.part} | {m.en} | {m.zh} |" for m in METRICS.values()]
    return "\n".join(lines) + "\n"
