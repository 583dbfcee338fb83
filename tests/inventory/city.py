"""A small city to ask questions about: two counties that mirror each other."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from drivers.readings import Kind, Outcome
from inventory.models import (
    Agent,
    AgentKey,
    AgentSchool,
    ApiToken,
    AuditChange,
    BlackoutKind,
    Broker,
    Building,
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    Campus,
    CampusProgramme,
    ChangeAction,
    ChangeOrigin,
    Credential,
    Device,
    DeviceMac,
    DeviceState,
    DiscoveryRange,
    DiscoverySettings,
    EnrolmentToken,
    EnrolmentTokenSchool,
    EquipmentBasis,
    EquipmentRule,
    Grant,
    Level,
    Line,
    LineSchedule,
    Match,
    Organisation,
    PlanChange,
    PlannedTest,
    Port,
    Proposal,
    Recognition,
    Role,
    Room,
    School,
    SchoolChange,
    SchoolChangeKind,
    SchoolFigures,
    SchoolForm,
    StaffMember,
    StaffRole,
    User,
    WebSession,
)
from inventory.scope import Scope
from tests.targets import demand

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CITY = "3300"


@dataclass(frozen=True)
class County:
    """Names of the rows of one county; ``mark`` is in every one of them."""

    mark: str

    @property
    def code(self) -> str:
        return f"33{self.mark}"

    @property
    def path(self) -> str:
        return f"/{CITY}/{self.code}/"

    @property
    def school(self) -> str:
        return f"SCHOOL-{self.mark}"

    @property
    def point(self) -> str:
        return f"POINT-{self.mark}"

    @property
    def school_path(self) -> str:
        return f"{self.path}{self.school}/"

    @property
    def scope(self) -> Scope:
        return Scope.of([self.path])

    def row(self, letter: str) -> str:
        """Id of the county's device ``d``, line ``l``, agent ``a``, user ``u``, ..."""
        return f"{letter}-{self.mark}"

    def token(self, letter: str) -> str:
        return f"{letter}-{self.mark}".ljust(64, "0")


A = County("A")
B = County("B")


def add_city(session: Session) -> None:
    session.add(Organisation(code=CITY, name="City", level=Level.city, path=f"/{CITY}/"))
    session.flush()


def add_county(session: Session, county: County) -> None:
    """A county with one of everything."""
    session.add(
        Organisation(
            code=county.code,
            name=f"County {county.mark}",
            level=Level.county,
            parent_code=CITY,
            path=county.path,
        )
    )
    session.flush()
    session.add(
        School(
            code=county.school,
            name=f"中心小学 {county.mark}",
            organisation_code=county.code,
            path=county.school_path,
            form=SchoolForm.central_school,
        )
    )
    session.flush()
    session.add(
        School(
            code=county.point,
            name=f"教学点 {county.mark}",
            organisation_code=county.code,
            path=f"{county.path}{county.point}/",
            form=SchoolForm.teaching_point,
            lead_school_code=county.school,
        )
    )
    session.add(
        Agent(
            id=county.row("a"),
            name=f"Box {county.mark}",
            last_batch_at=NOW,
        )
    )
    session.flush()
    session.add(
        AgentKey(
            fingerprint=county.token("k")[:43],
            agent_id=county.row("a"),
            public_key=county.token("public")[:43],
            created_at=NOW,
        )
    )
    session.add(
        EnrolmentToken(
            token_hash=county.token("e"), created_at=NOW, expires_at=NOW + timedelta(days=7)
        )
    )
    session.add(
        User(
            id=county.row("u"),
            login=f"user-{county.mark}",
            name=f"User {county.mark}",
            password_hash="-",
        )
    )
    session.flush()
    later = NOW + timedelta(days=1)
    session.add_all(
        [
            AgentSchool(agent_id=county.row("a"), school_code=county.school),
            EnrolmentTokenSchool(token_hash=county.token("e"), school_code=county.school),
            Grant(user_id=county.row("u"), role=Role.county_it, scope_path=county.path),
            WebSession(token_hash=county.token("w"), user_id=county.row("u"), expires_at=later),
            ApiToken(token_hash=county.token("p"), user_id=county.row("u"), name="script"),
            Campus(id=county.row("cp"), school_code=county.school, name=f"Campus {county.mark}"),
            Campus(id=county.row("spare"), school_code=county.school, name=f"-{county.mark}"),
            Credential(id=county.row("spare"), school_code=county.school, name="s", secret="x"),
            Credential(id=county.row("c"), school_code=county.school, name="snmp", secret="sealed"),
            Credential(id=county.row("s"), name=f"shared {county.mark}", secret="sealed"),
            SchoolChange(
                id=county.row("sc"),
                school_code=county.school,
                kind=SchoolChangeKind.close,
                takes_effect_on=date(2027, 7, 31),
            ),
            EquipmentRule(
                id=county.row("er"),
                standard=f"Standard {county.mark}",
                item="x",
                organisation_code=county.code,
                basis=EquipmentBasis.school,
                quantity=1,
                kinds="switch",
                valid_from=date(2027, 1, 1),
            ),
            SchoolFigures(
                id=county.row("sf"),
                school_code=county.school,
                school_year=2025,
                students=600,
                teachers=40,
                classes=15,
                taken_on=date(2026, 9, 1),
            ),
            CalendarEntry(
                id=county.row("ce"),
                school_code=county.school,
                kind=CalendarKind.day_off,
                name=f"运动会 {county.mark}",
                first_day=date(2026, 10, 15),
                last_day=date(2026, 10, 16),
            ),
            CalendarEntry(
                id=county.row("cx"),
                school_code=county.school,
                kind=CalendarKind.day_off,
                name=f"Mistake {county.mark}",
                first_day=date(2026, 10, 20),
                last_day=date(2026, 10, 20),
                removed_at=NOW,
            ),
            CalendarEntry(
                id=county.row("ct"),
                school_code=county.school,
                kind=CalendarKind.term,
                name=f"Term {county.mark}",
                first_day=date(2030, 9, 1),
                last_day=date(2030, 9, 30),
            ),
            CalendarHours(
                id=county.row("ch"),
                school_code=county.school,
                first_day=date(2026, 9, 1),
                boards=False,
            ),
            CalendarBlackout(
                id=county.row("cb"),
                school_code=county.school,
                kind=BlackoutKind.exam,
                name=f"Exam {county.mark}",
                first_day=date(2026, 11, 10),
                last_day=date(2026, 11, 11),
                begins_at=480,
                ends_at=720,
            ),
            Recognition(
                id=county.row("rg"),
                school_code=county.school,
                programme=CampusProgramme.digital_campus,
                recognised_on=date(2026, 5, 1),
            ),
            StaffMember(
                id=county.row("sm"),
                school_code=county.school,
                role=StaffRole.network_administrator,
                name=f"Staff {county.mark}",
                phone=f"139{county.mark}",
                certificate_name="网络管理员",
                certificate_expires_on=date(2026, 11, 1),
            ),
            Line(
                id=county.row("spare"),
                school_code=county.school,
                provider=f"-{county.mark}",
                down_mbps=Decimal(1),
                up_mbps=Decimal(1),
                ends_on=date(2025, 12, 31),
            ),
            DiscoverySettings(school_code=county.school),
            PlanChange(school_code=county.school, at=NOW),
            AuditChange(
                act=county.row("act"),
                at=NOW,
                origin=ChangeOrigin.api,
                action=ChangeAction.update,
                table_name=f"table_{county.mark}",
                key=county.row("d"),
                school_code=county.school,
            ),
            DiscoveryRange(
                school_code=county.school, network="10.99.0.0/24", note=f"-{county.mark}"
            ),
            Proposal(
                id=county.row("p"),
                school_code=county.school,
                address="10.99.0.1",
                first_found_at=NOW,
                found_at=NOW,
                how="snmp",
                match=Match.known,
                protocol="snmp",
            ),
            Broker(id=county.row("b"), school_code=county.school, url="mqtt://127.0.0.1:1883"),
        ]
    )
    session.flush()
    demand(
        session,
        100,
        key=county.row("g"),
        at=county.code,
        plan=f"Plan {county.mark}",
        since=date(2026, 1, 1),
    )
    session.add_all(
        [
            Building(
                id=county.row("bd"),
                school_code=county.school,
                campus_id=county.row("cp"),
                name=f"Building {county.mark}",
            ),
            Building(id=county.row("spare"), school_code=county.school, name=f"-{county.mark}"),
            Room(id=county.row("spare"), school_code=county.school, name=f"-{county.mark}"),
        ]
    )
    session.flush()
    session.add(
        Room(
            id=county.row("r"),
            school_code=county.school,
            name=f"Room {county.mark}",
            building_id=county.row("bd"),
        )
    )
    session.flush()
    session.add(
        Device(
            id=county.row("d"),
            school_code=county.school,
            room_id=county.row("r"),
            name=f"Switch {county.mark}",
            kind=Kind.switch,
            vendor=f"Vendor {county.mark}",
            address="127.0.0.1",
            credential_id=county.row("c"),
        )
    )
    session.flush()
    session.add(
        DeviceState(
            device_id=county.row("d"),
            school_code=county.school,
            agent_id=county.row("a"),
            outcome=Outcome.ok,
            taken_at=NOW,
            since=NOW,
            attached_device_id=county.row("d"),
        )
    )
    session.add(DeviceMac(device_id=county.row("d"), mac=f"02000000000{county.mark.lower()}"))
    session.add(
        Port(device_id=county.row("d"), name=f"GE0/0/1 {county.mark}", index=1, seen_at=NOW)
    )
    session.add(
        Line(
            id=county.row("l"),
            school_code=county.school,
            provider=f"Provider {county.mark}",
            down_mbps=Decimal(200),
            up_mbps=Decimal(50),
            device_id=county.row("d"),
            port_name=f"GE0/0/1 {county.mark}",
        )
    )
    session.flush()
    session.add_all(
        [
            PlannedTest(line_id=county.row("l"), at=0, school_code=county.school),
            LineSchedule(
                line_id=county.row("l"), school_code=county.school, planned_until=date(2020, 1, 1)
            ),
        ]
    )
    session.flush()
