"""Devices of the demonstration that go to another school, and those that go for good."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from controller.demo.telling import Telling
from drivers.simulate.campus import CENTRAL, URBAN
from inventory.models import Device, Right, WipeMethod
from inventory.procurement.disposals import DisposalDesk
from inventory.procurement.transfers import TransferDesk


def tell_transfers(told: Telling, unwatched: Mapping[str, Sequence[Device]]) -> None:
    """One that is done, and one that waits for the other school.

    ``unwatched``: devices that no agent watches, by school code and mark.
    """
    computers = [device.id for device in unwatched[f"{URBAN.code} XS"]]
    given = told.actor("school", Right.request)
    taken = told.actor("central", Right.request)
    done = TransferDesk(told.session, given, told.ago(47)).propose(
        URBAN.code, CENTRAL.code, computers[:4], "计算机教室二减班，富余四台支援中心小学。"
    )
    TransferDesk(told.session, taken, told.ago(45)).consent(done.id, "同意接收")
    keeper = told.actor("technician", Right.receive)
    TransferDesk(told.session, keeper, told.ago(41)).complete(done.id, "已运抵，入库")
    TransferDesk(told.session, given, told.ago(3)).propose(
        URBAN.code,
        CENTRAL.code,
        [device.id for device in unwatched[f"{URBAN.code} BJ"][:1]],
        "柳河镇中心小学三层信号弱，先调一台备用AP应急。",
    )


def tell_disposals(told: Telling, unwatched: Mapping[str, Sequence[Device]]) -> None:
    """One that is done, and one that waits for approval; ``unwatched`` as above."""
    boards = [device.id for device in unwatched[f"{URBAN.code} JB"]]
    projectors = [device.id for device in unwatched[f"{URBAN.code} TY"]]
    school = told.actor("school", Right.request)
    county = told.actor("county", Right.approve)
    technician = told.actor("technician", Right.receive)
    done = DisposalDesk(told.session, school, told.ago(38)).propose(
        URBAN.code, boards, "使用九年，触摸框失灵，配件停产，无维修价值。"
    )
    DisposalDesk(told.session, technician, told.ago(36)).appraise(
        done.id, "逐台检测：触摸框、背光均已损坏，维修费超过残值。"
    )
    DisposalDesk(told.session, county, told.ago(33)).approve(done.id, "同意报废")
    DisposalDesk(told.session, technician, told.ago(30)).wipe(
        done.id, dict.fromkeys(boards, WipeMethod.overwritten)
    )
    DisposalDesk(told.session, technician, told.ago(26)).complete(
        done.id, dict.fromkeys(boards, Decimal("85.00"))
    )
    waiting = DisposalDesk(told.session, school, told.ago(11)).propose(
        URBAN.code, projectors, "使用八年，亮度不足标称三成，更换灯泡不经济。"
    )
    DisposalDesk(told.session, technician, told.ago(8)).appraise(
        waiting.id, "实测亮度均低于900流明，灯泡与主板老化，建议报废。"
    )
