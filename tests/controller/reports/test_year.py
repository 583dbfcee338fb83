"""Chapters of the annual report, counted from a register made by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from alerts.models import Ticket, TicketState
from controller.language import language
from controller.reports.chapters import ChapterKind, Figure
from controller.reports.columns import printed
from controller.reports.year import YearAsked, chapters_of
from controller.reports.year_tables import chapter
from drivers.readings import Kind
from inventory.models import (
    BudgetEntry,
    BudgetLine,
    CertificateLevel,
    Device,
    DeviceUsage,
    Level,
    Lifecycle,
    OrderState,
    Organisation,
    ProcurementProject,
    Programme,
    ProgrammeCategory,
    ProjectForm,
    PurchaseOrder,
    School,
    StaffMember,
    StaffRole,
    User,
)
from inventory.scope import Scope

YEAR = YearAsked(
    path="/33/A/", first=date(2026, 1, 1), last=date(2026, 12, 31), on=date(2027, 1, 5)
)


@pytest.fixture
def county(sqlite_engine: Engine) -> Iterator[Session]:
    """County A with two schools; county B has as much of everything, which nothing may count."""
    with Session(sqlite_engine) as session:
        session.add(Organisation(code="33", name="市", level=Level.city, path="/33/"))
        session.add(User(id="u", login="mei", name="Mei", password_hash="x"))
        session.flush()
        for mark in ("A", "B"):
            _add_county(session, mark)
        session.commit()
        yield session


def _add_county(session: Session, mark: str) -> None:
    path = f"/33/{mark}/"
    session.add(Organisation(code=mark, name=mark, level=Level.county, path=path, parent_code="33"))
    session.flush()
    for code in (f"SCH-{mark}1", f"SCH-{mark}2"):
        session.add(School(code=code, name=code, organisation_code=mark, path=f"{path}{code}/"))
    session.flush()
    _add_things(session, mark, f"SCH-{mark}1")


def _add_things(session: Session, mark: str, school: str) -> None:
    states = (Lifecycle.in_service, Lifecycle.in_service, Lifecycle.retired, Lifecycle.disposed)
    session.add_all(
        Device(
            id=f"d-{mark}{n}",
            school_code=school,
            name=f"d{n}",
            kind=Kind.switch if n else Kind.terminal,
            lifecycle=state,
            purchased_on=date(2020 + n, 3, 1),
        )
        for n, state in enumerate(states)
    )
    session.add_all(
        DeviceUsage(
            device_id=f"d-{mark}{n}",
            school_code=school,
            hours_a_week=hours,
            counted_at=datetime(2027, 1, 4, 20, tzinfo=UTC),
        )
        for n, hours in enumerate((20.0, 100.0, 60.0))
    )
    session.add(Device(id=f"own-{mark}", school_code=school, name="own", is_personal=True))
    # The last one is of New Year's Eve by the server's clock, and of the next year in China.
    opened = (
        datetime(2026, 3, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 9, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 20, tzinfo=UTC),
    )
    session.add_all(
        Ticket(
            id=f"t-{mark}{n}",
            number=100 * ord(mark) + n,
            school_code=school,
            state=TicketState.resolved if n == 0 else TicketState.new,
            opened_at=at,
            resolved_at=at.replace(hour=7) if n == 0 else None,
        )
        for n, at in enumerate(opened)
    )
    session.add_all(
        StaffMember(
            id=f"s-{mark}{n}",
            school_code=school,
            role=StaffRole.network_administrator,
            name=f"p{n}",
            certificate_name="网络管理员" if n else "",
            certificate_level=CertificateLevel.junior if n else None,
        )
        for n in range(2)
    )
    session.add(
        ProcurementProject(
            id=f"p-{mark}",
            number=f"P-{mark}",
            title="x",
            form=ProjectForm.tender,
            organisation_code=mark,
            budget_cny=Decimal(1),
            created_by="u",
            created_at=datetime(2026, 5, 1, tzinfo=UTC),
        )
    )
    session.add(
        Programme(
            id=f"g-{mark}", organisation_code=mark, name="三年行动", first_year=2026, last_year=2028
        )
    )
    session.flush()
    session.add(ProgrammeCategory(programme_id=f"g-{mark}", code="renew", position=1, name="更新"))
    session.flush()
    session.add(
        BudgetLine(
            programme_id=f"g-{mark}",
            year=2026,
            category="renew",
            from_cny=Decimal(900),
            to_cny=Decimal(1000),
        )
    )
    session.add(
        BudgetEntry(
            id=f"e-{mark}",
            programme_id=f"g-{mark}",
            category="renew",
            year=2026,
            booked_on=date(2026, 6, 1),
            amount_cny=Decimal("250.50"),
            reference="r",
        )
    )
    session.add_all(
        PurchaseOrder(
            id=f"o-{mark}{n}",
            number=f"O-{mark}{n}",
            project_id=f"p-{mark}",
            school_code=school,
            state=state,
            total_cny=Decimal(100 * (n + 1)),
            placed_by="u",
            placed_at=datetime(2026, 5, 2, tzinfo=UTC),
        )
        for n, state in enumerate((OrderState.placed, OrderState.accepted, OrderState.cancelled))
    )


def _figures(
    session: Session, scope: Scope, asked: YearAsked = YEAR
) -> dict[tuple[str, str], Figure]:
    return {
        (one.name, one.key): one
        for chapter in chapters_of(session, scope, asked)
        for one in chapter.figures
    }


def test_each_figure_has_what_is_there_and_what_it_is_held_against(county: Session) -> None:
    found = _figures(county, Scope.everything())
    told = {key: (one.numerator, one.denominator) for key, one in found.items()}
    assert told == {
        ("devices_in_service", ""): (2, 3),
        ("devices_of_kind", "terminal"): (1, 1),
        ("devices_of_kind", "switch"): (1, 2),
        ("devices_in_state", "in_service"): (2, 3),
        ("devices_in_state", "retired"): (1, 3),
        ("devices_bought", "2020"): (1, 3),
        ("devices_bought", "2021"): (1, 3),
        ("devices_bought", "2022"): (1, 3),
        ("hours_in_use", ""): (180, 3),
        ("hours_of_kind", "terminal"): (20, 1),
        ("hours_of_kind", "switch"): (160, 2),
        ("projects", ""): (0, 1),
        ("orders", ""): (1, 2),
        ("ordered_cny", ""): (200, 300),
        ("budget_cny", "2026"): (Decimal("250.50"), 1000),
        ("budget_of_category", "三年行动 · 更新"): (Decimal("250.50"), 1000),
        ("tickets", ""): (1, 2),
        ("hours_to_repair", ""): (6, 1),
        ("tickets_within", "24"): (1, 2),
        ("tickets_within", "72"): (1, 2),
        ("tickets_within", "168"): (1, 2),
        ("tickets", "2026-03"): (1, 2),
        ("administrators_certified", ""): (1, 2),
        ("administrators_advanced", ""): (0, 2),
    }


def test_who_reads_no_costs_reads_no_amounts_and_nobody_beyond_their_scope(
    county: Session,
) -> None:
    without = YearAsked(path="/33/", first=YEAR.first, last=YEAR.last, on=YEAR.on, money=False)
    found = _figures(county, Scope(("/33/A/",)), without)
    assert not [name for name, _ in found if "cny" in name or "budget" in name]
    assert found["tickets", ""].denominator == 2
    assert found["administrators_certified", ""].denominator == 2
    assert chapters_of(county, Scope(("/33/A/SCH-A2/",)), without) == ()


def test_figures_are_told_in_words(county: Session) -> None:
    told = {one.kind: one for one in chapters_of(county, Scope.everything(), YEAR)}
    lang = language("zh_CN")
    rows = printed(chapter(told[ChapterKind.maintenance], lang), lang)
    assert ["平均修复时间（小时，按已解决工单）", "—", "2026-12-31", "6", "1", "6"] in rows
    rows = printed(chapter(told[ChapterKind.equipment], lang), lang)
    assert ["各类设备（在用 / 全部）", "交换机", "2027-01-05", "1", "2", "50%"] in rows
