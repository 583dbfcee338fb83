"""What stands behind one figure of one school."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.errors import NotFound
from controller.pages.look import Look
from controller.pages.views.names import school_name
from controller.words.coverage import CAMPUS_PROGRAMMES, COUNTED
from inventory.coverage.behind import LISTED, behind
from inventory.coverage.cases import Case, CaseKind
from inventory.models import CampusProgramme
from inventory.repositories import SchoolRepository
from inventory.standards.model import Measure

_WHERE = {
    CaseKind.device: "/devices/{id}",
    CaseKind.room: "/devices?school={school}&room={id}",
    CaseKind.person: "/schools/{school}/ledger",
    CaseKind.recognition: "/schools/{school}/ledger",
}


@dataclass(frozen=True, slots=True)
class SchoolMeasureView:
    """Everything on the page; ``names`` and ``links`` are beside the cases."""

    code: str
    school: str
    measure: Measure
    name: str
    cases: Sequence[Case]
    names: Sequence[str]
    links: Sequence[str]
    counting: int
    unknown: int


def _name(look: Look, one: Case) -> str:
    if one.kind is not CaseKind.recognition:
        return one.name
    return look.lang.gettext(CAMPUS_PROGRAMMES[CampusProgramme(one.name)])


def school_measure_view(look: Look, code: str, measure: Measure) -> SchoolMeasureView:
    """What the page shows.

    Raises:
        NotFound: no such school within the scope, or no list behind this figure.
    """
    school = SchoolRepository(look.session, look.scope).get(code)
    if school is None or measure not in LISTED:
        raise NotFound
    kept = look.request.app.state.equipment
    devices = kept.below(look.session, look.scope, school.path, now=look.now).equipment
    cases = behind(look.session, look.scope, school, measure, devices, on=look.today, now=look.now)
    return SchoolMeasureView(
        code=code,
        school=school_name(look, school),
        measure=measure,
        name=look.lang.gettext(COUNTED[measure]),
        cases=cases,
        names=[_name(look, one) for one in cases],
        links=[_WHERE[one.kind].format(school=code, id=one.id) for one in cases],
        counting=sum(one.counts is True for one in cases),
        unknown=sum(one.counts is None for one in cases),
    )
