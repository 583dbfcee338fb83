"""The demonstration's money: a programme of the county, its fund, and what was spent."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from controller.demo.county import COUNTY
from drivers.simulate.campus import CENTRAL, POINT, URBAN
from inventory.models import PerPupilRule, Stage
from inventory.money.claims import claim, settle
from inventory.money.entries import Spending, spend, take_back
from inventory.money.funds import open_fund, pay_in
from inventory.money.programmes import open_programme, plan_line
from inventory.money.rules import add_per_pupil_rule
from inventory.money.years import Calendar
from inventory.scope import Scope

_EVERYTHING: Final = Scope.everything()
_LINYI: Final = "临沂智慧教育云平台"
#: Yuan a year by category, from and to: last year, this one, and the two to come.
_PLANNED: Final = {
    "renew": (("420000", None), ("560000", None), ("500000", "620000"), ("480000", "600000")),
    "apply": (("120000", None), ("150000", None), ("150000", "200000"), ("150000", "200000")),
    "maintain": (("60000", None), ("66000", None), ("66000", None), ("70000", None)),
    "other": (("15000", None), ("20000", None), ("20000", None), ("20000", None)),
}
#: Days before today, category, yuan, reference, school, and what for.
_SPENT: Final = (
    (560, "renew", "196300.00", "HT-QH-更新-01", URBAN.code, "接入交换机与无线AP更新"),
    (520, "renew", "84200.00", "HT-QH-更新-02", CENTRAL.code, "多媒体教室更新"),
    (500, "apply", "98000.00", "HT-QH-应用-01", None, "县级教学资源平台年度服务"),
    (455, "other", "9860.50", "FP-20071", None, "网络管理员培训"),
    (310, "renew", "31500.00", "HT-QH-更新-03", POINT.code, "教学点无线覆盖"),
    (240, "apply", "116400.00", "HT-QH-应用-02", None, "县级教学资源平台年度服务"),
    (95, "other", "12350.00", "FP-21933", None, "网络管理员培训"),
)
#: Days before today, yuan, reference, device, and what was done: out of the fund.
_REPAIRS: Final = (
    (330, "1860.00", "WX-0211", "qh1-wb1", "更换电源板"),
    (205, "2140.00", "WX-0248", "qh1-wb1", "更换触摸框"),
    (180, "1980.00", "WX-0259", "qh1-wb2", "更换触摸框"),
    (150, "640.00", "WX-0263", "qh1-sw2", "更换电源模块"),
    (88, "1450.00", "WX-0280", "lh-wb1", "更换主板"),
    (61, "780.00", "WX-0291", "lh-pr1", "更换定影组件"),
    (33, "920.00", "WX-0297", "qh1-pj1", "更换灯泡"),
)


def register_money(
    session: Session, today: date, devices: Mapping[str, str], users: Mapping[str, str]
) -> None:
    """Programme, fund, entries, claims and funding rules.

    Args:
        session: flushed, not committed.
        today: the day of the demonstration.
        devices: ids in the register by ids of the simulation.
        users: ids of users by log-in.
    """
    by = users["procurement"]
    first = today.year - 2
    programme = open_programme(
        session,
        _EVERYTHING,
        organisation_code=COUNTY,
        name="青禾县教育信息化提升计划",
        first_year=first,
        last_year=today.year + 2,
        plan=f"{_LINYI}：市县两级按照2:8的比例承担",
    ).id
    for category, years in _PLANNED.items():
        for year, (lowest, highest) in enumerate(years, today.year - 1):
            plan_line(
                session,
                _EVERYTHING,
                programme,
                year=year,
                category=category,
                from_cny=Decimal(lowest),
                to_cny=None if highest is None else Decimal(highest),
            )
    open_fund(session, _EVERYTHING, COUNTY, "青禾县教育设施维修改造专项经费")
    for days, yuan, reference in ((400, "60000.00", "拨款-01"), (120, "66000.00", "拨款-02")):
        pay_in(
            session,
            _EVERYTHING,
            COUNTY,
            on=today - timedelta(days=days),
            amount_cny=Decimal(yuan),
            reference=reference,
            by=by,
        )
    for days, category, yuan, reference, school, note in _SPENT:
        entry = Spending(
            category=category,
            booked_on=today - timedelta(days=days),
            amount_cny=Decimal(yuan),
            reference=reference,
            note=note,
            school_code=school,
        )
        spend(session, _EVERYTHING, programme, entry, by)
    for days, yuan, reference, device, note in _REPAIRS:
        repair = Spending(
            category="maintain",
            booked_on=today - timedelta(days=days),
            amount_cny=Decimal(yuan),
            reference=reference,
            note=note,
            device_id=devices[device],
            fund_code=COUNTY,
        )
        spend(session, _EVERYTHING, programme, repair, by)
    _correct_and_claim(session, programme, today, by)
    _per_pupil(session, today)


def _correct_and_claim(session: Session, programme: str, today: date, by: str) -> None:
    """One entry that was wrong, and what the city was asked to pay back."""
    wrong = Spending(
        category="maintain",
        booked_on=today - timedelta(days=60),
        amount_cny=Decimal("2450.00"),
        reference="WX-0292",
        note="更换硒鼓",
        school_code=CENTRAL.code,
    )
    entry = spend(session, _EVERYTHING, programme, wrong, by)
    take_back(session, _EVERYTHING, programme, entry.id, note="金额录错，应为245.00元", by=by)
    right = Spending(
        category="maintain",
        booked_on=wrong.booked_on,
        amount_cny=Decimal("245.00"),
        reference=wrong.reference,
        note=wrong.note,
        school_code=wrong.school_code,
    )
    spend(session, _EVERYTHING, programme, right, by)
    paid = claim(
        session,
        _EVERYTHING,
        programme,
        position=0,
        on=today - timedelta(days=300),
        reference="奖补申请-01",
        amount_cny=Decimal("77672.10"),
        by=by,
    )
    settle(session, _EVERYTHING, programme, paid.id, on=today - timedelta(days=210), paid=True)
    claim(
        session,
        _EVERYTHING,
        programme,
        position=0,
        on=today - timedelta(days=20),
        reference="奖补申请-02",
        amount_cny=Decimal("29580.00"),
        by=by,
    )


def _per_pupil(session: Session, today: date) -> None:
    """由小学66元、初中84元分别提高至小学90元、中学110元: the unit is still to be confirmed."""
    quote = "由小学66元、初中84元分别提高至小学90元、中学110元"
    for stage, before, after in (
        (Stage.primary, "66", "90"),
        (Stage.junior_secondary, "84", "110"),
    ):
        for yuan, first, last in (
            (before, today.year - 3, today.year - 2),
            (after, today.year - 1, None),
        ):
            add_per_pupil_rule(
                session,
                _EVERYTHING,
                PerPupilRule(
                    id="",
                    organisation_code=COUNTY,
                    plan=_LINYI,
                    quote=quote,
                    stage=stage,
                    calendar=Calendar.fiscal,
                    first_year=first,
                    last_year=last,
                    yuan=Decimal(yuan),
                ),
            )
