"""Columns that several layouts have."""

from inventory.exchange.layout import Column, Holds

#: Whose a row is.
SCHOOL = Column(
    "school",
    "School code",
    "学校代码",
    ("学校标识码", "学校", "学校名称", "单位", "单位名称", "使用单位", "school code"),
    Holds.number,
    needed=True,
    longest=120,
)
#: Which device a row is about; no repair log needs to know.
ASSET_NUMBER = Column(
    "asset_number",
    "Asset number",
    "资产编号",
    (
        "资产编码",
        "资产号",
        "固定资产编号",
        "固定资产编码",
        "资产卡片编号",
        "卡片编号",
        "设备编号",
        "asset no",
        "asset id",
        "asset tag",
    ),
    Holds.number,
    needed=True,
    longest=64,
)
BUILDING = Column("building", "Building", "楼栋", ("楼宇", "建筑物", "教学楼", "楼"), longest=80)
#: What schools are counted by.
COUNTS = (
    Column("students", "Students", "学生数", ("学生人数", "在校生数"), Holds.whole),
    Column("teachers", "Teachers", "教师数", ("教师人数", "专任教师数"), Holds.whole),
    Column("classes", "Classes", "班级数", ("班数",), Holds.whole),
)
