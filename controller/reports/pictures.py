"""Charts of a report as pictures, for programs that draw none themselves."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from controller.language import Language
from controller.printing.typesetting import FontMissing, drawn
from controller.reports.charts import Bars, Lines

#: How charts are drawn, on paper and as pictures.
CHARTS = Path(__file__).with_name("charts.typ")
_TEMPLATE = Path(__file__).with_name("chart_pages.typ")


def pictures(charts: Sequence[Bars | Lines], lang: Language) -> list[bytes]:
    """A picture (PNG) of each chart, 156 mm wide; none where Chinese cannot be written."""
    if not charts:
        return []
    told = {"charts": msgspec.to_builtins(charts), "lang": "zh" if lang.code == "zh_CN" else "en"}
    try:
        return drawn(_TEMPLATE, told, CHARTS)
    except FontMissing:
        # The tables below have the same numbers.
        return []
