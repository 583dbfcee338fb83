"""How every public method of every repository is called: what it may ask and write elsewhere."""

import inspect
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from inventory import repositories
from inventory.models import (
    Agent,
    ApiToken,
    Broker,
    Building,
    CalendarEntry,
    CalendarKind,
    Campus,
    Credential,
    Device,
    DiscoverySettings,
    EquipmentBasis,
    EquipmentRule,
    Level,
    Line,
    Organisation,
    Port,
    Protocol,
    Role,
    Room,
    School,
    SchoolChange,
    SchoolChangeKind,
    SchoolFigures,
    StaffMember,
    StaffRole,
    User,
    WebSession,
)
from inventory.repositories import Repository
from inventory.repositories.agents import PlanNote
from inventory.repositories.audit import ChangeFilter
from inventory.repositories.devices import DeviceQuestion
from tests.inventory.city import CITY, NOW, A, B

Call = Callable[[Any], Any]

TODAY = date(2026, 9, 1)


def spare(repository: Repository) -> Credential:
    """A credential of county B that opens nothing."""
    return repository._session.get_one(Credential, B.row("spare"))


def spare_row(repository: Repository, model: Any) -> Any:
    """A row of county B that nothing points to."""
    return repository._session.get_one(model, B.row("spare"))


def broker(repository: Repository) -> Broker:
    """County B's broker."""
    return repository._session.get_one(Broker, B.row("b"))


def left_behind(repository: Any) -> list[Any]:
    """What county B's school leaves behind, as if it had closed the day before."""
    school = repository._session.get(School, B.school)
    if school is not None:
        school.closed_on = TODAY - timedelta(days=1)
        repository._session.flush()
    found = [tuple(one) for one in repository.left_behind(TODAY)]
    if school is not None:
        school.closed_on = None
        repository._session.flush()
    return found


DEVICE_OF_B = Device(id=B.row("d"), school_code=B.school, name="x")
USER_OF_B = User(id=B.row("u"), login="user-B", name="", password_hash="-")

READS: dict[str, Call] = {
    "AgentRepository.all": lambda r: r.all(),
    "AgentRepository.vitals": lambda r: r.vitals(),
    "AgentRepository.named": lambda r: r.named([A.row("a"), B.row("a")]),
    "AgentRepository.at_school": lambda r: r.at_school(B.point),
    "AgentRepository.authorised_schools": lambda r: r.authorised_schools(B.row("a")),
    "AgentRepository.authorised_by_agent": lambda r: r.authorised_by_agent([B.row("a")])[
        B.row("a")
    ],
    "AgentRepository.by_key": lambda r: r.by_key(B.token("k")[:43]),
    "AgentRepository.get": lambda r: r.get(B.row("a")),
    "AgentRepository.heard_since": lambda r: r.heard_since(NOW - timedelta(days=1)),
    "AgentRepository.keys_of": lambda r: r.keys_of([A.row("a"), B.row("a")]),
    "AgentRepository.own_schools": lambda r: r.own_schools(B.row("a")),
    "AgentRepository.signer": lambda r: r.signer(B.token("k")[:43]),
    "AgentRepository.schools_by_agent": lambda r: r.schools_by_agent(),
    "AgentRepository.open_tokens": lambda r: r.open_tokens(NOW),
    "ApiTokenRepository.holder": lambda r: r.holder(B.token("p"), NOW),
    "AuditRepository.page": lambda r: r.page(ChangeFilter()),
    "AuditRepository.tables": lambda r: r.tables(),
    "ApiTokenRepository.of_user": lambda r: r.of_user(B.row("u")),
    "BrokerRepository.all": lambda r: r.all(),
    "BrokerRepository.get": lambda r: r.get(B.row("b")),
    "BrokerRepository.at_school": lambda r: r.at_school(B.school),
    "BrokerRepository.at_schools": lambda r: r.at_schools([A.school, B.school]),
    "BuildingRepository.at_school": lambda r: r.at_school(B.school),
    "BuildingRepository.count_rooms": lambda r: r.count_rooms(B.row("bd")),
    "BuildingRepository.get": lambda r: r.get(B.row("bd")),
    "BuildingRepository.named": lambda r: r.named(B.school, "Building B"),
    "BuildingRepository.rooms_in": lambda r: r.rooms_in(B.row("bd")),
    "CalendarRepository.beginning": lambda r: r.beginning(
        (B.school, None), CalendarKind.day_off, date(2026, 10, 15)
    ),
    "CalendarRepository.blackout_beginning": lambda r: r.blackout_beginning(
        (B.school, None), f"Exam {B.mark}", date(2026, 11, 10), 480, None
    ),
    "CalendarRepository.term_within": lambda r: r.term_within(
        (B.school, None), None, (date(2030, 1, 1), date(2030, 12, 1)), beside=""
    ),
    "CalendarRepository.get": lambda r: r.get(CalendarEntry, B.row("ce")),
    "CalendarRepository.hours_until": lambda r: r.hours_until(date(2026, 12, 1)),
    "CalendarRepository.hours_beginning": lambda r: r.hours_beginning(
        (B.school, None), date(2026, 9, 1), None
    ),
    "CalendarRepository.blackouts_between": lambda r: r.blackouts_between(TODAY, date(2026, 12, 1)),
    "CalendarRepository.removed": lambda r: r.removed(CalendarEntry, (B.school, None), 5),
    "CalendarRepository.touching": lambda r: r.touching(TODAY, date(2026, 12, 1)),
    "CampusRepository.at_school": lambda r: r.at_school(B.school),
    "CampusRepository.count_buildings": lambda r: r.count_buildings(B.row("cp")),
    "CampusRepository.get": lambda r: r.get(B.row("cp")),
    "CampusRepository.named": lambda r: r.named(B.school, "Campus B"),
    "CredentialRepository.all": lambda r: r.all(),
    "CredentialRepository.at_school": lambda r: r.at_school(B.school),
    "CredentialRepository.get": lambda r: r.get(B.row("c")),
    "CredentialRepository.shared": lambda r: r.shared(),
    "CredentialRepository.named": lambda r: r.named([A.row("c"), B.row("c")]),
    "DeviceRepository.at_school": lambda r: r.at_school(B.school),
    "DeviceRepository.count_by_kind": lambda r: r.count_by_kind(),
    "DeviceRepository.count_by_school": lambda r: r.count_by_school(NOW),
    "DeviceRepository.count_by_status": lambda r: r.count_by_status(NOW),
    "DeviceRepository.get": lambda r: r.get(B.row("d")),
    "DeviceRepository.named": lambda r: r.named([A.row("d"), B.row("d")]),
    "DeviceRepository.listed": lambda r: r.listed(DeviceQuestion(), now=NOW),
    "DeviceRepository.page": lambda r: r.page(now=NOW),
    "DeviceRepository.row": lambda r: r.row(B.row("d"), NOW),
    "DeviceRepository.macs_of": lambda r: r.macs_of([A.row("d"), B.row("d")]),
    "DeviceRepository.having_mac": lambda r: r.having_mac(B.school, ["02000000000b"]),
    "DeviceRepository.attached_to": lambda r: r.attached_to(B.row("d")),
    "DeviceRepository.watched_by": lambda r: r.watched_by(Protocol.snmp, B.school),
    "DeviceRepository.vendors": lambda r: r.vendors(),
    "DeviceRepository.state_of": lambda r: r.state_of(B.row("d")),
    "DiscoveryRepository.ranges": lambda r: r.ranges(B.school),
    "DiscoveryRepository.settings": lambda r: r.settings(B.school),
    "EquipmentRuleRepository.all": lambda r: r.all(),
    "EquipmentRuleRepository.get": lambda r: r.get(B.row("er")),
    "EquipmentRuleRepository.rooms_by_kind": lambda r: r.rooms_by_kind(),
    "LineRepository.all": lambda r: r.all(),
    "LineRepository.at_school": lambda r: r.at_school(B.school),
    "LineRepository.ending": lambda r: r.ending(date(2025, 12, 1), date(2025, 1, 1), TODAY),
    "LineRepository.contracts": lambda r: r.contracts(TODAY),
    "LineRepository.terms": lambda r: r.terms(TODAY, TODAY),
    "LineRepository.get": lambda r: r.get(B.row("l")),
    "LineRepository.in_force": lambda r: r.in_force(TODAY),
    "LineRepository.named": lambda r: r.named([A.row("l"), B.row("l")]),
    "LineRepository.of_several_providers": lambda r: r.of_several_providers(date(2025, 6, 1)),
    "LineRepository.page": lambda r: r.page(),
    "OrganisationRepository.all": lambda r: r.all(),
    "OrganisationRepository.children": lambda r: r.children(CITY),
    "OrganisationRepository.get": lambda r: r.get(B.code),
    "OrganisationRepository.of_level": lambda r: r.of_level(Level.county),
    "OrganisationRepository.under": lambda r: r.under(f"/{CITY}/"),
    "PlanRepository.asking": lambda r: r.asking(B.row("a")),
    "PlanRepository.brokers": lambda r: [*map(tuple, r.brokers([A.school, B.school]))],
    "PlanRepository.changes": lambda r: r.changes(B.row("a"), [A.school, B.school], NOW),
    "PlanRepository.credentials": lambda r: r.credentials([A.row("c"), B.row("c")]),
    "PlanRepository.devices": lambda r: r.devices([A.school, B.school]),
    "PlanRepository.lines": lambda r: r.lines([A.school, B.school], TODAY),
    "PlanRepository.looking": lambda r: [*map(tuple, r.looking([A.school, B.school]))],
    "PlanRepository.ranges": lambda r: [*map(tuple, r.ranges([A.school, B.school]))],
    "PlanRepository.to_try": lambda r: r.to_try([A.school, B.school]),
    "PortRepository.get": lambda r: r.get(B.row("d"), "GE0/0/1 B"),
    "PortRepository.of_device": lambda r: r.of_device(B.row("d")),
    "ProposalRepository.at_addresses": lambda r: r.at_addresses(B.school, ["10.99.0.1"]),
    "ProposalRepository.count_open": lambda r: r.count_open(),
    "ProposalRepository.get": lambda r: r.get(B.row("p")),
    "ProposalRepository.page": lambda r: r.page(),
    "ProposalRepository.row": lambda r: r.row(B.row("p")),
    "RoomRepository.at_school": lambda r: r.at_school(B.school),
    "RoomRepository.called": lambda r: r.called(B.school, "", "Room B"),
    "RoomRepository.count_devices": lambda r: r.count_devices(B.school),
    "RoomRepository.get": lambda r: r.get(B.row("r")),
    "RoomRepository.named": lambda r: r.named([A.row("r"), B.row("r")]),
    "SchoolChangeRepository.at_school": lambda r: r.at_school(B.school),
    "SchoolChangeRepository.due": lambda r: r.due(date(2027, 9, 1)),
    "SchoolChangeRepository.get": lambda r: r.get(B.row("sc")),
    "SchoolFiguresRepository.at_school": lambda r: r.at_school(B.school),
    "SchoolFiguresRepository.get": lambda r: r.get(B.row("sf")),
    "SchoolFiguresRepository.taken": lambda r: r.taken(B.school, 2025, TODAY),
    "SchoolRepository.open_on": lambda r: r.open_on(TODAY),
    "SchoolRepository.numbers": lambda r: r.numbers("/", TODAY),
    "StaffRepository.at_school": lambda r: r.at_school(B.school),
    "StaffRepository.expiring": lambda r: r.expiring(TODAY, date(2026, 12, 1)),
    "StaffRepository.get": lambda r: r.get(B.row("sm")),
    "StaffRepository.in_role": lambda r: [
        *map(tuple, r.in_role(StaffRole.network_administrator, TODAY))
    ],
    "StaffRepository.to_call": lambda r: r.to_call(
        [A.school, B.school], [StaffRole.network_administrator], TODAY
    ),
    "SchoolRepository.all": lambda r: r.all(),
    "SchoolRepository.facts": lambda r: r.facts(),
    "SchoolRepository.count": lambda r: r.count(),
    "SchoolRepository.count_devices_left": lambda r: r.count_devices_left(B.school),
    "SchoolRepository.get": lambda r: r.get(B.school),
    "SchoolRepository.left_behind": left_behind,
    "SchoolRepository.led_by": lambda r: r.led_by(B.school),
    "SchoolRepository.named": lambda r: r.named([A.school, B.school]),
    "SchoolRepository.offered": lambda r: r.offered(300),
    "SchoolRepository.page": lambda r: r.page(),
    "SchoolRepository.under": lambda r: r.under(f"/{CITY}/"),
    "UserRepository.all": lambda r: r.all(),
    "UserRepository.by_login": lambda r: r.by_login("user-B"),
    "UserRepository.get": lambda r: r.get(B.row("u")),
    "UserRepository.grants_of": lambda r: r.grants_of(USER_OF_B),
    "UserRepository.named": lambda r: r.named([A.row("u"), B.row("u")]),
    "UserRepository.page": lambda r: r.page(),
    "UserRepository.scope_of": lambda r: r.scope_of(USER_OF_B),
    "UserRepository.with_role": lambda r: r.with_role(Role.county_it, B.school_path),
    "WebSessionRepository.holder": lambda r: r.holder(B.token("w"), NOW),
    "WebSessionRepository.get": lambda r: r.get(B.token("w"), NOW),
}

WRITES: dict[str, Call] = {
    "AgentRepository.add": lambda r: r.add(
        Agent(id="a-new", name="x"), [A.school, B.school]
    ),
    "AgentRepository.works_by": lambda r: r.works_by(
        [PlanNote(B.row("a"), NOW, "new", NOW, None, "new")]
    ),
    "ApiTokenRepository.add": lambda r: r.add(
        ApiToken(token_hash="new", user_id=B.row("u"), name="x")
    ),
    "ApiTokenRepository.revoke": lambda r: r.revoke(B.token("p")),
    "BrokerRepository.add": lambda r: r.add(Broker(id="b-new", school_code=B.school, url="x")),
    "BrokerRepository.change": lambda r: r.change(broker(r), {"announce": True}),
    "BrokerRepository.remove": lambda r: r.remove(broker(r)),
    "BuildingRepository.keep": lambda r: r.keep(
        Building(id="bd-new", school_code=B.school, name="x")
    ),
    "BuildingRepository.remove": lambda r: r.remove(spare_row(r, Building)),
    "CalendarRepository.keep": lambda r: r.keep(
        CalendarEntry(
            id="ce-new", school_code=B.school, kind=CalendarKind.day_off, name="x",
            first_day=TODAY, last_day=TODAY,
        )
    ),
    "CampusRepository.keep": lambda r: r.keep(Campus(id="cp-new", school_code=B.school, name="x")),
    "CampusRepository.remove": lambda r: r.remove(spare_row(r, Campus)),
    "CredentialRepository.add": lambda r: r.add(
        Credential(id="c-new", school_code=None, name="x", secret="x")
    ),
    "CredentialRepository.change": lambda r: r.change(spare(r), name="x", secret=None),
    "CredentialRepository.remove": lambda r: r.remove(spare(r)),
    "DeviceRepository.add": lambda r: r.add(Device(id="d-new", school_code=B.school, name="x")),
    "DeviceRepository.set_macs": lambda r: r.set_macs(DEVICE_OF_B, ["020000000bbb"]),
    "DiscoveryRepository.replace": lambda r: r.replace(
        DiscoverySettings(school_code=B.school, crawl=False), []
    ),
    "EquipmentRuleRepository.keep": lambda r: r.keep(
        EquipmentRule(
            id="er-new", standard="x", item="x", organisation_code=B.code,
            basis=EquipmentBasis.school, quantity=1, valid_from=TODAY,
        )
    ),
    "EquipmentRuleRepository.remove": lambda r: r.remove(
        r._session.get_one(EquipmentRule, B.row("er"))
    ),
    "LineRepository.add": lambda r: r.add(
        Line(
            id="l-new", school_code=B.school, provider="x",
            down_mbps=Decimal(1), up_mbps=Decimal(1),
        )
    ),
    "OrganisationRepository.add": lambda r: r.add(
        Organisation(
            code="NEW", name="x", level=Level.township, parent_code=B.code, path=f"{B.path}NEW/"
        )
    ),
    "PortRepository.add": lambda r: r.add(
        Port(device_id=B.row("d"), name="new", index=9, seen_at=NOW)
    ),
    "RoomRepository.keep": lambda r: r.keep(Room(id="r-new", school_code=B.school, name="x")),
    "RoomRepository.remove": lambda r: r.remove(spare_row(r, Room)),
    "RoomRepository.add": lambda r: r.add(Room(id="r-new", school_code=B.school, name="x")),
    "LineRepository.remove": lambda r: r.remove(spare_row(r, Line)),
    "SchoolChangeRepository.keep": lambda r: r.keep(
        SchoolChange(
            id="sc-new", school_code=B.school, kind=SchoolChangeKind.close, takes_effect_on=TODAY
        )
    ),
    "SchoolChangeRepository.remove": lambda r: r.remove(
        r._session.get_one(SchoolChange, B.row("sc"))
    ),
    "SchoolFiguresRepository.keep": lambda r: r.keep(
        SchoolFigures(
            id="sf-new", school_code=B.school, school_year=2026, students=1, teachers=1, classes=1,
            taken_on=TODAY,
        )
    ),
    "SchoolFiguresRepository.remove": lambda r: r.remove(
        r._session.get_one(SchoolFigures, B.row("sf"))
    ),
    "StaffRepository.keep": lambda r: r.keep(
        StaffMember(id="sm-new", school_code=B.school, role=StaffRole.leader, name="x")
    ),
    "StaffRepository.remove": lambda r: r.remove(r._session.get_one(StaffMember, B.row("sm"))),
    "SchoolRepository.add": lambda r: r.add(
        School(code="NEWS", name="x", organisation_code=B.code, path=f"{B.path}NEWS/")
    ),
    "UserRepository.add": lambda r: r.add(
        User(id="u-new", login="new", name="x", password_hash="-"), [(Role.admin, "/")]
    ),
    "UserRepository.grant": lambda r: r.grant(USER_OF_B, Role.admin, B.path),
    "WebSessionRepository.add": lambda r: r.add(
        WebSession(token_hash="new", user_id=B.row("u"), expires_at=NOW)
    ),
    "WebSessionRepository.end": lambda r: r.end(B.token("w")),
    "WebSessionRepository.end_all": lambda r: r.end_all(B.row("u")),
    "WebSessionRepository.forget_expired": lambda r: r.forget_expired(NOW + timedelta(days=9)),
}  # fmt: skip

CLASSES = {
    name: value
    for name, value in vars(repositories).items()
    if inspect.isclass(value) and issubclass(value, Repository) and value is not Repository
}
