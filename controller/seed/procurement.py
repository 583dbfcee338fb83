"""A year of the synthetic city's procurement: asked for, bought, moved, given up, counted.

Everything is done through the desks that the API uses, each step by the person whose step it is
and backdated. It tells of some schools however large the city is, and makes no device: what is
delivered waits to be unpacked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from controller.seed.chance import chance
from controller.seed.names import person
from controller.seed.people import Login
from controller.seed.places import City, SeedSchool
from drivers.readings import Kind
from inventory.ids import new_id
from inventory.models import (
    ApprovalDecision,
    Grant,
    ProcurementProject,
    ProjectForm,
    ProjectStage,
    RequestState,
    Right,
    Role,
    User,
)
from inventory.procurement.actor import Actor
from inventory.procurement.errors import NotYourTurn
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.orders import OrderDesk, OrderLineWish
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.projects import Contract, ProjectDesk, ProjectLineWish, ProjectWish
from inventory.procurement.receiving import ReceivingDesk
from inventory.procurement.requests import RequestDesk
from inventory.procurement.wishes import LineWish, RequestWish
from inventory.scope import Scope

#: So many schools ask for something, whichever size the city has.
MOST_SCHOOLS: Final = 36
_MOST_COUNTIES: Final = 4
_DAYS: Final = 340
#: So many of the youngest requests of a county wait for a signature.
_UNSIGNED: Final = 2
_OPENS, _HOURS = 1, 8
_WISHES: Final = (
    ("更新教室交互式一体机", "一体机触摸失灵，每月报修。", Kind.whiteboard, 4, "18500.00"),
    ("更换计算机教室学生机", "学生机已用六年，影响机考。", Kind.terminal, 20, "4200.00"),
    ("补充教室无线接入点", "东侧教室信号弱，平板教学掉线。", Kind.access_point, 3, "1280.00"),
    ("更换多功能厅投影机", "亮度下降，画面发黄。", Kind.projector, 1, "26000.00"),
    ("更换接入交换机", "端口老化，时常断线。", Kind.switch, 2, "5400.00"),
)
_NOTES: Final = ("按配备标准编制", "专家论证通过", "列入年度更新经费", "公开招标，综合评分第一")
_S: Final = ProjectStage


@dataclass(frozen=True, slots=True)
class Office:
    """Who can act in the city, and from which moment days are counted back."""

    session: Session
    city: City
    logins: Sequence[Login]
    heads: dict[str, str]

    def ago(self, days: float) -> datetime:
        """A moment of office hours in China, so many days (one or more) ago."""
        then = self.city.spec.until - timedelta(days=days)
        return then.replace(hour=_OPENS + int(days) % _HOURS, minute=int(7 * days) % 60, second=0)

    def actor(self, role: Role, right: Right, path: str) -> Actor:
        """Whoever has the role at a place or above it."""
        one = next(one for one in self.logins if one.role is role and path.startswith(one.path))
        return Actor(one.id, right, ((role, one.path),))

    def head(self, school: SeedSchool, right: Right = Right.request) -> Actor:
        """Who speaks for a school; has no log-in, as long as nobody gives one."""
        known = self.heads.get(school.code)
        if known is None:
            known = self.heads[school.code] = new_id("u")
            dice = chance(self.city.spec.seed, "head", school.code)
            anybody = self.session.get_one(User, self.logins[0].id)
            self.session.add(
                User(
                    id=known,
                    login=f"school-{school.code}".lower(),
                    name=person(dice),
                    password_hash=anybody.password_hash,
                    created_at=self.city.spec.begin,
                    disabled_at=self.city.spec.begin,
                )
            )
            self.session.flush()
            self.session.add(Grant(user_id=known, role=Role.school_admin, scope_path=school.path))
            self.session.flush()
        return Actor(known, right, ((Role.school_admin, school.path),))


def write_year(session: Session, city: City, logins: Sequence[Login]) -> Office:
    """Tell the year; flushed, not committed.

    Args:
        session: with the register of the city in it.
        city: whose.
        logins: who may log in.
    """
    office = Office(session, city, logins, {})
    schools = chosen(city)
    for county in [one.code for one in city.counties][:_MOST_COUNTIES]:
        there = [school for school in schools if school.county == county]
        if there:
            _requests(office, there)
            _orders(office, _framework(office, county), there)
    _tender(office)
    return office


def chosen(city: City) -> Sequence[SeedSchool]:
    """The schools that are told of: some of those that counties run, whose people do the work."""
    paths = tuple(county.path for county in city.counties)
    run = [school for school in city.schools if school.path.startswith(paths)]
    return run[:: max(1, len(run) // MOST_SCHOOLS)][:MOST_SCHOOLS]


def _requests(office: Office, schools: Sequence[SeedSchool]) -> None:
    """A request a school, in every state there is, the oldest first."""
    for number, school in enumerate(schools):
        days = _DAYS - 2 - number * (_DAYS - 10) / max(1, len(schools))
        title, reason, kind, quantity, price = _WISHES[number % len(_WISHES)]
        desk = RequestDesk(office.session, office.head(school), office.ago(days))
        line = LineWish(kind, quantity, Decimal(price))
        row = desk.draft(school.code, RequestWish(title, reason, [line]))
        if number % 7 == 6:  # noqa: PLR2004
            continue
        desk.submit(row.id)
        decision, words = ApprovalDecision.approve, "同意"
        if number % 7 == 4:  # noqa: PLR2004
            decision, words = ApprovalDecision.reject, "不在配备标准之内"
        elif number % 7 == 5:  # noqa: PLR2004
            decision, words = ApprovalDecision.send_back, "请附两家报价"
        if number < len(schools) - _UNSIGNED:
            _sign(office, row.id, school, decision, words, days=days - 1.5)


def _sign(
    office: Office,
    request: str,
    school: SeedSchool,
    decision: ApprovalDecision,
    words: str,
    *,
    days: float,
) -> None:
    """Every signature that is needed, in the order of the route."""
    for turn in range(4):
        for role in (Role.county_it, Role.city_it):
            actor = office.actor(role, Right.approve, school.path)
            desk = RequestDesk(office.session, actor, office.ago(max(1.0, days - turn / 2)))
            try:
                row = desk.decide(request, decision, words)
            except NotYourTurn:
                continue
            if row.state is not RequestState.submitted:
                return


def _framework(office: Office, county: str) -> ProcurementProject:
    """A framework contract of a county in force."""
    desk = _projects(office, 320)
    project = desk.create(
        ProjectWish(
            "交互式教学设备框架采购",
            ProjectForm.framework,
            county,
            Decimal("2200000.00"),
            [ProjectLineWish("86英寸交互式一体机", Kind.whiteboard, 120, Decimal("17600.00"))],
        )
    )
    signed = office.ago(250).date()
    contract = Contract(
        tender_number=f"ZB-{county}-{signed.year}",
        contract_number=f"HT-{county}-{signed.year}",
        supplier="江南教育装备有限公司",
        ceiling=Decimal("2112000.00"),
        signed_on=signed,
        valid_until=signed + timedelta(days=730),
    )
    _stages(office, project, STAGES[:4], contract, days=310)
    return project


def _tender(office: Office) -> None:
    """A project of the city that is in the middle of its stages."""
    project = _projects(office, 60).create(
        ProjectWish(
            "校园无线网络改造",
            ProjectForm.tender,
            office.city.bureau.code,
            Decimal("960000.00"),
            [ProjectLineWish("双频吸顶无线接入点", Kind.access_point, 400, Decimal("1280.00"))],
        )
    )
    _stages(office, project, STAGES[:2], None, days=55)
    _projects(office, 5).submit_stage(project.id, _S.budget, "概算96万元", None)


def _stages(
    office: Office,
    project: ProcurementProject,
    stages: Sequence[ProjectStage],
    contract: Contract | None,
    *,
    days: float,
) -> None:
    """Stages put forward, each approved two days later."""
    for number, stage in enumerate(stages):
        at = days - 15 * number
        signed = contract if stage is _S.contract else None
        _projects(office, at).submit_stage(project.id, stage, _NOTES[number], signed)
        approver = office.actor(Role.city_it, Right.approve, office.city.bureau.path)
        ProjectDesk(office.session, approver, office.ago(at - 2)).approve_stage(
            project.id, stage, "同意"
        )


def _orders(office: Office, project: ProcurementProject, schools: Sequence[SeedSchool]) -> None:
    """Orders under the contract: delivered, delivered in part, awaited, given up."""
    buyer = office.actor(Role.procurement, Right.manage, office.city.bureau.path)
    [line] = ProjectRepository(office.session, Scope.everything()).lines(project.id)
    for number, school in enumerate(schools[: len(schools) // 2 + 1]):
        days = 240 - number * 220 / len(schools)
        placed = OrderDesk(office.session, buyer, office.ago(days))
        due = (office.ago(days) + timedelta(days=45)).date()
        order = placed.place(project.id, school.code, [OrderLineWish(line.id, 4)], expected_on=due)
        keeper = office.actor(Role.technician, Right.receive, school.path)
        if number % 4 == 3:  # noqa: PLR2004
            OrderDesk(office.session, buyer, office.ago(days - 3)).cancel(order.id, "学校改造延期")
        elif days > 40:  # noqa: PLR2004
            pieces = 4 if number % 2 else 2
            [of] = _lines(office, order.id)
            arrived = office.ago(days - 30)
            ReceivingDesk(office.session, keeper, arrived).deliver(
                order.id,
                {of: pieces},
                arrived_on=arrived.date(),
                note_number=f"SH-{arrived:%Y%m%d}",
            )


def _lines(office: Office, order: str) -> Iterator[str]:
    for count in OrderRepository(office.session, Scope.everything()).counts(order):
        yield count.line.id


def _projects(office: Office, days: float) -> ProjectDesk:
    actor = office.actor(Role.procurement, Right.manage, office.city.bureau.path)
    return ProjectDesk(office.session, actor, office.ago(days))
