"""One report edition: how far it is, what it says, who appealed, what may be done next."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from controller.auth.permissions import Permission
from controller.editions.package import kept_differences
from controller.editions.sight import Sight, sight_of
from controller.editions.steps import work_of
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.editions import period_text, place_names
from controller.words.compliance import state_tone, state_word
from controller.words.editions import (
    APPEAL_REMEDIES,
    APPEAL_STATES,
    APPEAL_TONES,
    EDITION_KINDS,
    EDITION_STATES,
    TONES,
)
from inventory.editions.appeals import files_of
from inventory.editions.documents import DocumentNote, notes
from inventory.editions.flow import SHORTEST_FEEDBACK
from inventory.editions.manifest import Difference
from inventory.editions.notices import NoticeRepository
from inventory.models import (
    Attachment,
    EditionAppeal,
    EditionScan,
    EditionState,
    EditionStep,
    ReportEdition,
    RunState,
    SendingState,
)

_S = EditionState
#: The way to the seal.
_WAY = (_S.computed, _S.draft, _S.review, _S.issued, _S.frozen)
#: Days of feedback that the form proposes.
_PROPOSED = 7


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way; ``at``: when it was last reached, in this round."""

    text: str
    at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class AppealCard:
    """One appeal with its answer and its files."""

    row: EditionAppeal
    state: str
    tone: str
    remedy: str
    files: Sequence[Attachment]
    may_answer: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step that was taken."""

    row: EditionStep
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RunCard:
    """The work in the background: ``running``, or why nothing came of it."""

    state: RunState
    done: int
    total: int
    fault: str


@dataclass(frozen=True, slots=True)
class May:
    """What whoever looks may do next."""

    compute: bool
    recompute: bool
    draft: bool
    review: bool
    issue: bool
    freeze: bool
    withdraw: bool
    scan: bool


@dataclass(frozen=True, slots=True)
class EditionView:
    """The page of one edition."""

    row: ReportEdition
    place: str
    kind: str
    period: str
    state: str
    tone: str
    way: Sequence[Stage]
    counts: Sequence[tuple[str, str, int]]
    appeals: Sequence[AppealCard]
    documents: Sequence[DocumentNote]
    scans: Sequence[EditionScan]
    steps: Sequence[StepRow]
    before: ReportEdition | None
    after: ReportEdition | None
    run: RunCard | None
    may: May
    until: date
    earliest: date
    issuer: str
    signer: str
    today: date
    verified: Sequence[Difference] | None
    told: str
    fault: str = ""
    said: Mapping[str, str] = field(default_factory=dict)


def edition_view(look: Look, edition_id: str, *, verify: bool = False) -> EditionView:
    """What the page shows.

    Raises:
        NotFound: no such edition that this person sees.
    """
    sight = sight_of(look.caller)
    row = sight.edition(look.session, edition_id)
    editions, say = sight.editions(look.session), look.lang.gettext
    steps = editions.steps(row.id)
    place = place_names(look, [row])[row.id]
    run = _run(look, sight, row)
    return EditionView(
        row=row,
        place=place,
        kind=say(EDITION_KINDS[row.kind]),
        period=period_text(row),
        state=say(EDITION_STATES[row.state]),
        tone=TONES[row.state],
        way=_way(look, row, steps),
        counts=[
            (say(state_word(state)), state_tone(state), count)
            for state, count in json.loads(row.states).items()
        ],
        appeals=[_appeal(look, row, one) for one in editions.appeals(row.id)],
        documents=sorted(notes(look.session, row), key=_printed_first(look.lang.code)),
        scans=editions.scans(row.id),
        steps=[
            StepRow(
                one,
                say(EDITION_STATES[one.before]) if one.before else "",
                say(EDITION_STATES[one.after]),
            )
            for one in steps
        ],
        before=editions.get(row.supersedes_id) if row.supersedes_id else None,
        after=editions.superseding(row.id),
        run=run,
        may=_may(look, row, run),
        until=look.today + timedelta(days=_PROPOSED),
        earliest=look.today + timedelta(days=SHORTEST_FEEDBACK),
        issuer=place,
        signer=look.caller.name or look.caller.login,
        today=look.today,
        told=_told(look, sight, row),
        verified=kept_differences(look.session, row) if verify and row.state is _S.frozen else None,
    )


def _told(look: Look, sight: Sight, row: ReportEdition) -> str:
    """Who was told of an open draft by e-mail; empty where no mail server is named."""
    if row.state is not _S.draft or not look.request.app.state.settings.smtp_host:
        return ""
    found = NoticeRepository(look.session, sight.work).told(row)
    say = look.lang.gettext(
        N_(
            "Told by e-mail: {sent} people, {waiting} more to come, {failed} not reached. At {none}"
            " schools nobody who logs in has an address."
        )
    )
    states = found.states
    return say.format(
        sent=states.get(SendingState.sent, 0),
        waiting=states.get(SendingState.waiting, 0),
        failed=states.get(SendingState.failed, 0) + states.get(SendingState.skipped, 0),
        none=found.unreached,
    )


def appeal_cards(look: Look, appeals: Sequence[EditionAppeal]) -> Sequence[AppealCard]:
    """Appeals of a school, for the school itself."""
    return [_card(look, one, may_answer=False) for one in appeals]


def _printed_first(code: str) -> Callable[[DocumentNote], tuple[int, str]]:
    """What is read on paper, in the reader's language, before what programs read."""
    orders = {f"report.{code}.pdf": 0, f"report.{code}.docx": 1, f"report.{code}.xlsx": 2}

    def place(one: DocumentNote) -> tuple[int, str]:
        return orders.get(one.name, 3 if one.name.startswith("report.") else 4), one.name

    return place


def _way(look: Look, row: ReportEdition, steps: Sequence[EditionStep]) -> Sequence[Stage]:
    # Of the last way alone: computed anew, an edition begins it again.
    begun = max((n for n, one in enumerate(steps) if one.after is _S.computing), default=0)
    reached = {one.after: one.at for one in steps[begun:]}
    return [
        Stage(look.lang.gettext(EDITION_STATES[state]), reached.get(state), row.state is state)
        for state in _WAY
    ]


def _appeal(look: Look, row: ReportEdition, one: EditionAppeal) -> AppealCard:
    works = look.caller.may(Permission.manage_reports, row.path)
    in_time = row.state in (_S.draft, _S.review) and one.answered_at is None
    return _card(look, one, may_answer=works and in_time)


def _card(look: Look, one: EditionAppeal, *, may_answer: bool) -> AppealCard:
    say = look.lang.gettext
    return AppealCard(
        row=one,
        state=say(APPEAL_STATES[one.state]),
        tone=APPEAL_TONES[one.state],
        remedy=say(APPEAL_REMEDIES[one.remedy]) if one.remedy else "",
        files=files_of(look.session, one.id),
        may_answer=may_answer,
    )


def _run(look: Look, sight: Sight, row: ReportEdition) -> RunCard | None:
    run = sight.editions(look.session).run(row.id)
    if run is None or row.state not in (_S.computing, _S.issued):
        return None
    work = work_of(look.request)
    step = work.step(run)
    return RunCard(work.state(run), step.done, step.total, run.fault)


def _may(look: Look, row: ReportEdition, run: RunCard | None) -> May:
    works = look.caller.may(Permission.manage_reports, row.path)
    signs = look.caller.may(Permission.sign_reports, row.path)
    runs = run is not None and run.state is RunState.running
    late = row.appeals_until is not None and look.today > row.appeals_until
    return May(
        compute=works and row.state is _S.computing and not runs,
        recompute=works and row.state in (_S.computed, _S.review),
        draft=works and row.state is _S.computed,
        review=works and row.state is _S.draft and late,
        issue=signs and row.state is _S.review,
        freeze=signs and row.state is _S.issued and not runs,
        withdraw=works and row.state in (_S.computing, _S.computed, _S.draft, _S.review),
        scan=works and row.state is _S.frozen,
    )
