"""All layouts there are, and those of tables that are small."""

from collections.abc import Mapping

from inventory.errors import N_
from inventory.exchange.layout import Column, Holds, Layout
from inventory.exchange.ledger import DEVICES, KIND_WORDS

SCHOOLS = Layout(
    name="schools",
    title=N_("Schools"),
    key=("code",),
    columns=(
        Column(
            "code",
            N_("School code"),
            "学校代码",
            ("学校标识码", "单位代码", "学校编码", "代码", "code"),
            Holds.number,
            needed=True,
            longest=32,
        ),
        Column("name", N_("Name"), "学校名称", ("学校", "单位名称", "名称", "school"), longest=120),
        Column("name_en", N_("English name"), "英文名称", ("学校英文名称",), longest=120),
        Column(
            "organisation_code",
            N_("Bureau code"),
            "主管部门代码",
            ("所属机构代码", "上级代码", "区县代码", "乡镇代码", "教育局代码", "organisation code"),
            Holds.number,
            longest=32,
        ),
        Column(
            "stage",
            N_("Stage"),
            "学段",
            ("办学类型", "学校类型"),
            Holds.choice,
            choice="stage",
            words={
                "初中": "junior_secondary",
                "初级中学": "junior_secondary",
                "高中": "senior_secondary",
                "普通高中": "senior_secondary",
                "高级中学": "senior_secondary",
                "完全中学": "senior_secondary",
                "小学": "primary",
                "九年一贯制": "nine_year",
                "九年一贯制学校": "nine_year",
                "中职": "vocational",
                "中等职业学校": "vocational",
                "特教": "special",
                "特殊教育学校": "special",
            },
        ),
        Column(
            "setting",
            N_("Urban or rural"),
            "城乡类别",
            ("城乡分类", "城乡类型"),
            Holds.choice,
            choice="setting",
            words={"城区": "urban", "镇区": "town", "乡村": "rural", "农村": "rural"},
        ),
        Column("form", N_("Form"), "办学形式", (), Holds.choice, choice="form"),
        Column("is_public", N_("Public school"), "是否公办", ("公办",), Holds.truth),
        Column("address", N_("Postal address"), "地址", ("学校地址", "通讯地址"), longest=200),
        Column("students", N_("Students"), "学生数", ("学生人数", "在校生数"), Holds.whole),
        Column("teachers", N_("Teachers"), "教师数", ("教师人数", "专任教师数"), Holds.whole),
        Column("classes", N_("Classes"), "班级数", ("班数",), Holds.whole),
    ),
)
LINES = Layout(
    name="lines",
    title=N_("Lines"),
    key=("school", "provider", "circuit"),
    columns=(
        Column(
            "school",
            N_("School"),
            "学校代码",
            ("学校", "学校名称", "单位", "单位名称", "使用单位", "school code"),
            Holds.number,
            needed=True,
            longest=120,
        ),
        Column(
            "provider",
            N_("Provider"),
            "运营商",
            ("服务商", "电信运营商", "线路运营商", "isp"),
            needed=True,
            longest=80,
        ),
        Column(
            "circuit",
            N_("Circuit number"),
            "线路编号",
            ("电路号", "电路编号", "专线号", "宽带账号", "circuit"),
            Holds.number,
            longest=80,
        ),
        Column(
            "medium",
            N_("Medium"),
            "接入方式",
            ("介质", "线路类型", "接入介质"),
            Holds.choice,
            choice="medium",
            words={"光纤专线": "fibre", "光缆": "fibre", "铜缆": "copper", "双绞线": "copper"},
        ),
        Column(
            "down_mbps",
            N_("Contracted download (Mbit/s)"),
            "下行带宽",
            ("带宽", "合同带宽", "签约带宽", "下行", "down", "download"),
            Holds.decimal,
            digits=(7, 3),
        ),
        Column(
            "up_mbps",
            N_("Contracted upload (Mbit/s)"),
            "上行带宽",
            ("上行", "up", "upload"),
            Holds.decimal,
            digits=(7, 3),
        ),
        Column(
            "starts_on", N_("Contract begins"), "合同开始日期", ("开通日期", "起始日期"), Holds.day
        ),
        Column(
            "ends_on",
            N_("Contract ends"),
            "合同截止日期",
            ("到期日期", "合同到期", "截止日期"),
            Holds.last_day,
        ),
        Column(
            "yearly_fee_cny",
            N_("Yearly fee (CNY)"),
            "年费",
            ("年租费", "年费用", "费用", "yearly fee", "fee"),
            Holds.money,
            digits=(10, 2),
            priced=True,
        ),
        Column("hotline", N_("Hotline"), "报障电话", ("客服电话", "服务电话"), longest=64),
    ),
)
ROOMS = Layout(
    name="rooms",
    title=N_("Rooms"),
    key=("school", "building", "name"),
    columns=(
        Column(
            "school",
            N_("School"),
            "学校代码",
            ("学校", "学校名称", "单位", "单位名称", "使用单位", "school code"),
            Holds.number,
            needed=True,
            longest=120,
        ),
        Column("building", N_("Building"), "楼栋", ("楼宇", "建筑物", "教学楼", "楼"), longest=80),
        Column(
            "name",
            N_("Room"),
            "房间",
            ("房间名称", "教室", "场所", "房间号", "教室名称", "name"),
            needed=True,
            longest=120,
        ),
    ),
)
CATALOGUE = Layout(
    name="catalogue",
    title=N_("Catalogue"),
    key=("vendor", "model"),
    columns=(
        Column(
            "vendor", N_("Vendor"), "品牌", ("厂家", "制造商", "brand"), needed=True, longest=120
        ),
        Column("model", N_("Model"), "规格型号", ("型号",), needed=True, longest=120),
        Column(
            "kind",
            N_("Kind"),
            "设备类型",
            ("设备类别", "类别", "type"),
            Holds.choice,
            choice="kind",
            words=KIND_WORDS,
        ),
        Column(
            "expected_life_months",
            N_("Expected life (months)"),
            "预期寿命（月）",
            ("使用年限月", "预计使用月数"),
            Holds.whole,
            most=600,
        ),
        Column("end_of_sale", N_("End of sale"), "停售日期", (), Holds.day),
        Column(
            "end_of_support", N_("End of support"), "停止支持日期", ("停止服务日期",), Holds.day
        ),
        Column(
            "end_of_security_patches",
            N_("End of security patches"),
            "安全补丁截止日期",
            (),
            Holds.day,
        ),
        Column(
            "list_price_cny",
            N_("List price (CNY)"),
            "参考价",
            ("目录价", "单价", "list price", "price"),
            Holds.money,
            priced=True,
        ),
    ),
)
FIGURES = Layout(
    name="figures",
    title=N_("Yearly figures"),
    key=("school", "school_year", "taken_on"),
    columns=(
        Column(
            "school",
            N_("School"),
            "学校代码",
            ("学校标识码", "学校", "学校名称", "单位", "单位名称", "school code"),
            Holds.number,
            needed=True,
            longest=120,
        ),
        Column(
            "school_year",
            N_("School year begins in"),
            "学年",
            ("学年度", "年度", "year"),
            Holds.year,
            needed=True,
        ),
        Column("taken_on", N_("Counted on"), "统计日期", ("统计时点",), Holds.day),
        Column("students", N_("Students"), "学生数", ("学生人数", "在校生数"), Holds.whole),
        Column("teachers", N_("Teachers"), "教师数", ("教师人数", "专任教师数"), Holds.whole),
        Column("classes", N_("Classes"), "班级数", ("班数",), Holds.whole),
        Column("source", N_("Source"), "数据来源", ("来源",), longest=200),
    ),
)
LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout for layout in (DEVICES, SCHOOLS, ROOMS, LINES, FIGURES, CATALOGUE)
}
