"""Faults of the last year that people of the demonstration reported and repaired."""

from datetime import timedelta
from typing import Final

from alerts.tickets import TicketDesk
from controller.demo.telling import Telling
from inventory.models import Device
from inventory.scope import Scope

#: Days before today, device of the simulation, title, solution, hours it took.
_FAULTS: Final = (
    (332, "qh1-wb1", "白板无法开机", "更换电源板", 50),
    (290, "qh1-wb3", "触摸点偏移", "重新定位", 6),
    (255, "lh-wb2", "白板没有声音", "更换音频线", 20),
    (208, "qh1-wb1", "触摸无反应", "更换触摸框", 70),
    (182, "qh1-wb2", "触摸无反应", "更换触摸框", 66),
    (152, "qh1-sw2", "交换机反复重启", "更换电源模块", 28),
    (131, "lh-wb1", "白板黑屏", "重新插拔排线", 9),
    (90, "lh-wb1", "白板无法开机", "更换主板", 75),
    (64, "lh-pr1", "打印有黑线", "更换定影组件", 30),
    (47, "qh1-rc1", "学生机蓝屏", "重装系统", 5),
    (36, "qh1-pj1", "投影画面偏暗", "更换灯泡", 44),
    (21, "qh1-wb1", "触摸失灵", "临时校准，建议更换", 12),
    (14, "qh1-rc2", "学生机无法开机", "更换内存", 8),
)


def tell_repairs(told: Telling) -> None:
    """Tickets from the report to the end, as school, county and technician wrote them."""
    for days, device, title, solution, hours in _FAULTS:
        row = told.session.get_one(Device, told.devices[device])
        reporter = "school" if device.startswith("qh1") else "central"
        ticket = _at(told, reporter, 0, days).open(row.school_code, title, device_id=row.id)
        _at(told, "county", 1, days).assign(ticket.id, told.users["technician"])
        _at(told, "technician", 3, days).start(ticket.id)
        _at(told, "technician", hours, days).resolve(ticket.id, solution)
        _at(told, reporter, hours + 2, days).close(ticket.id)


def _at(told: Telling, login: str, hours: float, days: float) -> TicketDesk:
    when = told.ago(days) + timedelta(hours=hours)
    return TicketDesk(told.session, Scope.everything(), told.users[login], when)
