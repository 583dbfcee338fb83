"""All layouts there are, and that of the catalogue."""

from collections.abc import Mapping

from inventory.errors import N_
from inventory.exchange.calendar_layouts import BLACKOUTS, CALENDAR, HOURS
from inventory.exchange.layout import Column, Holds, Layout
from inventory.exchange.ledger import DEVICES, KIND_WORDS
from inventory.exchange.outlet_layout import OUTLETS
from inventory.exchange.school_layouts import FIGURES, LINES, REPAIRS, ROOMS, SCHOOLS, STAFF

CATALOGUE = Layout(
    name="catalogue",
    title=N_("Catalogue"),
    key=("vendor", "model"),
    columns=(
        Column("vendor", "Vendor", "品牌", ("厂家", "制造商", "brand"), needed=True, longest=120),
        Column("model", "Model", "规格型号", ("型号",), needed=True, longest=120),
        Column(
            "kind",
            "Kind",
            "设备类型",
            ("设备类别", "类别", "type"),
            Holds.choice,
            choice="kind",
            words=KIND_WORDS,
        ),
        Column(
            "expected_life_months",
            "Expected life (months)",
            "预期寿命（月）",
            ("使用年限月", "预计使用月数"),
            Holds.whole,
            most=600,
        ),
        Column("end_of_sale", "End of sale", "停售日期", (), Holds.day),
        Column("end_of_support", "End of support", "停止支持日期", ("停止服务日期",), Holds.day),
        Column(
            "end_of_security_patches",
            "End of security patches",
            "安全补丁截止日期",
            (),
            Holds.day,
        ),
        Column(
            "list_price_cny",
            "List price (CNY)",
            "参考价",
            ("目录价", "单价", "list price", "price"),
            Holds.money,
            priced=True,
        ),
    ),
)
#: By name, in the order in which they are offered and written out.
LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        *(DEVICES, SCHOOLS, ROOMS, LINES, FIGURES, STAFF, CALENDAR, HOURS, BLACKOUTS),
        *(OUTLETS, CATALOGUE, REPAIRS),
    )
}
