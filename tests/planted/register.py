"""The register of a planted city: one bureau, its schools, lines, ports, a term, one target."""

from datetime import UTC, date, datetime

from sqlmodel import Session

from controller.compliance.collecting import HoursOf
from inventory.models import (
    CalendarEntry,
    CalendarKind,
    Device,
    Level,
    Line,
    MeasurementExclusion,
    NetworkPath,
    Organisation,
    Port,
    School,
    SchoolExemption,
    SpeedtestServer,
    Stage,
    StandardBinding,
)
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.standards.keeping import apply_standard, known_standard
from inventory.standards.model import Measure
from tests.planted.cases import case_of
from tests.targets import demand

CITY = "33"
#: Test servers within the education network, and beyond the outlet to the Internet.
NEAR, FAR = "https://near.example", "https://far.example"
STAGES = (Stage.primary, Stage.junior_secondary, Stage.senior_secondary, Stage.special)
_MEGA = 1_000_000


def stage_of(number: int) -> Stage:
    """Cases of a round fall on all stages as rounds go by."""
    return STAGES[(number + number // 50) % len(STAGES)]


def register(session: Session, schools: int) -> None:
    """Add the city; nothing may be there yet."""
    session.add(Organisation(code=CITY, name="市", level=Level.city, path=f"/{CITY}/"))
    session.flush()
    for n in range(schools):
        code = f"SCH-{n:05d}"
        session.add(
            School(code=code, name=code, organisation_code=CITY, path=f"/{CITY}/{code}/",
                   stage=stage_of(n))
        )  # fmt: skip
    session.flush()
    session.add_all(
        Device(id=f"d{n:05d}", school_code=f"SCH-{n:05d}", name="gateway") for n in range(schools)
    )
    session.flush()
    now = utc_now()
    session.add_all(
        Port(device_id=f"d{n:05d}", name="wan", index=1, seen_at=now,
             speed_bits_per_second=case_of(n).port * _MEGA)
        for n in range(schools)
    )  # fmt: skip
    session.add_all(
        Line(id=f"l{n:05d}", school_code=f"SCH-{n:05d}", provider="电信",
             down_mbps=case_of(n).contract, up_mbps=case_of(n).contract,
             device_id=f"d{n:05d}", port_name="wan")
        for n in range(schools)
        if case_of(n).contract
    )  # fmt: skip
    session.add(
        CalendarEntry(id="term", organisation_code=CITY, kind=CalendarKind.term, name="秋季学期",
                      first_day=date(2026, 8, 31), last_day=date(2027, 1, 20))
    )  # fmt: skip
    session.flush()
    everything = Scope.everything()
    known = known_standard(session, everything, "national")
    apply_standard(session, everything, known, at=CITY, valid_from=date(2026, 1, 1), by="bench")
    session.add_all(
        SpeedtestServer(id=f"ss-{path}", organisation_code=CITY, name=path, address=address,
                        path=path)
        for address, path in ((NEAR, NetworkPath.inside), (FAR, NetworkPath.outside))
    )  # fmt: skip
    outlet = demand(session, 100, key="g-outlet", at=CITY, measure=Measure.outlet)
    session.delete(outlet)
    session.add_all(
        StandardBinding(id=f"g-{n:05d}", standard_id="g-outlet", school_code=f"SCH-{n:05d}",
                        valid_from=date(2026, 1, 1))
        for n in range(schools)
        if case_of(n).outlet
    )  # fmt: skip
    session.commit()


def approve(session: Session, schools: int, hours: HoursOf, first: date) -> None:
    """What people have approved: schools that are exempt, and days that do not count.

    Args:
        session: of the city.
        schools: how many it has.
        hours: school hours of the period.
        first: its first day.
    """
    for n in range(schools):
        case, code = case_of(n), f"SCH-{n:05d}"
        if case.exempt:
            session.add(
                SchoolExemption(id=f"x{n:05d}", school_code=code, valid_from=first,
                                reason="重建", approved_by="Li")
            )  # fmt: skip
        if case.excluded:
            begin = hours(f"/{CITY}/{code}/", stage_of(n)).windows[0][0]
            session.add(
                MeasurementExclusion(
                    id=f"e{n:05d}", school_code=code, reason="停电", approved_by="Li",
                    begins_at=datetime.fromtimestamp(begin / 1000, UTC),
                    ends_at=datetime.fromtimestamp(begin / 1000 + 12 * 3600, UTC),
                )
            )  # fmt: skip
    session.commit()
