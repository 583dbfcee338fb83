"""Renewal planning for somebody: their scope, their question, kept for a minute."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from sqlmodel import Session

from controller.equipment import KeptEquipment
from controller.errors import NotFound
from controller.language import N_, Language
from controller.packing import failures_of
from controller.prometheus.remembered import Remembered
from controller.words.terms import word
from drivers.readings import Kind
from inventory.exchange.writing import Shown
from inventory.models import Device, School
from inventory.money.amounts import from_fen
from inventory.renewal.fleet import UNKNOWN, Fleet, Ints, WhatIf, due_years
from inventory.renewal.forecast import (
    Ahead,
    Forecast,
    ModelFigures,
    ages,
    forecast,
    past_life,
    past_warranty,
    worst_models,
)
from inventory.renewal.loading import RenewalRepository
from inventory.renewal.plan import Plan, plan
from inventory.renewal.score import Reason, Scores, reasons, scores
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.organisations import OrganisationRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope

#: Seconds for which a fleet and what was made of it are kept, unless there is news before.
KEPT_SECONDS = 600.0
#: One of 200,000 devices is some 30 MB.
KEPT_FLEETS = 3
KEPT_ANSWERS = 12
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks.

    Args:
        organisation: code of a bureau, to plan for its schools alone; empty for all of the scope.
        first_year: fiscal year the forecast and the plan begin with.
        years: how many.
        budget: yuan a year, each year; ``None`` for a forecast without a plan.
        life_months: what if every device were replaced at this age.
        by_kind: what if those of a kind were replaced at another age (months), each kind once.
        heed_support: what loses its support is due then.
        weak_first: devices of weak schools come before all others.
    """

    first_year: int
    years: int = 5
    organisation: str = ""
    budget: Decimal | None = None
    life_months: int | None = None
    heed_support: bool = True
    weak_first: bool = False
    by_kind: tuple[tuple[Kind, int], ...] = ()

    @property
    def what_if(self) -> WhatIf:
        return WhatIf(
            life_months=self.life_months, by_kind=self.by_kind, heed_support=self.heed_support
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A forecast, a plan where there is a budget, and when the register was read for them.

    ``total`` and ``due``: score and fiscal year of every device of the fleet.
    """

    question: Question
    fleet: Fleet
    scores: Scores
    total: Ints
    due: Ints
    forecast: Forecast
    plan: Plan | None
    figures: "Figures"
    read_at: datetime
    today: date

    def reasons(self, place: int) -> list[Reason]:
        return reasons(self.fleet, self.scores, place, self.today, self.question.what_if)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page tells of a fleet beside the forecast.

    Args:
        ages: devices by age in whole years, and of how many it is unknown.
        life: past the end of life, and soon.
        warranty: past the warranty, and soon.
        models: those that fail most.
    """

    ages: tuple[Sequence[int], int]
    life: Ahead
    warranty: Ahead
    models: Sequence[ModelFigures]


class Renewals:
    """Fleets and answers until there is news: what ``app.state.renewals`` is."""

    def __init__(self) -> None:
        self.fleets: Remembered[object, Fleet] = Remembered(KEPT_SECONDS, room=KEPT_FLEETS)
        self.answers: Remembered[object, Answer] = Remembered(KEPT_SECONDS, room=KEPT_ANSWERS)


def answer(
    kept: Renewals,
    equipment: KeptEquipment,
    session: Session,
    scope: Scope,
    *,
    question: Question,
    now: datetime,
    today: date,
) -> Answer:
    """The answer within a scope, as of the last news.

    Raises:
        NotFound: no such bureau there.
        Invalid, NotAnAmount: years or a budget that make no sense.
        Unavailable: too many ask at the same moment.
    """
    under = "/"
    if question.organisation:
        bureau = OrganisationRepository(session, scope).get(question.organisation)
        if bureau is None:
            raise NotFound
        under = bureau.path
    repository = RenewalRepository(session, scope)
    models = repository.models()
    found = equipment.below(session, scope, under, now=now)
    ended = SchoolRepository(session, scope).facts(today, closed=True)
    closed = frozenset(one.code for one in ended)
    where = (found.of, tuple(tuple(model) for model in models), today, closed)
    fleet = kept.fleets.get(
        where, lambda: repository.fleet_of(found.equipment, models, closed=closed)
    )
    return kept.answers.get((where, question), lambda: _made(fleet, question, found.read_at, today))


def _made(fleet: Fleet, question: Question, read_at: datetime, today: date) -> Answer:
    found = scores(fleet, today, question.what_if)
    total = found.total
    years = range(question.first_year, question.first_year + question.years)
    planned = None
    if question.budget is not None:
        planned = plan(
            fleet,
            total,
            dict.fromkeys(years, question.budget),
            weak_first=question.weak_first,
            question=question.what_if,
        )
    return Answer(
        question=question,
        fleet=fleet,
        scores=found,
        total=total,
        due=due_years(fleet, question.what_if),
        forecast=forecast(fleet, question.first_year, question.years, question.what_if),
        plan=planned,
        figures=Figures(
            ages=ages(fleet, today),
            life=past_life(fleet, today, question.what_if),
            warranty=past_warranty(fleet, today),
            models=worst_models(fleet),
        ),
        read_at=read_at,
        today=today,
    )


@dataclass(frozen=True, slots=True)
class PlannedDevice:
    """One device that a plan replaces (or, without a plan, one of the most pressing).

    Args:
        year: of its replacement; 0 without a plan.
        due: fiscal year in which it is due, or -1.
        cost_cny: of its successor; ``None`` where nobody knows.
    """

    device: Device
    school: School
    year: int
    due: int
    score: int
    cost_cny: Decimal | None
    is_estimated: bool
    reasons: Sequence[Reason]


def pressing(made: Answer) -> Ints:
    """Places of what the plan replaces, in its order; without a plan by score, what is due."""
    if made.plan is not None:
        return made.plan.chosen
    last = made.question.first_year + made.question.years
    places = np.flatnonzero((made.due != UNKNOWN) & (made.due < last))
    # The last key counts most; the sort is stable, so equals stay in the order of their ids.
    return places[np.lexsort((made.due[places], -made.total[places]))]


def devices_at(
    session: Session, scope: Scope, made: Answer, places: Ints
) -> Iterator[PlannedDevice]:
    """The devices at these places of the fleet, in that order; those gone meanwhile left out."""
    schools: dict[str, School] = {}
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE].tolist()
        ids = [made.fleet.id_of(place) for place in some]
        found = {one.id: one for one in DeviceRepository(session, scope).named(ids)}
        codes = {one.school_code for one in found.values()} - schools.keys()
        if codes:
            named = SchoolRepository(session, scope).named(sorted(codes))
            schools.update({school.code: school for school in named})
        for place in some:
            device = found.get(made.fleet.id_of(place))
            if device is None:
                continue
            fen = int(made.fleet.cost[place])
            yield PlannedDevice(
                device=device,
                school=schools[device.school_code],
                year=0 if made.plan is None else int(made.plan.year_of[place]),
                due=int(made.due[place]),
                score=int(made.total[place]),
                cost_cny=None if fen < 0 else from_fen(fen),
                is_estimated=bool(made.fleet.is_estimated[place]),
                reasons=made.reasons(place),
            )


def told(reason: Reason, lang: Language) -> str:
    """The sentence of a reason in the reader's language."""
    return lang.gettext(reason.sentence).format(**reason.arguments)


HEADINGS = (
    N_("Year"),
    N_("School code"),
    N_("School"),
    N_("Asset number"),
    N_("Device"),
    N_("Kind"),
    N_("Model"),
    N_("Purchased on"),
    N_("Due in"),
    N_("Score"),
    N_("Reasons"),
    N_("Cost (yuan)"),
    N_("Estimated"),
)


def file_rows(found: Iterator[PlannedDevice], lang: Language) -> Iterator[Sequence[Shown]]:
    """Lines of the proposal as a file, below ``HEADINGS``."""
    between = "；" if lang.code == "zh_CN" else "; "
    for one in found:
        yield (
            one.year or None,
            one.school.code,
            one.school.name,
            one.device.asset_number,
            one.device.name,
            lang.gettext(word(one.device.kind)),
            one.device.model,
            one.device.purchased_on,
            one.due if one.due > 0 else None,
            one.score,
            between.join(f"{told(reason, lang)} ({reason.points:+d})" for reason in one.reasons),
            one.cost_cny,
            lang.gettext(N_("median of its kind")) if one.is_estimated else None,
        )


def device_answer(
    session: Session,
    scope: Scope,
    device_id: str,
    *,
    now: datetime,
    today: date,
    hours: float | None,
) -> Answer:
    """Score and reasons of one device, its use counted where it is known.

    Raises:
        NotFound: no such device within the scope, or none that is planned for.
    """
    failures = failures_of(session, scope, now)
    known = {} if hours is None else {device_id: hours}
    fleet = RenewalRepository(session, scope).fleet(
        device_id=device_id, failures=failures, hours=known, on=today
    )
    if not len(fleet):
        raise NotFound
    return _made(fleet, Question(first_year=today.year), now, today)
