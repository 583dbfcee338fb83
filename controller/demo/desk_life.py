"""Repairs of the last two weeks: reported by label, with parts, suppliers, and what people say."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from alerts.codes import Cause, FaultKind, Remedy
from alerts.urgency import Impact, Urgency, WaitingFor
from alerts.work.models import SparePart
from alerts.work.stock import PartWords, StockDesk
from controller.demo import drawn
from controller.demo.county import COUNTY
from controller.demo.steps import Repair
from controller.demo.telling import Telling
from inventory.assets.attachments import FileFolder
from inventory.scope import Scope

#: The county's store: name, price of one in yuan, pieces.
_STORE: Final = (
    ("红外触摸框 86 英寸", 1280, 3),
    ("HDMI 光纤线 15 米", 168, 8),
    ("六类网线 3 米", 12, 40),
    ("投影机灯泡", 760, 0),
)


def tell_desk(told: Telling, folder: FileFolder) -> None:
    """The store, and each repair from its report to where it stands today."""
    stock = StockDesk(told.session, Scope.everything(), told.users["county"], told.ago(60))
    frame, cable, _, _ = (
        stock.add(COUNTY, PartWords(name=name, unit_cost=Decimal(price)), pieces)
        for name, price, pieces in _STORE
    )
    desk = _Desk(told, folder)
    desk.touch_frame(frame)
    desk.comes_back(cable)
    desk.sent_away()
    desk.by_telephone()
    desk.on_warranty()
    desk.no_lamp()
    desk.two_in_one()
    desk.not_begun()
    desk.to_be_confirmed()
    desk.just_now()


class _Desk:
    """One story a method, the oldest first."""

    def __init__(self, told: Telling, folder: FileFolder) -> None:
        self._told, self._folder = told, folder

    def _repair(self, device: str, days: float) -> Repair:
        return Repair(self._told, self._folder, device, self._told.ago(days))

    def _today(self, device: str, hours: float) -> Repair:
        began: datetime = self._told.now - timedelta(hours=hours)
        return Repair(self._told, self._folder, device, began)

    def touch_frame(self, frame: SparePart) -> None:
        """A part from the store, signed for, five points."""
        one = self._repair("lh-wb3", 12)
        report = one.reported(
            FaultKind.touch, "右侧三分之一点不动", "孙老师", phone="000-0000-0211",
            picture=drawn.photo(),
        )  # fmt: skip
        ticket = one.ticket(report)
        one.begun(ticket, 1)
        one.work(2).use_part(ticket.id, frame.id, 1)
        one.work(3).note_labour(ticket.id, 90, "更换并校准触摸框")
        one.checked(ticket, 3.5)
        one.desk(4).resolve(
            ticket.id,
            "触摸框右侧灯管损坏，已更换",
            cause=Cause.part_failed,
            remedy=Remedy.part_replaced,
        )
        one.confirmed(report, 5, 5, signs=True)

    def comes_back(self, cable: SparePart) -> None:
        """Not repaired at first: reopened by who reported it, then three points."""
        one = self._repair("qh1-pj2", 9)
        report = one.reported(FaultKind.picture, "画面时有时无", "郑老师")
        ticket = one.ticket(report)
        one.begun(ticket, 0.5)
        one.desk(1.2).resolve(
            ticket.id, "重新插拔视频线后恢复", cause=Cause.cabling, remedy=Remedy.restarted
        )
        one.still_broken(report, 4, "第二节课又没有画面了")
        one.desk(21).start(ticket.id)
        one.work(22).use_part(ticket.id, cable.id, 1)
        one.work(22).note_labour(ticket.id, 50, "更换吊顶内视频线")
        one.checked(ticket, 22.5)
        one.desk(23).resolve(
            ticket.id, "吊顶内视频线接头松动，已换线", cause=Cause.cabling, remedy=Remedy.cabling
        )
        one.confirmed(report, 25, 3)

    def sent_away(self) -> None:
        """A supplier's repair that is paid for."""
        one = self._repair("qh1-pr2", 6)
        ticket = one.opened("school", "打印机反复卡纸", "试卷打印每十张左右卡一次")
        one.begun(ticket, 1)
        one.work(2).call_supplier(
            ticket.id, "青禾办公设备维修部", cost=Decimal(320), claim_number=""
        )
        one.desk(2.5).wait(ticket.id, "送维修部更换搓纸轮", WaitingFor.supplier)
        one.desk(26).start(ticket.id)
        one.checked(ticket, 26.5)
        one.desk(27).resolve(
            ticket.id, "搓纸轮老化，维修部已更换", cause=Cause.wear, remedy=Remedy.repaired_outside
        )
        one.desk(30, "school").close(ticket.id)

    def by_telephone(self) -> None:
        """Answered and done within the hour, four points."""
        one = self._repair("sq-wb2", 4)
        report = one.reported(FaultKind.sound, "没有声音", "李老师", phone="000-0000-0213")
        ticket = one.ticket(report)
        one.desk(0.3).take(ticket.id)
        one.desk(0.4).start(ticket.id)
        one.work(0.5).note_labour(ticket.id, 10, "电话指导")
        one.desk(0.6).resolve(
            ticket.id,
            "声音输出被切到 HDMI，已改回",
            cause=Cause.configuration,
            remedy=Remedy.explained,
        )
        one.confirmed(report, 2, 4)

    def on_warranty(self) -> None:
        """Waits for the maker, who repairs it on the warranty."""
        one = self._repair("qh1-wb5", 3)
        report = one.reported(
            FaultKind.picture, "屏幕出现彩色竖条", "何老师", picture=drawn.photo(stripes=7)
        )
        ticket = one.ticket(report)
        one.begun(ticket, 1)
        one.checked(ticket, 1.5, most=1)
        number = f"BX-{self._told.now.year}-0117"
        one.work(2).call_supplier(ticket.id, "白板厂家售后", cost=None, claim_number=number)
        one.desk(2.2).wait(ticket.id, "液晶屏在保，厂家三日内上门", WaitingFor.supplier)

    def no_lamp(self) -> None:
        """Waits for a part the store has none of; its clock stands."""
        one = self._repair("lh-pj1", 2)
        ticket = one.opened("central", "投影画面发暗，灯泡提示灯亮")
        one.desk(0.5, "county").assign(ticket.id, self._told.users["technician"])
        one.desk(1).start(ticket.id)
        one.checked(ticket, 1.2, most=2)
        one.work(1.5).note_labour(ticket.id, 40, "检测灯泡与滤网")
        one.desk(2).wait(ticket.id, "库房无灯泡，已报采购", WaitingFor.parts)

    def two_in_one(self) -> None:
        """Under way, with a second fault split off."""
        one = self._repair("qh1-lp2", 1)
        ticket = one.opened("school", "一体机开机后自动关机")
        one.desk(1, "county").prioritise(ticket.id, Impact.room, Urgency.high)
        one.begun(ticket, 2)
        one.checked(ticket, 3, most=2)
        one.desk(3.2).comment(ticket.id, "电源插座松动，已报总务更换")
        one.work(3.5).split(ticket.id, "班级一体机2 左侧音箱无声")

    def not_begun(self) -> None:
        """Given to the technician, who has not accepted it."""
        one = self._repair("lh-rc1", 1)
        ticket = one.opened("central", "学生机提示系统文件丢失")
        one.desk(2, "county").assign(ticket.id, self._told.users["technician"])

    def to_be_confirmed(self) -> None:
        """Repaired; the school has the last word."""
        one = self._today("sq-pj1", 5)
        report = one.reported(FaultKind.power, "遥控器按了没反应", "吴老师", phone="000-0000-0214")
        ticket = one.ticket(report)
        one.begun(ticket, 2)
        one.checked(ticket, 3)
        one.work(3.5).note_labour(ticket.id, 30, "更换遥控器电池，清洁接收窗")
        one.desk(4).resolve(
            ticket.id, "遥控器电池耗尽，已更换", cause=Cause.wear, remedy=Remedy.part_replaced
        )

    def just_now(self) -> None:
        """Two teachers, one ticket, nobody on it."""
        one = self._today("qh1-wb7", 0.6)
        one.reported(
            FaultKind.power, "开机后黑屏，指示灯红色", "周老师", phone="000-0000-0215",
            picture=drawn.photo(),
        )  # fmt: skip
        one.reported(FaultKind.power, "下节课要用，麻烦快一点", "钱老师", hours=0.3)
