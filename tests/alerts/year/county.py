"""A county to live through a year: schools with their trees of devices, and their calendar.

Every school has a firewall, a core switch, access switches (some behind others), a UPS and what
hangs on them. The agent hangs on the core; one school in five has none of its own and is polled
from the school before it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from alerts.judging.facts import DeviceFacts, Uplink
from alerts.judging.hours import Hours
from drivers.readings import Kind
from inventory.calendars import DayEntry, Layer, SchoolCalendar, school_hours
from inventory.calendars.stage_hours import shipped_hours
from inventory.calendars.statutory import statutory_days
from inventory.models import CalendarKind, Stage

CLASSROOM = frozenset({Kind.whiteboard, Kind.terminal, Kind.projector, Kind.printer})
_TERMS = (
    (date(2025, 9, 1), date(2026, 1, 30)),
    (date(2026, 3, 2), date(2026, 7, 3)),
)
#: Of a hundred devices: what hangs on the access switches.
_LEAVES = (
    (Kind.access_point, 20),
    (Kind.camera, 12),
    (Kind.whiteboard, 22),
    (Kind.terminal, 22),
    (Kind.projector, 6),
    (Kind.printer, 5),
)


@dataclass(frozen=True)
class School:
    """A school. ``agent_school`` is another one where it is polled from there."""

    code: str
    agent: str
    agent_school: str
    has_ups: bool
    #: Its Internet line is not the way its agent reports.
    has_other_way: bool
    devices: dict[str, DeviceFacts]
    children: dict[str, list[str]]
    #: Live on while the UPS lasts.
    on_battery: frozenset[str]
    phases: dict[str, float]
    access: list[str] = field(default_factory=list)

    @property
    def is_remote(self) -> bool:
        return self.agent_school != self.code

    @property
    def line(self) -> str:
        return f"{self.code}-line"

    @property
    def top(self) -> str:
        """What the agent reaches first."""
        return f"{self.code}-fw" if self.is_remote else f"{self.code}-core"


def build_school(place: int, random: Random, devices: int, start: float) -> School:
    code = f"S{place:03d}"
    is_remote = place % 5 == 4
    host = f"S{place - 1:03d}" if is_remote else code
    core, firewall, ups = f"{code}-core", f"{code}-fw", f"{code}-ups"
    has_ups = place % 7 != 3
    tree: list[tuple[str, Kind, str]] = [
        (core, Kind.switch, firewall if is_remote else ""),
        (firewall, Kind.firewall, "" if is_remote else core),
        (f"{code}-server", Kind.server, core),
        (f"{code}-recorder", Kind.recorder, core),
    ]
    if has_ups:
        tree.append((ups, Kind.ups, core))
    access = [f"{code}-sw{number}" for number in range(8)]
    tree += [
        (one, Kind.switch, core if number < 6 else access[number - 6])
        for number, one in enumerate(access)
    ]
    kinds = [kind for kind, count in _LEAVES for _ in range(count)]
    while len(tree) < devices:
        number = len(tree)
        tree.append((f"{code}-d{number}", kinds[number % len(kinds)], random.choice(access)))
    agent = f"{host}-agent"
    made, children = {}, {}
    for number, (name, kind, parent) in enumerate(tree):
        made[name] = DeviceFacts(
            id=name,
            kind=kind,
            alive=True,
            since=start,
            taken_at=start,
            agent=agent,
            uplinks=(Uplink(parent, f"GE0/0/{number}"),) if parent else (),
        )
        children.setdefault(parent, []).append(name)
    kept = {core, firewall, ups, f"{code}-server", f"{code}-recorder"} if has_ups else set()
    return School(
        code=code,
        agent=agent,
        agent_school=host,
        has_ups=has_ups,
        has_other_way=not is_remote and place % 4 == 1,
        devices=made,
        children=children,
        on_battery=frozenset(kept & set(made)),
        phases={name: random.uniform(0, 60) for name in made},
        access=access,
    )


def build_hours(first: date, last: date) -> tuple[Hours, list[tuple[float, float]]]:
    """School hours of a primary school from ``first`` to ``last`` and a while on; days of it."""
    last += timedelta(days=70)
    terms = tuple(
        DayEntry(f"t{n}", 1, CalendarKind.term, f"{n}", begin, end)
        for n, (begin, end) in enumerate(_TERMS)
    )
    calendar = SchoolCalendar(
        stage=Stage.primary,
        first_day=first,
        last_day=last,
        layers=(Layer("33", days=terms), shipped_hours(Stage.primary)),
        statutory=statutory_days(first.year, last.year),
    )
    windows = school_hours(calendar, first, last).windows
    spans = [(one.begin / 1e6, one.end / 1e6) for one in windows]
    days: dict[int, tuple[float, float]] = {}
    for begin, end in spans:
        day = int(begin // 86_400)
        days[day] = (min(begin, days.get(day, (begin, end))[0]), end)
    return Hours(spans), list(days.values())


def moment(day: date) -> float:
    """Midnight of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 8 * 3_600
