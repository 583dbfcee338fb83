"""The demonstration's projects and orders: delivered in part, accepted, in the middle."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from controller.demo.county import COUNTY
from controller.demo.telling import Telling
from drivers.readings import Kind
from drivers.simulate.campus import CENTRAL, URBAN
from inventory.models import (
    Device,
    ProcurementProject,
    ProjectForm,
    ProjectStage,
    PurchaseOrder,
    Right,
)
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.orders import OrderDesk, OrderLineWish
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.projects import (
    Contract,
    ProjectDesk,
    ProjectLineWish,
    ProjectWish,
)
from inventory.procurement.receiving import ReceivingDesk, Scan
from inventory.scope import Scope

_S: Final = ProjectStage
#: Within which suppliers promise to deliver.
_DUE_DAYS: Final = 45
_SUPPLIER: Final = "江南教育装备有限公司"


def tell_contracts(told: Telling, requests: Sequence[str]) -> None:
    """Projects and orders; ``requests``: ids of what the framework contract serves."""
    framework = _framework(told, requests)
    _accepted(told, framework)
    _partly_delivered(told, framework)
    _in_the_middle(told)


def _framework(told: Telling, requests: Sequence[str]) -> ProcurementProject:
    """A framework contract (统招分签) that schools draw on."""
    project = _desk(told, "procurement", Right.manage, 138).create(
        ProjectWish(
            "青禾县交互式教学设备框架采购",
            ProjectForm.framework,
            COUNTY,
            Decimal("480000.00"),
            [
                ProjectLineWish(
                    "86英寸交互式一体机", Kind.whiteboard, 24, Decimal("17600.00"),
                    told.model("Campus Panels", "CP-86"), 60,
                )
            ],
            requests,
        )
    )  # fmt: skip
    _stage(
        told,
        project,
        _S.technical_standard,
        days=136,
        note="按省配备标准：86英寸、4K、护眼、内置计算模块",
    )
    _stage(told, project, _S.planning_review, days=130, note="三位专家论证通过，意见已采纳")
    _stage(told, project, _S.budget, days=124, note="列入年度更新经费，市县2:8分担")
    signed = told.ago(96).date()
    contract = Contract(
        tender_number=f"QHJY-ZB-{signed.year}-07",
        contract_number=f"QHJY-HT-{signed.year}-07",
        supplier=_SUPPLIER,
        ceiling=Decimal("430000.00"),
        signed_on=signed,
        valid_until=signed + timedelta(days=365),
    )
    _stage(
        told,
        project,
        _S.contract,
        days=96,
        note="公开招标，三家投标，综合评分第一",
        contract=contract,
    )
    return project


def _stage(
    told: Telling,
    project: ProcurementProject,
    stage: ProjectStage,
    *,
    days: float,
    note: str,
    contract: Contract | None = None,
) -> None:
    """Put forward, and approved two days later."""
    _desk(told, "procurement", Right.manage, days).submit_stage(project.id, stage, note, contract)
    _desk(told, "county", Right.approve, days - 2).approve_stage(project.id, stage, "同意")


def _ordered(
    told: Telling, project: ProcurementProject, school: str, quantity: int, days: float
) -> PurchaseOrder:
    actor = told.actor("procurement", Right.manage)
    [line, *_] = ProjectRepository(told.session, actor.scope).lines(project.id)
    return OrderDesk(told.session, actor, told.ago(days)).place(
        project.id,
        school,
        [OrderLineWish(line.id, quantity)],
        expected_on=(told.ago(days) + timedelta(days=_DUE_DAYS)).date(),
    )


def _delivered(
    told: Telling, order: PurchaseOrder, days: float, mark: str, *, pieces: int, unpacked: int
) -> None:
    """A delivery of which so many pieces are unpacked; the numbers on them begin with ``mark``."""
    [count] = OrderRepository(told.session, Scope.everything()).counts(order.id)
    desk = _receiving(told, days)
    arrived = told.ago(days).date()
    delivery = desk.deliver(
        order.id, {count.line.id: pieces}, arrived_on=arrived, note_number=f"SH-{arrived:%Y%m%d}"
    )
    scans = [
        Scan(serial=f"CP86{mark}{number:04d}", asset_number=f"ZC-{mark}{number:03d}")
        for number in range(1, unpacked + 1)
    ]
    desk.receive(delivery.id, count.line.id, scans)


def _put_up(
    told: Telling, order: PurchaseOrder, days: float, custodian: str, places: Sequence[str]
) -> None:
    """Unpacked pieces go into the rooms of these devices of the simulation, one each."""
    items = OrderRepository(told.session, Scope.everything()).items(order.id)
    for (item, _), device in zip(items, places, strict=False):
        room = told.session.get_one(Device, told.devices[device]).room_id
        _receiving(told, days).put_in_service(item.id, room or "", custodian)


def _partly_delivered(told: Telling, project: ProcurementProject) -> None:
    """Twelve ordered, eight came, six unpacked, three hang in their rooms."""
    order = _ordered(told, project, URBAN.code, 12, 40)
    _delivered(told, order, 12, "QH1X", pieces=8, unpacked=6)
    _put_up(told, order, 9, "苏婷", ("qh1-wb1", "qh1-wb2", "qh1-wb3"))


def _accepted(told: Telling, project: ProcurementProject) -> None:
    """Four ordered, four in service, accepted."""
    order = _ordered(told, project, CENTRAL.code, 4, 80)
    _delivered(told, order, 62, "LHX", pieces=4, unpacked=4)
    _put_up(told, order, 60, "赵海", ("lh-wb1", "lh-wb2", "lh-wb3", "lh-wb4"))
    actor = told.actor("technician", Right.receive)
    OrderDesk(told.session, actor, told.ago(55)).accept(
        order.id,
        inspectors="王工、赵海",
        conclusion="数量、型号与合同一致，安装牢固，逐台试用正常，同意验收。",
        accepted_on=told.ago(55).date(),
    )


def _in_the_middle(told: Telling) -> None:
    """A project whose budget waits for approval."""
    project = _desk(told, "procurement", Right.manage, 34).create(
        ProjectWish(
            "第一实验学校无线网络改造",
            ProjectForm.tender,
            COUNTY,
            Decimal("96000.00"),
            [
                ProjectLineWish(
                    "双频吸顶无线AP", Kind.access_point, 36, Decimal("1280.00"),
                    told.model("Ruijie", "RG-AP820-L"), 36,
                ),
                ProjectLineWish("24口PoE交换机", Kind.switch, 6, Decimal("5400.00"), None, 36),
            ],
        )
    )  # fmt: skip
    _stage(
        told,
        project,
        _S.technical_standard,
        days=31,
        note="每间教室一台，支持Wi-Fi 6，统一由现有控制器管理",
    )
    _stage(told, project, _S.planning_review, days=22, note="论证通过；建议与综合布线整改同期施工")
    _desk(told, "procurement", Right.manage, 5).submit_stage(
        project.id, STAGES[2], "概算9.6万元，拟列入下一年度更新经费"
    )


def _desk(told: Telling, login: str, right: Right, days: float) -> ProjectDesk:
    return ProjectDesk(told.session, told.actor(login, right), told.ago(days))


def _receiving(told: Telling, days: float) -> ReceivingDesk:
    return ReceivingDesk(told.session, told.actor("technician", Right.receive), told.ago(days))
