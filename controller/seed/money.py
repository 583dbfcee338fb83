"""What the synthetic city's standards demand, and what it plans and spends: invented sums."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from zlib import crc32

from controller.seed.bulk import BulkWriter
from controller.seed.chance import Ids
from controller.seed.places import City
from inventory.models import (
    BudgetEntry,
    BudgetLine,
    EquipmentBasis,
    EquipmentRule,
    Fund,
    FundEntry,
    Programme,
    ProgrammeCategory,
    ProgrammeParty,
    RoomKind,
)
from inventory.money.programmes import EXAMPLE_CATEGORIES, EXAMPLE_PARTIES
from inventory.money.years import Calendar

_LIWAN: Final = "广州荔湾区教育信息化改革试点实施方案"
#: Yuan a school and year by category, and what share of it is really spent.
_PLANNED: Final = {"renew": 38_000, "apply": 9_000, "maintain": 4_500, "other": 1_200}
_LEAST_SPENT, _SPREAD = 82, 17
#: Years before and after the one the city is in.
_BEFORE, _AFTER = 2, 2
_WORDS: Final = {
    "renew": "设备更新",
    "apply": "应用服务",
    "maintain": "设备维修",
    "other": "人员培训",
}
_QUARTER_ENDS: Final = ((3, 25), (6, 25), (9, 25), (12, 10))


def write_standards(writer: BulkWriter, city: City, ids: Ids) -> None:
    """Two demands of Liwan's plan, for the schools of this city."""
    since = date(city.spec.until.year - _BEFORE, 1, 1)
    for item, quote, basis, per, kinds, placed in (
        (
            "多媒体教学平台", "多媒体教学平台与班级数的比例达100%",
            EquipmentBasis.school_class, 1, "whiteboard,display,projector", "",
        ),
        (
            "学生用计算机", "学校电脑生机比达到6:1以上",
            EquipmentBasis.student, 6, "terminal", RoomKind.computer_room.value,
        ),
    ):  # fmt: skip
        writer.add(
            EquipmentRule,
            id=ids.new("er", city.spec.begin),
            standard=_LIWAN,
            item=item,
            quote=quote,
            organisation_code=city.bureau.code,
            basis=basis,
            quantity=1,
            per=per,
            kinds=kinds,
            placed_in=placed,
            valid_from=since,
        )


def write_money(writer: BulkWriter, city: City, ids: Ids) -> None:
    """A programme of the city, its yearly budgets, what its counties spent, and its fund."""
    spec, code = city.spec, city.bureau.code
    programme, this_year = ids.new("g", spec.begin), spec.until.year
    writer.add(
        Programme,
        id=programme,
        organisation_code=code,
        name=f"{city.bureau.name}教育信息化五年计划",
        calendar=Calendar.fiscal,
        first_year=this_year - _BEFORE,
        last_year=this_year + _AFTER,
        created_at=spec.begin,
    )
    for position, category in enumerate(EXAMPLE_CATEGORIES):
        writer.add(
            ProgrammeCategory,
            programme_id=programme,
            code=category.code,
            position=position,
            name=category.name,
            name_en=category.name_en,
        )
    for position, party in enumerate(EXAMPLE_PARTIES):
        writer.add(
            ProgrammeParty,
            programme_id=programme,
            position=position,
            name=party.name,
            weight=party.weight,
            reimburses=party.reimburses,
        )
    for year in range(this_year - _BEFORE, this_year + _AFTER + 1):
        for category_code, yuan in _PLANNED.items():
            amount = Decimal(yuan * len(city.schools))
            writer.add(
                BudgetLine,
                programme_id=programme,
                year=year,
                category=category_code,
                from_cny=amount,
                to_cny=amount,
            )
    _spend(writer, city, ids, programme)


def _spend(writer: BulkWriter, city: City, ids: Ids, programme: str) -> None:
    """Each quarter, each county, each category; repairs come out of the fund."""
    spec, code = city.spec, city.bureau.code
    paid_in = Decimal(_PLANNED["maintain"] * len(city.schools))
    schools = Counter(school.county for school in city.schools)
    moved: list[tuple[date, Decimal, str, str | None]] = []
    for day in _days(city):
        if day.month == _QUARTER_ENDS[0][0]:
            moved.append((day.replace(day=1), paid_in, f"拨款-{day.year}", None))
        for county, number in sorted(schools.items()):
            for category, yuan in _PLANNED.items():
                reference = f"{county}-{day:%Y%m}-{category}"
                share = _LEAST_SPENT + crc32(reference.encode()) % _SPREAD
                amount = Decimal(yuan * number * share) / len(_QUARTER_ENDS) / 100
                amount = amount.quantize(Decimal("0.01"))
                entry, repairs = ids.new("b", spec.begin), category == "maintain"
                writer.add(
                    BudgetEntry,
                    id=entry,
                    programme_id=programme,
                    category=category,
                    year=day.year,
                    booked_on=day,
                    amount_cny=amount,
                    reference=reference,
                    note=_WORDS[category],
                    fund_code=code if repairs else None,
                    made_at=spec.begin,
                )
                if repairs:
                    moved.append((day, -amount, reference, entry))
    balance = sum((amount for _, amount, _, _ in moved), Decimal(0))
    writer.add(Fund, organisation_code=code, name="教育设施维修改造专项经费", balance_cny=balance)
    for day, amount, reference, entry_id in moved:
        writer.add(
            FundEntry,
            id=ids.new("f", spec.begin),
            organisation_code=code,
            booked_on=day,
            amount_cny=amount,
            reference=reference,
            budget_entry_id=entry_id,
            made_at=spec.begin,
        )


def _days(city: City) -> Iterator[date]:
    """Days on which quarters are settled, up to the city's present."""
    today = city.spec.until.date() - timedelta(days=1)
    for year in range(today.year - _BEFORE, today.year + 1):
        for month, day in _QUARTER_ENDS:
            if date(year, month, day) <= today:
                yield date(year, month, day)
