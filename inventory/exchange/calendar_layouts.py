"""Layouts of what calendars are made of: days, school hours, times without tests."""

from inventory.errors import N_
from inventory.exchange.layout import Column, Holds, Layout

_OWNER = Column(
    "owner",
    "School or bureau code",
    "学校或机构代码",
    ("学校代码", "机构代码", "单位代码", "适用范围", "学校", "单位", "owner"),
    Holds.number,
    needed=True,
    longest=120,
)
_STAGE = Column("stage", "Stage", "学段", ("适用学段",), Holds.choice, choice="stage")
CALENDAR = Layout(
    name="calendar",
    title=N_("School calendars"),
    key=("owner", "kind", "first_day", "stage"),
    columns=(
        _OWNER,
        Column(
            "kind",
            "Kind of days",
            "日期类型",
            ("类型", "类别", "kind"),
            Holds.choice,
            needed=True,
            choice="calendar",
            words={
                "学期": "term",
                "放假": "day_off",
                "假期": "day_off",
                "节假日": "day_off",
                "法定节假日": "day_off",
                "寒假": "day_off",
                "暑假": "day_off",
                "调休": "make_up",
                "补课": "make_up",
                "上班": "make_up",
                "调休上课": "make_up",
                "节假日已录全": "holidays_entered",
            },
        ),
        Column("name", "Name", "名称", ("节日", "假期名称", "学期名称", "说明"), longest=100),
        Column(
            "first_day",
            "First day",
            "开始日期",
            ("起始日期", "日期", "开学日期", "from"),
            Holds.day,
            needed=True,
        ),
        Column("last_day", "Last day", "结束日期", ("截止日期", "放假日期", "to"), Holds.day),
        _STAGE,
    ),
)
HOURS = Layout(
    name="hours",
    title=N_("School hours"),
    key=("owner", "first_day", "stage"),
    columns=(
        _OWNER,
        Column(
            "first_day",
            "First day",
            "开始日期",
            ("启用日期", "执行日期", "起始日期", "from"),
            Holds.day,
            needed=True,
        ),
        _STAGE,
        Column("lessons", "Lessons", "上课时间", ("作息时间", "作息", "课时"), longest=400),
        Column(
            "evenings", "Evenings", "晚自习时间", ("寄宿晚自习", "晚自习", "evening"), longest=400
        ),
        Column("boards", "Students board", "是否寄宿", ("寄宿", "住宿", "boarding"), Holds.truth),
    ),
)
BLACKOUTS = Layout(
    name="blackouts",
    title=N_("Exams and live lessons"),
    key=("owner", "name", "first_day", "hours", "stage"),
    columns=(
        _OWNER,
        Column(
            "kind",
            "Kind",
            "类型",
            ("类别", "事项类型", "kind"),
            Holds.choice,
            needed=True,
            choice="blackout",
            words={"期中考试": "exam", "期末考试": "exam", "联考": "exam", "直播": "live_lesson"},
        ),
        Column("name", "Name", "名称", ("考试名称", "事项", "说明"), needed=True, longest=100),
        Column("first_day", "First day", "开始日期", ("日期", "起始日期"), Holds.day, needed=True),
        Column("last_day", "Last day", "结束日期", ("截止日期", "to"), Holds.day),
        Column("hours", "Hours", "时段", ("时间", "起止时间"), needed=True, longest=30),
        Column("weekdays", "Weekdays", "星期", ("周几", "适用星期"), longest=60),
        _STAGE,
    ),
)
