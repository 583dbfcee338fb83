"""Stock-taking: the list of campaigns, one campaign, a school's rooms, a report to sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown, one_of
from controller.pages.views.names import (
    bureau_names,
    people_names,
    room_name,
    school_choice,
    school_name,
)
from inventory.models import (
    CampaignState,
    Decision,
    Found,
    Room,
    School,
    StockCampaign,
    StockResult,
)
from inventory.repositories import RoomRepository, SchoolRepository
from inventory.stocktaking.repository import TO_DECIDE, SchoolProgress, StockRepository
from inventory.stocktaking.sheets import Sheet, sheet_of

STATES: Mapping[CampaignState, tuple[str, str]] = {
    CampaignState.counting: (N_("Being counted"), "info"),
    CampaignState.finished: (N_("Differences to decide"), "warn"),
    CampaignState.signed: (N_("Signed"), "good"),
}
OUTCOMES: Mapping[Found, tuple[str, str]] = {
    Found.found: (N_("Found"), "good"),
    Found.wrong_place: (N_("Wrong place"), "warn"),
    Found.missing: (N_("Missing"), "bad"),
    Found.unknown: (N_("Not in the register"), "warn"),
    Found.not_counted: (N_("Not counted"), "idle"),
}
#: How many lines say what, with the word and the colour of each.
Counts: TypeAlias = Sequence[tuple[Found, str, str, int]]
DECISIONS: Mapping[Decision, str] = {
    Decision.open: N_("To decide"),
    Decision.confirmed: N_("Register corrected"),
    Decision.dismissed: N_("Register kept"),
}


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign of the list."""

    campaign: StockCampaign
    state: str
    tone: str
    started_by: str


@dataclass(frozen=True, slots=True)
class CampaignList:
    """Campaigns, and what a new one may be begun over."""

    rows: Sequence[CampaignRow]
    shown: Shown
    may_start: bool
    bureaus: Mapping[str, str]
    schools: Sequence[Choice]
    school: School | None
    rooms: Sequence[tuple[Room, str]]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of a finished campaign."""

    result: StockResult
    outcome: str
    tone: str
    decision: str
    counted_by: str
    decided_by: str
    may_decide: bool


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """One campaign: how far it is, and what it found."""

    campaign: StockCampaign
    state: str
    tone: str
    schools: Sequence[tuple[SchoolProgress, str]]
    schools_shown: Shown
    search: str
    counts: Counts
    rows: Sequence[ResultRow]
    shown: Shown
    outcome: str
    rooms_left: int
    undecided: int
    may_answer: bool
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One campaign with the names of its schools and every line of it."""

    campaign: StockCampaign
    schools: Sequence[str]
    counts: Counts
    rows: Sequence[ResultRow]
    people: Mapping[str, str]


def campaign_list(look: Look, number: int, school: str) -> CampaignList:
    """Campaigns that touch a school of the reader's."""
    scope = look.caller.require(Permission.count_stock)
    page = StockRepository(look.session, scope).page(
        offset=(number - 1) * PAGE_LENGTH, limit=PAGE_LENGTH
    )
    people = people_names(look, (row.started_by for row in page.items))
    chosen = SchoolRepository(look.session, scope).get(school) if school else None
    rooms = RoomRepository(look.session, scope).at_school(chosen.code) if chosen else ()
    return CampaignList(
        rows=[CampaignRow(row, *STATES[row.state], people[row.started_by]) for row in page.items],
        shown=Shown(look, number, page.total),
        may_start=look.caller.may(Permission.manage_access),
        bureaus=bureau_names(look),
        schools=school_choice(look, school),
        school=chosen,
        rooms=[(room, room_name(room)) for room in rooms],
    )


def campaign_page(
    look: Look, campaign_id: str, outcome: str, number: int, *, search: str = "", schools: int = 1
) -> CampaignPage:
    """One campaign; ``schools``: the page of its schools, of those that hold ``search``.

    Raises:
        NotFound: none of that id touches a school of the reader's.
    """
    stock, campaign = _campaign(look, campaign_id)
    answers = look.caller.scope(Permission.manage_access)
    may_answer = StockRepository(look.session, answers).is_within(campaign_id)
    wanted = one_of(Found, outcome)
    page = stock.results(
        campaign_id,
        outcome=wanted,
        decision=Decision.open if outcome == "open" else None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    progress = stock.progress(
        campaign_id, search=search, offset=(schools - 1) * PAGE_LENGTH, limit=PAGE_LENGTH
    )
    people = _people(look, campaign, page.items)
    return CampaignPage(
        campaign=campaign,
        state=STATES[campaign.state][0],
        tone=STATES[campaign.state][1],
        schools=[(one, school_name(look, one.school)) for one in progress.items],
        schools_shown=Shown(look, schools, progress.total, key="schools"),
        search=search,
        counts=_counts(stock, campaign_id),
        rows=[_row(row, people, may_answer, campaign) for row in page.items],
        shown=Shown(look, number, page.total),
        outcome=outcome,
        rooms_left=stock.rooms_left(campaign_id),
        undecided=stock.count_undecided(campaign_id),
        may_answer=may_answer,
        people=people,
    )


def report_page(look: Look, campaign_id: str) -> ReportPage:
    """One campaign with every line of it, to print and to sign.

    Raises:
        NotFound: none of that id touches a school of the reader's.
    """
    stock, campaign = _campaign(look, campaign_id)
    results = stock.all_results(campaign_id)
    people = _people(look, campaign, results)
    return ReportPage(
        campaign=campaign,
        schools=[school_name(look, school) for school in stock.schools(campaign_id)],
        counts=_counts(stock, campaign_id),
        rows=[_row(row, people, False, campaign) for row in results],
        people=people,
    )


@dataclass(frozen=True, slots=True)
class CountPage:
    """A school's rooms for a phone."""

    sheet: Sheet
    user: str


def count_page(look: Look, campaign_id: str, code: str) -> CountPage:
    """Rooms of one school to count.

    Raises:
        NotFound: the campaign does not count such a school of the reader's.
    """
    scope = look.caller.require(Permission.count_stock)
    return CountPage(sheet_of(look.session, scope, campaign_id, code, look.now), look.caller.id)


def outcome_options(look: Look, page: CampaignPage) -> Sequence[Option]:
    """What the lines of a campaign can be narrowed to."""
    translate = look.lang.gettext
    words = {"": N_("All"), "open": N_("To decide")} | {key: OUTCOMES[key][0] for key in Found}
    return [Option(key, translate(text), key == page.outcome) for key, text in words.items()]


def _campaign(look: Look, campaign_id: str) -> tuple[StockRepository, StockCampaign]:
    stock = StockRepository(look.session, look.caller.require(Permission.count_stock))
    campaign = stock.get(campaign_id)
    if campaign is None:
        raise NotFound
    return stock, campaign


def _counts(stock: StockRepository, campaign_id: str) -> Counts:
    counted = stock.count_results(campaign_id)
    return [(key, *OUTCOMES[key], counted[key]) for key in Found]


def _row(
    result: StockResult, people: Mapping[str, str], may_answer: bool, campaign: StockCampaign
) -> ResultRow:
    differs = result.outcome in TO_DECIDE
    return ResultRow(
        result=result,
        outcome=OUTCOMES[result.outcome][0],
        tone=OUTCOMES[result.outcome][1],
        decision=DECISIONS[result.decision] if differs else "",
        counted_by=people.get(result.counted_by or "", ""),
        decided_by=people.get(result.decided_by or "", ""),
        may_decide=may_answer
        and differs
        and result.decision is Decision.open
        and campaign.state is CampaignState.finished,
    )


def _people(
    look: Look, campaign: StockCampaign, results: Sequence[StockResult]
) -> Mapping[str, str]:
    ids = [campaign.started_by, campaign.finished_by, campaign.signed_by]
    for row in results:
        ids += [row.counted_by, row.decided_by]
    return people_names(look, ids)
