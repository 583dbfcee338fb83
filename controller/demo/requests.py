"""What the demonstration's schools ask for: a request in every state."""

from decimal import Decimal
from typing import Final

from controller.demo.telling import Telling
from drivers.readings import Kind
from drivers.simulate.campus import CENTRAL, URBAN
from inventory.models import ApprovalDecision, Right
from inventory.procurement.requests import RequestDesk
from inventory.procurement.wishes import LineWish, RequestWish

#: Whose school the people are.
_SCHOOLS: Final = {"school": URBAN.code, "central": CENTRAL.code}


def tell_requests(told: Telling) -> list[str]:
    """Requests in every state; ids of those that the framework contract will serve."""
    board = told.model("Campus Panels", "CP-86")
    large = _asked(
        told, "school", 150,
        ("更新初中部教室交互式一体机", "一体机已用近八年，触摸失灵，每月报修。"),
        LineWish(Kind.whiteboard, 12, Decimal("18500.00"), board, "86英寸，含壁挂支架与安装"),
    )  # fmt: skip
    _signed(told, large, 146, "county")
    _signed(told, large, 143, "city")
    small = _asked(
        told, "central", 149,
        ("补充教室交互式一体机", "四间教室仍用投影幕布，与班级数相比尚缺。"),
        LineWish(Kind.whiteboard, 4, Decimal("18500.00"), board, "86英寸"),
    )  # fmt: skip
    _signed(told, small, 146, "county")
    no = _asked(
        told, "central", 58,
        ("购置彩色打印机", "美术课和宣传栏需要。"),
        LineWish(Kind.printer, 3, Decimal("6800.00"), None, "A3彩色"),
    )  # fmt: skip
    _desk(told, "county", Right.approve, 54).decide(
        no, ApprovalDecision.reject, "不在配备标准之内，现有打印机可满足使用。"
    )
    computers = told.model("Campus Computers", "CC-400")
    room = _asked(
        told, "school", 30,
        ("更换计算机教室二学生机", "学生机已用六年，操作系统不再更新，影响机考。"),
        LineWish(Kind.terminal, 12, Decimal("4200.00"), computers, "含还原卡、键盘鼠标"),
    )  # fmt: skip
    _signed(told, room, 26, "county")
    back = _asked(
        told, "school", 16,
        ("更换多功能厅投影机", "投影机亮度下降，画面发黄。"),
        LineWish(Kind.projector, 2, Decimal("26000.00"), None, "激光光源"),
    )  # fmt: skip
    _desk(told, "county", Right.approve, 13).decide(
        back, ApprovalDecision.send_back, "单价高于目录价较多，请附两家报价并说明选型理由。"
    )
    _asked(
        told, "school", 6,
        ("小学部再补两台交互式一体机", "新增两个教学班。"),
        LineWish(Kind.whiteboard, 2, Decimal("18500.00"), board, "86英寸"),
        seen=True,
    )  # fmt: skip
    _asked(
        told, "central", 4,
        ("教学楼三层增加无线覆盖", "三层东侧两间教室信号弱，平板教学经常掉线。"),
        LineWish(
            Kind.access_point, 2, Decimal("1280.00"), told.model("Ruijie", "RG-AP820-L"), "吸顶"
        ),
        LineWish(Kind.switch, 1, Decimal("3900.00"), None, "24口，支持PoE"),
    )  # fmt: skip
    _desk(told, "school", Right.request, 1).draft(
        URBAN.code,
        RequestWish(
            "更换机房UPS",
            "蓄电池容量下降，停电后只能维持十分钟。",
            [LineWish(Kind.ups, 1, Decimal("6800.00"), told.model("Huawei", "UPS2000-G-6KRTL"))],
        ),
    )
    return [large, small]


def _asked(
    told: Telling,
    login: str,
    days: float,
    words: tuple[str, str],
    *lines: LineWish,
    seen: bool = False,
) -> str:
    """A request (title and reason) that was drafted and submitted; its id."""
    desk = _desk(told, login, Right.request, days)
    row = desk.draft(_SCHOOLS[login], RequestWish(*words, lines))
    desk.submit(row.id, duplicates_seen=seen)
    return row.id


def _signed(told: Telling, request: str, days: float, login: str) -> None:
    desk = _desk(told, login, Right.approve, days)
    desk.decide(request, ApprovalDecision.approve, "同意")


def _desk(told: Telling, login: str, right: Right, days: float) -> RequestDesk:
    return RequestDesk(told.session, told.actor(login, right), told.ago(days))
