"""The fleet in figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.alerts import AlertRow, worst_alerts
from controller.pages.views.bandwidth import POLICY
from controller.pages.views.open_faults import open_faults
from controller.pages.views.schools import SCHOOL_STATES, SchoolRow, school_rows
from controller.pages.views.states import Tone
from controller.pages.views.verdict_facts import CompliantSchools, compliant_schools
from inventory.summaries import counted_at

OUTAGES_SHOWN = 8
SCHOOLS_SHOWN = 10
#: Of a large district only so many: what else is wrong has to stay in sight.
TILES_SHOWN, TILES_OF_MANY = 120, 36
_WORST_BANDWIDTH = ("line_down", "below", "untested", "no_line", "no_target", "meets")


@dataclass(frozen=True, slots=True)
class Overview:
    """Every figure of the first page."""

    schools: Sequence[SchoolRow]
    by_bandwidth: Sequence[SchoolRow]
    outages: Sequence[AlertRow]
    alerts_open: int
    alerts_critical: int
    tickets_open: int
    tickets_waiting: int
    may_acknowledge: bool
    #: When schools and devices were counted; ``None``: just now.
    counted_at: datetime | None = None
    compliant: CompliantSchools | None = None
    policy_share: float = POLICY.share

    @property
    def tiles(self) -> Sequence[SchoolRow]:
        few = len(self.schools) <= TILES_SHOWN
        return self.schools if few else self.schools[:TILES_OF_MANY]

    @property
    def states(self) -> Sequence[tuple[str, str, Tone, int]]:
        """How many schools are how, the worst first: state, word, tone, number."""
        counts = Counter(row.state for row in self.schools)
        return [(key, *words, counts[key]) for key, words in SCHOOL_STATES.items() if counts[key]]

    @property
    def schools_good(self) -> int:
        return sum(row.state == "good" for row in self.schools)

    @property
    def devices(self) -> int:
        return sum(row.devices for row in self.schools)

    @property
    def online(self) -> int:
        return sum(row.online for row in self.schools)

    @property
    def down(self) -> int:
        return sum(row.down for row in self.schools)

    @property
    def silent(self) -> int:
        return sum(row.silent for row in self.schools)


def overview(look: Look) -> Overview:
    rows = school_rows(look)
    faults = open_faults(look)
    return Overview(
        schools=rows,
        by_bandwidth=sorted(
            rows,
            key=lambda row: (_WORST_BANDWIDTH.index(row.bandwidth.state), row.bandwidth.share or 0),
        )[:SCHOOLS_SHOWN],
        outages=worst_alerts(look, OUTAGES_SHOWN),
        alerts_open=faults.alerts,
        alerts_critical=faults.critical,
        tickets_open=faults.tickets,
        tickets_waiting=faults.not_begun,
        may_acknowledge=look.caller.may(Permission.acknowledge_alerts),
        counted_at=counted_at(look.session, look.now),
        compliant=compliant_schools(look),
    )
