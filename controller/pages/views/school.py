"""One school: its line, its devices, what is wrong, what is being done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.alerts import AlertRow, open_alerts
from controller.pages.views.bandwidth import POLICY, BandwidthFigure, bandwidth_figures
from controller.pages.views.chart_cards import ChartCard, chart_card
from controller.pages.views.counts import CountRepository
from controller.pages.views.editions import PartRow, open_parts
from controller.pages.views.lines import LineFacts, line_facts
from controller.pages.views.names import bureau_names, school_name
from controller.pages.views.ranges import Range, RangeLink, range_links
from controller.pages.views.schools import SCHOOL_STATES, school_state
from controller.pages.views.states import ONLINE, Tone, port_state, status_tone, status_word
from controller.pages.views.tickets import TicketRow, open_tickets
from controller.pages.views.verdict_facts import MonthFact, month_facts
from controller.words.terms import FORMS, SETTINGS, STAGES
from drivers.readings import Kind
from inventory.models import Line, School
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.lines import Contract, LineRepository
from inventory.status import SILENT_AFTER, Status

_LISTED = 6


@dataclass(frozen=True, slots=True)
class KindRow:
    """Devices of one kind, by status; statuses nobody is in are left out."""

    kind: Kind
    total: int
    states: Sequence[tuple[Status, int]]


@dataclass(frozen=True, slots=True)
class DeviceCounts:
    """How many devices a school has and how they are."""

    total: int
    online: int
    down: int
    #: Silent ones that are switched off: neither online nor a fault.
    off: int


@dataclass(frozen=True, slots=True)
class Uplink:
    """The port on which the line arrives."""

    device_id: str
    device_name: str
    port: str
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class SchoolView:
    """Everything on a school's page."""

    school: School
    name: str
    above: Sequence[str]
    word: str
    tone: Tone
    explanation: str
    bandwidth: BandwidthFigure
    uplink: Uplink | None
    heard_at: datetime | None
    stale: bool
    counts: DeviceCounts
    kinds: Sequence[KindRow]
    alerts: Sequence[AlertRow]
    alert_count: int
    tickets: Sequence[TicketRow]
    ticket_count: int
    lines: Sequence[LineFacts]
    about: Sequence[tuple[str, str]]
    charts: Sequence[ChartCard]
    ranges: Sequence[RangeLink]
    verdicts: Sequence[MonthFact]
    drafts: Sequence[PartRow]
    may_acknowledge: bool
    may_set_access: bool
    policy_share: float = POLICY.share


def school_view(look: Look, school: School, chosen: Range) -> SchoolView:
    """What is known of one school now."""
    figure = bandwidth_figures(look, [school])[school.code]
    matrix = CountRepository(look.session, look.scope).by_kind_and_status(
        look.now, look.cadence, school.code
    )
    counts = _by_status(matrix)
    alerts, alert_count = open_alerts(look, school.code, _LISTED)
    tickets, ticket_count = open_tickets(look, school.code, _LISTED)
    heard = CountRepository(look.session, look.scope).heard_at_by_school(school=school.code)
    heard_at = heard.get(school.code)
    state = school_state(counts, figure, faults=alert_count)
    uplink = _uplink(look, figure.line)
    word, tone = SCHOOL_STATES[state]
    return SchoolView(
        school=school,
        name=school_name(look, school),
        above=_above(look, school),
        word=word,
        tone=tone,
        explanation=_explanation(look, state, counts, figure),
        bandwidth=figure,
        uplink=uplink,
        heard_at=heard_at,
        stale=heard_at is not None and look.now - heard_at > SILENT_AFTER * look.cadence,
        counts=_summed(counts),
        kinds=_kinds(matrix),
        alerts=alerts,
        alert_count=alert_count,
        tickets=tickets,
        ticket_count=ticket_count,
        lines=[
            line_facts(look, line, school)
            for line in LineRepository(look.session, look.scope).at_school(school.code)
        ],
        about=_about(look, school),
        charts=_charts(look, uplink, figure.line, chosen),
        ranges=range_links(look, chosen, ("24h", "7d")),
        verdicts=month_facts(look, school.code),
        drafts=open_parts(look, school),
        may_acknowledge=look.caller.may(Permission.acknowledge_alerts, school.path),
        may_set_access=look.caller.may(Permission.manage_access, school.path),
    )


def _by_status(matrix: Mapping[Kind, Mapping[Status, int]]) -> Mapping[Status, int]:
    sums = dict.fromkeys(Status, 0)
    for states in matrix.values():
        for status, number in states.items():
            sums[status] += number
    return sums


def _summed(counts: Mapping[Status, int]) -> DeviceCounts:
    return DeviceCounts(
        total=sum(counts.values()),
        online=sum(counts[status] for status in ONLINE),
        down=counts[Status.down],
        off=counts[Status.off],
    )


def _kinds(matrix: Mapping[Kind, Mapping[Status, int]]) -> Sequence[KindRow]:
    rows = [
        KindRow(kind, sum(states.values()), [(s, states[s]) for s in Status if states.get(s)])
        for kind, states in matrix.items()
    ]
    return sorted(rows, key=lambda row: (-row.total, row.kind))


def _uplink(look: Look, line: Line | Contract | None) -> Uplink | None:
    if line is None or line.device_id is None or line.port_name is None:
        return None
    row = DeviceRepository(look.session, look.scope).row(line.device_id, look.now, look.cadence)
    if row is None:
        return None
    end = (line.device_id, line.port_name)
    port = CountRepository(look.session, look.scope).uplink_ports([end]).get(end)
    word, tone = port_state(port.admin, port.oper) if port else (N_("Unknown"), "idle")
    if row.status not in ONLINE:
        # What a port once said is no news while its device is away.
        word, tone = status_word(row.status), status_tone(row.status)
    elif port is not None and port.oper != "up":
        tone = "bad"
    return Uplink(row.device.id, row.device.name, line.port_name, word, tone)


def _charts(
    look: Look, uplink: Uplink | None, line: Line | Contract | None, chosen: Range
) -> Sequence[ChartCard]:
    cards = []
    if uplink is not None:
        card = chart_card(look, uplink.device_id, "traffic", chosen, part=uplink.port)
        cards.append(replace(card, title=N_("Uplink traffic")))
    if line is not None:
        cards.append(chart_card(look, line.id, "speedtest", chosen))
    return cards


def _explanation(
    look: Look, state: str, counts: Mapping[Status, int], figure: BandwidthFigure
) -> str:
    translate = look.lang.gettext
    said = []
    if state == "line_down":
        said.append(translate(N_("The last speed test found no connection through the line.")))
    if state == "silent":
        said.append(translate(N_("The school's agent has not been heard of; nothing is known.")))
    if state == "empty":
        said.append(translate(N_("No device of this school has been polled yet.")))
    if counts[Status.down]:
        number = counts[Status.down]
        text = look.lang.ngettext("%(num)s device is down.", "%(num)s devices are down.", number)
        said.append(text % {"num": look.lang.number(number)})
    if figure.state == "below":
        said.append(translate(N_("The last speed test was below the target.")))
    if state == "good":
        said.append(translate(N_("Every device answers, and no alert is open.")))
    return ("" if look.lang.code == "zh_CN" else " ").join(said)


def _above(look: Look, school: School) -> Sequence[str]:
    names = bureau_names(look)
    return [names[code] for code in school.path.strip("/").split("/") if code in names]


def _about(look: Look, school: School) -> Sequence[tuple[str, str]]:
    translate, number = look.lang.gettext, look.lang.number
    closed = [(N_("Last day"), look.lang.day(school.closed_on))] if school.closed_on else []
    return [
        *closed,
        (N_("School code"), school.code),
        (N_("Stage"), translate(STAGES[school.stage])),
        (N_("Urban or rural"), translate(SETTINGS[school.setting])),
        (N_("Form"), translate(FORMS[school.form])),
        (N_("Students"), number(school.students) if school.students else ""),
        (N_("Teachers"), number(school.teachers) if school.teachers else ""),
        (N_("Classes"), number(school.classes) if school.classes else ""),
        (N_("Postal address"), school.address),
    ]
