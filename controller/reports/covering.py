"""Figures of coverage in a report: months as they were counted, and what they are held against."""

from datetime import date

from sqlmodel import Session

from controller.reports.chapters import Covered, HeldAgainst, MonthTally
from controller.words.coverage import COUNTED
from inventory.coverage.against import HeldTarget, hold
from inventory.coverage.counting import PLAIN
from inventory.coverage.keeping import MeasureRepository
from inventory.scope import Scope
from inventory.standards.bound import Bindings
from inventory.standards.model import Comparison


def coverage_of(
    session: Session, scope: Scope, path: str, first: date, last: date
) -> tuple[Covered, ...]:
    """Every figure that was counted in a period, held against what is bound on its last day.

    Args:
        session: to read with.
        scope: of who asks.
        path: of a bureau or a school.
        first: of the period.
        last: its last day.
    """
    measures = MeasureRepository(session, scope)
    months = sorted(
        month for month in measures.months(path) if first.replace(day=1) <= month <= last
    )
    if not months:
        return ()
    totals = measures.totals(months, path)
    bindings = Bindings(session, scope, last, last)
    found = []
    for measure in COUNTED:
        told = [(month, totals[month][measure]) for month in months if measure in totals[month]]
        if not told:
            continue
        held = hold(measure, measures.of_measure(measure, told[-1][0], path), bindings, last)
        found.append(
            Covered(
                measure=measure,
                months=tuple(
                    MonthTally(
                        month=month,
                        numerator=tally.numerator,
                        denominator=tally.denominator,
                        unknown=tally.unknown,
                    )
                    for month, tally in told
                ),
                targets=tuple(_held(one) for one in held.targets),
                is_number=measure in PLAIN,
            )
        )
    return tuple(found)


def _held(one: HeldTarget) -> HeldAgainst:
    target = one.bound.target
    return HeldAgainst(
        plan=one.bound.standard.plan,
        plan_en=one.bound.standard.plan_translation,
        target=target.id,
        quote=target.quote,
        quote_en=target.translation,
        value=target.value,
        unit=target.unit,
        at_most=target.comparison is Comparison.at_most,
        numerator=one.tally.numerator,
        denominator=one.tally.denominator,
        unknown=one.tally.unknown,
        stand=one.whole,
        schools=dict(one.schools),
    )
