"""The layout of outlets of bureaus, and the importer of its rows."""

from typing import Any, ClassVar

from sqlmodel import Session, col, select

from inventory.errors import N_
from inventory.exchange.faults import Why
from inventory.exchange.layout import Column, Holds, Layout
from inventory.exchange.order import Order
from inventory.exchange.row_importer import Fields, RowImporter, made, need
from inventory.exchange.values import Unfit
from inventory.models import Outlet, OutletKind
from inventory.outlets import LONGEST_NOTE, LONGEST_TEXT, save_outlet
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope

OUTLETS = Layout(
    name="outlets",
    title=N_("Outlets of cities and counties"),
    key=("organisation_code", "kind", "provider", "circuit"),
    columns=(
        Column(
            "organisation_code",
            "Bureau code",
            "机构代码",
            (
                "教育局代码",
                "区县代码",
                "主管部门代码",
                "单位代码",
                "教育局",
                "机构",
                "organisation code",
            ),
            Holds.number,
            needed=True,
            longest=120,
        ),
        Column(
            "kind",
            "Kind of outlet",
            "出口类型",
            ("类型", "类别", "kind"),
            Holds.choice,
            choice="outlet",
            words={
                "互联网": "internet",
                "因特网出口": "internet",
                "出口": "internet",
                "骨干": "backbone",
                "专网": "backbone",
                "教育专网": "backbone",
                "教育城域网": "backbone",
            },
        ),
        Column(
            "provider",
            "Provider",
            "运营商",
            ("服务商", "电信运营商", "isp"),
            needed=True,
            longest=LONGEST_TEXT,
        ),
        Column(
            "circuit",
            "Circuit number",
            "线路编号",
            ("电路号", "电路编号", "专线号", "circuit"),
            Holds.number,
            longest=LONGEST_TEXT,
        ),
        Column(
            "down_mbps",
            "Download (Mbit/s)",
            "下行带宽",
            ("带宽", "合同带宽", "出口带宽", "下行", "down", "download"),
            Holds.decimal,
            digits=(7, 3),
        ),
        Column(
            "up_mbps",
            "Upload (Mbit/s)",
            "上行带宽",
            ("上行", "up", "upload"),
            Holds.decimal,
            digits=(7, 3),
        ),
        Column("starts_on", "First day", "开始日期", ("开通日期", "起始日期"), Holds.day),
        Column(
            "ends_on", "Last day", "截止日期", ("到期日期", "结束日期", "合同到期"), Holds.last_day
        ),
        Column("note", "Note", "备注", ("说明",), longest=LONGEST_NOTE),
    ),
)


class OutletImporter(RowImporter):
    """Outlets by bureau, kind, provider and circuit; a bureau is named by its code or its name."""

    types: ClassVar = {"kind": OutletKind}
    key: ClassVar = tuple(OUTLETS.key)
    whose: ClassVar = "organisation_code"

    def __init__(self, session: Session, scope: Scope, order: Order) -> None:
        super().__init__(session, scope, order)
        self._codes: dict[str, set[str]] = {}
        for one in OrganisationRepository(session, scope).all():
            for name in (one.code, one.name, one.name_en):
                self._codes.setdefault(name, set()).add(one.code)

    def place(self, values: dict[str, Any]) -> None:
        values.pop("school", None)
        named = values["organisation_code"]
        codes = self._codes.get(named) or self._codes.get(named.upper(), set())
        if len(codes) != 1:
            raise Unfit(Why.unknown_bureau)
        values["organisation_code"] = next(iter(codes))
        values.setdefault("kind", OutletKind.internet)

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        outlet = self._session.exec(
            select(Outlet)
            .where(
                Outlet.organisation_code == values["organisation_code"],
                Outlet.kind == values["kind"],
                Outlet.provider == values["provider"],
                Outlet.circuit == values.get("circuit", ""),
            )
            # A contract may have been made anew: the newest is meant.
            .order_by(col(Outlet.starts_on).desc().nulls_last(), col(Outlet.id).desc())
        ).first()
        if outlet is None:
            need(values, "down_mbps", "up_mbps")
            save_outlet(self._session, self._scope, Outlet(id="", **values))
            return made(values)
        fields = self.differences(outlet, values)
        save_outlet(self._session, self._scope, outlet)
        return False, fields
