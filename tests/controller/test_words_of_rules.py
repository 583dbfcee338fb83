"""Rules in sentences, and lengths of time in words."""

import re

import pytest

from alerts.judging.documents import read_rules, shipped_rules
from alerts.judging.rules import Definition
from controller.language import language
from controller.words.rules import sentence

SHIPPED = shipped_rules().definitions


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 seconds", "0秒钟"),
        (45, "45 seconds", "45秒钟"),
        (59.7, "1 minute", "1分钟"),
        (90, "1 min 30 s", "1 分 30 秒"),
        (3_540, "59 minutes", "59分钟"),
        (3_600, "1 hour", "1小时"),
        (5_400, "1 h 30 min", "1 小时 30 分"),
        # Of three units the third is rounded, and what is rounded up to the next is that.
        (5_431, "1 h 31 min", "1 小时 31 分"),
        (7_199, "2 hours", "2小时"),
        (90_000, "1 d 1 h", "1 天 1 小时"),
        (30 * 86_400, "30 days", "30天"),
        (400 * 86_400, "1 y 35 d", "1 年 35 天"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(
    seconds: float, english: str, chinese: str
) -> None:
    assert language("en").span(seconds) == english
    assert language("zh_CN").span(seconds) == chinese


@pytest.mark.parametrize("definition", SHIPPED, ids=[one.id for one in SHIPPED])
def test_every_shipped_rule_is_a_sentence_in_both_languages(definition: Definition) -> None:
    fields = definition.condition.__dataclass_fields__
    for code, ends in (("en", "."), ("zh_CN", "。")):
        said = sentence(definition, language(code))
        assert said.endswith(ends)
        # A field as files have it would be "hold: 30s"; the list of causes is none.
        assert not re.search(rf"\b({'|'.join(fields)})\b[:=]", said)
        assert "{" not in said
        assert not any(name in said for name in fields if "_" in name)
        # Whatever a rule is about has a sentence of its own.
        assert not re.match("Alerts of: |告警：", said)


@pytest.mark.parametrize(
    ("rule", "english", "chinese"),
    [
        (
            "{id: a1, when: power_cut, hold: 90m}",
            "Alerts when a UPS has lived on its battery for 1 h 30 min; ends once mains have been"
            " back for 5 minutes.",
            "UPS 改由电池供电满 1 小时 30 分 时告警；市电恢复并持续 5分钟 后结束。",
        ),
        (
            "{id: a1, rule: x1, when: state, metric: fan_ok, values: [0]}",
            "Alerts when “The fan says it works” has been No for 2 minutes; ends once it has been"
            " otherwise for 2 minutes.",
            "“风扇自报工作正常”为 否 持续 2分钟 时告警；变为其他值并持续 2分钟 后结束。",
        ),
        (
            "{id: a1, rule: x1, when: threshold, metric: cpu_ratio, side: above, level: 0.9,"
            " clear: 0.755, hold: 30h}",
            "Alerts when “Share of processor time in use” stays above 90% for 30 hours; ends once"
            " it has been 75.5% or less for 5 minutes.",
            "“处理器使用率”高于 90% 持续 30小时 时告警；降到 75.5% 或以下并持续 5分钟 后结束。",
        ),
    ],
)
def test_figures_have_the_units_people_use(rule: str, english: str, chinese: str) -> None:
    [definition] = read_rules(f"rules:\n  - {rule}\n")
    assert sentence(definition, language("en")) == english
    assert sentence(definition, language("zh_CN")) == chinese
