"""What the demonstration tells of the life of its equipment: every page finds something there."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, select

from alerts.figures.reading import FigureRepository, Grouping
from alerts.models import MaintenanceWindow, Silence, Ticket, TicketEvent, TicketReport, TicketState
from alerts.notify.models import DutyShift, NotifyChannel
from alerts.repositories.failures import FailureRepository
from alerts.rulebook.models import AlertRule
from alerts.work.models import ItemKind, TicketItem
from controller.demo.alerting import tell_alerting
from controller.demo.county import COUNTY, Places, register_county
from controller.demo.desk_life import tell_desk
from controller.demo.life import register_life
from controller.demo.people import register_people
from controller.demo.telling import Telling
from controller.settings import Settings, open_secret_box
from inventory.assets.attachments import FileFolder
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import (
    CampaignState,
    Device,
    DeviceTransfer,
    Disposal,
    DisposalState,
    EquipmentRequest,
    Fund,
    Lifecycle,
    OrderState,
    PurchaseOrder,
    RequestState,
    StockCampaign,
    TransferState,
)
from inventory.packed.reading import Failures
from inventory.renewal.fleet import due_years
from inventory.renewal.forecast import past_life, past_warranty
from inventory.renewal.loading import RenewalRepository
from inventory.schools.staff import county_certificates, expiring_certificates
from inventory.scope import Scope
from inventory.shortages.counting import survey

EVERYTHING = Scope.everything()


@pytest.fixture(scope="module", params=["2027-01-03", "2028-02-29"])
def told(request, sqlite_template, tmp_path_factory) -> Iterator[tuple[Session, datetime]]:
    """The register of the demonstration as it is made on a day, whichever it is."""
    folder: Path = tmp_path_factory.mktemp("demo")
    now = datetime.fromisoformat(f"{request.param}T01:00:00").replace(tzinfo=UTC)
    settings = Settings(
        database_url=f"sqlite:///{folder / 'fleet.db'}", secret_key_file=folder / "key"
    )
    shutil.copy(sqlite_template, folder / "fleet.db")
    engine = make_engine(settings.database_url)
    try:
        with unit_of_work(session_factory(engine)) as session:
            places = Places(16100, "mqtt://127.0.0.1:18830", 14352)
            box = open_secret_box(settings)
            devices = register_county(session, box, places, now.date())
            _, users = register_people(session, now)
            register_life(session, now, devices=devices, users=users)
            people = Telling(session, users, now, devices)
            tell_desk(people, FileFolder(folder / "attachments"))
            tell_alerting(people, box, "http://127.0.0.1:9/")
            yield session, now
    finally:
        engine.dispose()


def test_requests_orders_and_movements_are_at_different_steps(told) -> None:
    session, _ = told
    assert Counter(row.state for row in session.exec(select(EquipmentRequest))) == {
        RequestState.planned: 2,
        RequestState.submitted: 2,
        RequestState.approved: 1,
        RequestState.returned: 1,
        RequestState.rejected: 1,
        RequestState.draft: 1,
    }
    orders = session.exec(select(PurchaseOrder)).all()
    assert {row.state for row in orders} == {OrderState.placed, OrderState.accepted}
    movements = {row.state for row in session.exec(select(DeviceTransfer))}
    assert movements == {TransferState.done, TransferState.proposed}
    disposals = {row.state for row in session.exec(select(Disposal))}
    assert disposals == {DisposalState.done, DisposalState.appraised}


def test_devices_are_at_every_step_of_life_but_the_first_two(told) -> None:
    session, _ = told
    found = Counter(session.exec(select(Device.lifecycle)))
    assert set(found) == set(Lifecycle) - {
        Lifecycle.requested,
        Lifecycle.ordered,
        Lifecycle.retired,
    }
    assert found[Lifecycle.disposed] == 3


def test_some_things_are_due_soon_and_some_have_broken_often(told) -> None:
    session, now = told
    tickets = FailureRepository(session, EVERYTHING).since(now - timedelta(days=365))
    failures = Failures(tickets)
    fleet = RenewalRepository(session, EVERYTHING).fleet(failures=failures)
    today = now.date()
    for ahead in (past_life(fleet, today), past_warranty(fleet, today)):
        assert ahead.past > 0
        assert min(ahead.within) > 0
    years = due_years(fleet)
    assert len(set(years.tolist())) > 4
    assert int(fleet.failures.max()) >= 3
    assert int(fleet.repairs.max()) > 100_000


def test_repairs_are_at_every_step_and_what_they_took_is_written_down(told) -> None:
    session, now = told
    states = set(session.exec(select(Ticket.state)))
    assert states == set(TicketState) - {TicketState.reopened}
    reports = session.exec(select(TicketReport)).all()
    assert {row.satisfaction for row in reports} == {None, 3, 4, 5}
    assert any(row.signature_id for row in reports)
    assert {row.kind for row in session.exec(select(TicketItem))} == set(ItemKind)
    assert max(row.at for row in session.exec(select(TicketEvent))) <= now
    figures = FigureRepository(session, EVERYTHING)
    [all_together] = figures.groups(now - timedelta(days=30), now, Grouping.all)
    found = all_together.figures
    assert found.repaired > 5
    assert found.first_time_fix is not None
    assert found.first_time_fix < 1
    suppliers = figures.groups(now - timedelta(days=30), now, Grouping.supplier)
    assert {one.name for one in suppliers} > {"白板厂家售后"}


def test_the_county_is_told_of_faults_as_it_wants_to_be(told) -> None:
    session, now = told
    windows = session.exec(select(MaintenanceWindow)).all()
    assert sorted(row.begins_at > now for row in windows) == [False, True]
    [silence] = session.exec(select(Silence)).all()
    assert silence.ends_at > now
    [rule] = session.exec(select(AlertRule)).all()
    assert rule.newest == 2
    [channel] = session.exec(select(NotifyChannel)).all()
    assert channel.hint == "http://127.0.0.1"
    assert {row.weekday for row in session.exec(select(DutyShift))} == set(range(7))


def test_schools_lack_something_and_people_have_certificates(told) -> None:
    session, now = told
    found = survey(session, EVERYTHING, now.date())
    missing = found.rows(found.missing())
    assert {one.rule.item for one in missing} >= {"学生用计算机"}
    (county,) = county_certificates(session, EVERYTHING, now.date())
    assert (county.bureau, county.administrators, county.certified) == (COUNTY, 2, 2)
    assert county.unmanned == []
    ending = expiring_certificates(session, EVERYTHING, now.date())
    assert [one.name for one in ending.items] == ["赵海"]


def test_the_fund_holds_what_was_not_spent(told) -> None:
    session, _ = told
    fund = session.get_one(Fund, COUNTY)
    assert fund.balance_cny == Decimal("126000.00") - Decimal("9770.00")


def test_one_stock_taking_is_signed_and_one_under_way(told) -> None:
    session, _ = told
    states = {row.name: row.state for row in session.exec(select(StockCampaign))}
    assert sorted(states.values()) == [CampaignState.counting, CampaignState.signed]
