"""Panels of a Grafana dashboard (schema 39, Grafana 10 and later) as short descriptions.

Titles are in both languages, because a dashboard cannot be translated: ``中文 · English``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Look = Literal["timeseries", "stat", "table", "bargauge", "row"]
#: Columns of Grafana's grid.
WIDTH: Final = 24
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Query:
    """One query and how its series are called; an instant one asks for now alone."""

    expr: str
    legend: str = ""
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Args:
        title: Chinese and English.
        look: its type.
        queries: what it shows.
        unit: of Grafana (``bps``, ``s``, ``percentunit``, ``short``).
        width: columns of 24.
        height: rows of 30 pixels.
        stacked: series on top of each other.
        thresholds: from which value on which colour; for single figures and bars.
        columns: of a table, the labels shown and what they are called.
    """

    title: str
    look: Look = "timeseries"
    queries: Sequence[Query] = ()
    unit: str = "short"
    width: int = 8
    height: int = 7
    stacked: bool = False
    thresholds: Sequence[tuple[float, str]] = ()
    columns: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard; ``query`` fills it."""

    name: str
    label: str
    query: str
    regex: str = ""
    several: bool = True


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard, its panels from left to right and from top to bottom."""

    uid: str
    title: str
    description: str
    variables: Sequence[Variable]
    panels: Sequence[Panel]

    def document(self) -> dict[str, Any]:
        """What Grafana reads."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["campus-fleet"],
            "schemaVersion": 39,
            "version": 1,
            "editable": True,
            "graphTooltip": 1,
            "refresh": "1m",
            "time": {"from": "now-6h", "to": "now"},
            "timezone": "browser",
            "templating": {"list": [_SOURCES, *map(_variable, self.variables)]},
            "annotations": {"list": []},
            "panels": _placed(self.panels),
        }


_SOURCES: Final = {
    "name": "datasource",
    "label": "数据源 · Data source",
    "type": "datasource",
    "query": "prometheus",
    "refresh": 1,
    "hide": 0,
}


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": variable.query, "refId": variable.name},
        "definition": variable.query,
        "regex": variable.regex,
        "refresh": 2,
        "sort": 1,
        "multi": variable.several,
        "includeAll": variable.several,
        "allValue": ".*" if variable.several else None,
        "current": {"text": "All", "value": "$__all"} if variable.several else {},
        "hide": 0,
    }


def _placed(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    placed, x, y, tallest = [], 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        width = WIDTH if panel.look == "row" else panel.width
        height = 1 if panel.look == "row" else panel.height
        if x + width > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        place = {"x": x, "y": y, "w": width, "h": height}
        placed.append({"id": number, "gridPos": place, **_panel(panel)})
        x, tallest = x + width, max(tallest, height)
    return placed


def _panel(panel: Panel) -> dict[str, Any]:
    if panel.look == "row":
        return {"type": "row", "title": panel.title, "collapsed": False, "panels": []}
    return {
        "type": panel.look,
        "title": panel.title,
        "datasource": _SOURCE,
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend or "__auto",
                "instant": query.instant,
                "range": not query.instant,
                "format": "table" if panel.look == "table" else "time_series",
            }
            for number, query in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
        "transformations": _transformations(panel),
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    steps += [{"color": colour, "value": value} for value, colour in panel.thresholds]
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if panel.look == "timeseries":
        defaults["custom"] = {
            "fillOpacity": 25 if panel.stacked else 5,
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "showPoints": "never",
        }
    return defaults


def _options(panel: Panel) -> dict[str, Any]:
    if panel.look == "timeseries":
        return {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    if panel.look == "table":
        return {"showHeader": True, "sortBy": [{"displayName": "#", "desc": True}]}
    reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if panel.look == "bargauge":
        return {"reduceOptions": reduced, "orientation": "horizontal", "displayMode": "basic"}
    return {"reduceOptions": reduced, "colorMode": "value", "graphMode": "area"}


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    if panel.columns is None:
        return []
    names = {**panel.columns, "Value": "#"}
    return [
        {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
        {"id": "organize", "options": {"renameByName": names}},
    ]
