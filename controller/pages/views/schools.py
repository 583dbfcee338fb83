"""Schools as rows: one line of figures a school, for the overview and the list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bandwidth import BandwidthFigure, bandwidth_figures
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown
from controller.pages.views.counts import CountRepository
from controller.pages.views.names import bureau_names, county_choice, path_below, school_name
from controller.pages.views.open_faults import open_by_school
from controller.pages.views.states import ONLINE, Tone
from controller.words.terms import FORMS, SETTINGS
from inventory.models import SchoolForm, Setting
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.schools import SchoolFacts, SchoolRepository
from inventory.repositories.summaries import SummaryRepository
from inventory.status import Status
from inventory.summaries import counted_at

#: States of a school, the worst first: word and tone.
SCHOOL_STATES: Mapping[str, tuple[str, Tone]] = {
    "line_down": (N_("Line down"), "bad"),
    "silent": (N_("Silent"), "warn"),
    "attention": (N_("Needs attention"), "warn"),
    "good": (N_("In order"), "good"),
    "empty": (N_("Nothing watched yet"), "idle"),
    "closed": (N_("Has closed"), "idle"),
}
CLOSED = "closed"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school in figures; ``devices`` that nobody watches, or nobody has heard of, left out."""

    code: str
    name: str
    path: str
    place: str
    state: str
    online: int
    devices: int
    down: int
    silent: int
    alerts: int
    tickets: int
    bandwidth: BandwidthFigure
    heard_at: datetime | None

    @property
    def word(self) -> str:
        return SCHOOL_STATES[self.state][0]

    @property
    def tone(self) -> Tone:
        return SCHOOL_STATES[self.state][1]


@dataclass(frozen=True, slots=True)
class SchoolFilter:
    """What was asked for, as it stands in the address; ``county`` is the code of a bureau."""

    search: str = ""
    state: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True)
class SchoolList:
    """One page of the list of schools."""

    schools: Sequence[SchoolRow]
    shown: Shown
    search: str
    choices: Sequence[Choice]
    #: When they were counted; ``None``: just now.
    counted_at: datetime | None
    here: str


def school_list(look: Look, wanted: SchoolFilter, number: int) -> SchoolList:
    """Schools that fit."""
    text, below = wanted.search.strip().casefold(), path_below(look, wanted.county)
    rows = [
        row
        for row in (_rows(look, closed=True) if wanted.state == CLOSED else school_rows(look))
        if (not wanted.state or row.state == wanted.state)
        and row.path.startswith(below)
        and (not text or any(text in one.casefold() for one in (row.name, row.code, row.place)))
    ]
    translate = look.lang.gettext
    states = [
        Option("", translate(N_("All")), not wanted.state),
        *(Option(k, translate(words[0]), k == wanted.state) for k, words in SCHOOL_STATES.items()),
    ]
    choices = [Choice("state", N_("Status"), states), *county_choice(look, wanted.county)]
    begin = (number - 1) * PAGE_LENGTH
    shown = Shown(look, number, len(rows))
    at = counted_at(look.session, look.now)
    return SchoolList(
        rows[begin : begin + PAGE_LENGTH], shown, wanted.search, choices, at, look.here
    )


def school_rows(look: Look) -> Sequence[SchoolRow]:
    """Every visible open school, the worst first; as many queries however many there are.

    Where schools are counted ahead, everybody who sees the same of them is shown the same rows
    until the next count.
    """
    at = counted_at(look.session, look.now)
    if at is None:
        return _rows(look)
    kept: KeptRows = look.request.app.state.school_rows
    scopes = (Permission.read, Permission.read_alerts, Permission.read_tickets)
    key: object = (
        "schools",
        look.lang.code,
        look.today,
        *(look.caller.scope(one) for one in scopes),
    )
    return kept.get(at, key, lambda: _rows(look))


class KeptRows:
    """Rows made since the last count, by who may see them; thread-safe, a few at most."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._at: datetime | None = None
        self._rows: dict[object, Sequence[Any]] = {}
        self._lock = Lock()

    def get(self, at: datetime, key: object, make: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        """The rows of this key as of the count made ``at``."""
        with self._lock:
            if self._at != at:
                self._at, self._rows = at, {}
            rows = self._rows.get(key)
        if rows is None:
            rows = make()
            with self._lock:
                if self._at == at and len(self._rows) < self._most:
                    self._rows[key] = rows
        return rows


def _rows(look: Look, *, closed: bool = False) -> Sequence[SchoolRow]:
    schools = SchoolRepository(look.session, look.scope).facts(look.today, closed=closed)
    counted = SummaryRepository(look.session, look.scope).figures(look.now)
    counts: Mapping[str, Mapping[Status, int]]
    heard: Mapping[str, datetime | None]
    if counted is not None:
        counts = {code: one.by_status() for code, one in counted.items()}
        heard = {code: one.heard_at for code, one in counted.items()}
    else:
        devices = DeviceRepository(look.session, look.scope)
        counts = devices.count_by_school(look.now, cadence=look.cadence)
        heard = {**CountRepository(look.session, look.scope).heard_at_by_school()}
    figures = bandwidth_figures(look, schools, counted)
    faults = open_by_school(look)
    places = _places(look, schools)
    rows = []
    for school in schools:
        code = school.code
        count, bandwidth = counts.get(code, {}), figures[code]
        alerts = faults.alerts.get(code, 0)
        rows.append(
            SchoolRow(
                code=code,
                name=school_name(look, school),
                path=school.path,
                place=places[_kind(school)],
                state=CLOSED if closed else school_state(count, bandwidth, faults=alerts),
                online=sum(count.get(status, 0) for status in ONLINE),
                devices=sum(count.values()) - count.get(Status.unknown, 0),
                down=count.get(Status.down, 0),
                silent=count.get(Status.silent, 0),
                alerts=alerts,
                tickets=faults.tickets.get(code, 0),
                bandwidth=bandwidth,
                heard_at=heard.get(code),
            )
        )
    order = {state: number for number, state in enumerate(SCHOOL_STATES)}
    return sorted(rows, key=lambda row: (order[row.state], -row.down, row.name))


def school_state(counts: Mapping[Status, int], bandwidth: BandwidthFigure, *, faults: int) -> str:
    """A school in one word, by the worst that is known of it."""
    devices = sum(counts.values())
    heard = devices - counts.get(Status.unknown, 0)
    if bandwidth.state == "line_down":
        return "line_down"
    if not heard:
        return "empty"
    if counts.get(Status.silent, 0) == heard:
        return "silent"
    ill = sum(counts.get(s, 0) for s in (Status.down, Status.degraded, Status.silent))
    if ill or faults or bandwidth.state == "below":
        return "attention"
    return "good"


def _kind(school: SchoolFacts) -> tuple[str, Setting, SchoolForm]:
    return school.organisation_code, school.setting, school.form


def _places(
    look: Look, schools: Sequence[SchoolFacts]
) -> Mapping[tuple[str, Setting, SchoolForm], str]:
    """Where schools lie and what they are, in words: once for all of a kind under one bureau."""
    translate, names = look.lang.gettext, bureau_names(look)
    words = {
        kind: (names.get(kind[0], ""), translate(SETTINGS[kind[1]]), translate(FORMS[kind[2]]))
        for kind in {_kind(school) for school in schools}
    }
    return {kind: " · ".join(word for word in some if word) for kind, some in words.items()}
