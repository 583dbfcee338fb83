"""Small things every page relies on."""

from decimal import Decimal

import pytest

from controller.language import chosen, language
from controller.metrics.store import Series
from controller.pages.charts import _broken
from controller.pages.session import local_path
from controller.pages.templates import environment, rate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bit/s"),
        (999, "999 bit/s"),
        (37_400_000, "37.4 Mbit/s"),
        (Decimal("1000000000"), "1 Gbit/s"),
        (94_200_000.0, "94.2 Mbit/s"),
        (1_234_000, "1.23 Mbit/s"),
    ],
)
def test_a_rate_has_the_unit_a_person_would_choose(value: float | Decimal, text: str) -> None:
    assert rate(value) == text


@pytest.mark.parametrize(
    "wish", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/a\nb"]
)
def test_a_log_in_never_leads_to_another_site(wish: str) -> None:
    assert local_path(wish) == "/"


def test_a_log_in_leads_back_to_the_page_that_was_asked_for() -> None:
    assert local_path("/devices?kind=ups&page=2") == "/devices?kind=ups&page=2"


def test_chinese_comes_first_and_any_known_choice_wins() -> None:
    assert chosen(None, "", "tlh").code == "zh_CN"
    assert chosen(None, "en", "zh_CN").code == "en"
    assert chosen("zh-CN", "en").tag == "zh-CN"


def test_numbers_are_written_as_the_language_does() -> None:
    assert language("zh_CN").percent(0.4567, 1) == "45.7%"
    assert language("en").number(1234567.5, 1) == "1,234,567.5"


def test_a_curve_breaks_where_data_are_missing_and_nowhere_else() -> None:
    minute = 60_000
    times = (0, minute, 2 * minute, 20 * minute, 21 * minute)
    broken = _broken(Series("cpu_ratio", "", times, (0.1, None, 0.2, 0.3, 0.4)))
    assert broken["values"] == [0.1, 0.2, None, 0.3, 0.4]
    assert broken["times"][0] == 0
    assert broken["times"][-1] == 1260
    assert None not in _broken(Series("cpu_ratio", "", (0, 60_000), (0.1, 0.2)))["values"]


def test_templates_are_written_in_one_language_with_what_is_filled_in_escaped() -> None:
    words = '{{ _("Devices") }} {{ _("5 %%") }} {{ _(said) }} '
    text = words + '{{ _("Acknowledged by %(name)s", name=who) }}'
    filled = environment("zh_CN").from_string(text).render(said="Devices", who="<b>")
    assert filled == "设备 5 % 设备 &lt;b&gt; 已确认"
