"""The data dictionary and its page."""

import re
from pathlib import Path

import yaml

from drivers.dictionary import METRICS
from drivers.dictionary.document import DOCUMENT, render

GLOSSARY = Path(__file__).parents[2] / "docs/glossary/terms.yaml"


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render()


def test_names_follow_the_prometheus_manner_and_say_their_unit() -> None:
    endings = {"B": "_bytes", "°C": "_celsius", "bit/s": "_bits_per_second", "V": "_volts"}
    endings |= {"A": "_amperes", "W": "_watts", "Hz": "_hertz", "s": "_seconds", "dBm": "_dbm"}
    for metric in METRICS.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
        assert metric.name.endswith(endings.get(metric.unit, ""))


def test_every_meaning_is_told_in_both_languages() -> None:
    for metric in METRICS.values():
        assert metric.en.isascii() or "°" in metric.en
        assert re.search(r"[\u4e00-\u9fff]", metric.zh)


def test_every_metric_of_the_glossary_is_in_the_dictionary() -> None:
    terms = yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))["terms"]
    named = {t["id"].removeprefix("metric.") for t in terms if t["id"].startswith("metric.")}
    assert named <= set(METRICS)
