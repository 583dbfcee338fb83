"""The weakest schools of a month, and schools over several months. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median

from controller.compliance.district.counting import Placed, Tree, counts_of
from controller.compliance.district.figures import (
    WORST_FIRST,
    SchoolYear,
    Standing,
    WeakSchool,
    YearFigures,
)
from controller.compliance.results import Note
from inventory.standards.model import Standard
from inventory.verdicts.rows import KeptMonth, KeptSchool, SchoolFacts

#: Standards by code, the newest version of those that were judged.
Standards = Mapping[str, Standard]
_NOTES = frozenset(Note)
_WEAK = (Standing.non_compliant, Standing.marginal)


def weakest_of(
    placed: Sequence[Placed], tree: Tree, standards: Standards, most: int
) -> tuple[WeakSchool, ...]:
    """Schools of which it is known that they are weak, the weakest first.

    Non-compliant ones come first, then marginal ones, each by the share of the asked rate that
    was measured, or contracted where nothing was measured. Schools nobody can say anything of are
    not called weak.
    """
    weak = [one for one in placed if one.kept.standing in _WEAK]
    weak.sort(key=lambda one: (_WEAK.index(Standing(one.kept.standing)), *_strength(one.kept)))
    return tuple(_weak(one, tree, standards) for one in weak[:most])


def year_of(
    rows: Sequence[KeptMonth], schools: Sequence[SchoolFacts], months: Sequence[date]
) -> YearFigures:
    """Schools over several months, in the order they are given in.

    Args:
        rows: of these months, by month.
        schools: at least those the rows are of; others have no month and are left out.
        months: in order.
    """
    by_school: dict[str, dict[date, KeptMonth]] = defaultdict(dict)
    for row in rows:
        by_school[row.school_code][row.month] = row
    found = [_year(one, by_school[one.code], months) for one in schools if one.code in by_school]
    computed = {row.month for row in rows}
    return YearFigures(
        months=tuple(month for month in months if month in computed),
        by_worst=counts_of(one.worst or Standing.exempt for one in found),
        by_middle=counts_of(one.middle or Standing.exempt for one in found),
        always=sum(one.judged > 0 and one.compliant == one.judged for one in found),
        schools=tuple(found),
    )


def measured_share(kept: KeptSchool) -> float | None:
    """Share of the asked rate that was measured, of the weaker direction."""
    rates = [one for one in (kept.reached_down, kept.reached_up) if one is not None]
    return min(rates) / kept.asked if rates and kept.asked else None


def _strength(kept: KeptSchool) -> tuple[float, str]:
    share = measured_share(kept)
    if share is None and kept.asked:
        contracts = [one for one in (kept.contracted_down, kept.contracted_up) if one is not None]
        share = min(contracts) / kept.asked if contracts else None
    return 1.0 if share is None else share, kept.school_code


def _weak(one: Placed, tree: Tree, standards: Standards) -> WeakSchool:
    school, kept = one
    county, county_en = tree.named(tree.county(school.path))
    standard = standards.get(kept.standard)
    target = standard.target(kept.target) if standard else None
    return WeakSchool(
        code=school.code,
        name=school.name,
        name_en=school.name_en,
        county=county,
        county_en=county_en,
        standing=Standing(kept.standing),
        share=measured_share(kept),
        reached_down=kept.reached_down,
        reached_up=kept.reached_up,
        asked=kept.asked,
        availability=kept.availability,
        tests=kept.tests,
        passed=kept.passed,
        provider=kept.provider,
        notes=notes_of(kept.notes),
        standard=kept.standard,
        target=kept.target,
        plan=standard.plan if standard else "",
        quote=target.quote if target else "",
    )


def notes_of(text: str) -> tuple[Note, ...]:
    """Notes as they are kept; those of a later release are left out."""
    return tuple(Note(word) for word in text.split() if word in _NOTES)


def _year(
    school: SchoolFacts, by_month: Mapping[date, KeptMonth], months: Sequence[date]
) -> SchoolYear:
    standings = tuple(
        Standing(by_month[month].standing) if month in by_month else None for month in months
    )
    judged = sorted(
        (one for one in standings if one is not None and one is not Standing.exempt),
        key=WORST_FIRST.index,
    )
    worst = judged[0] if judged else None
    down = [row.median_down for row in by_month.values() if row.median_down is not None]
    up = [row.median_up for row in by_month.values() if row.median_up is not None]
    return SchoolYear(
        code=school.code,
        name=school.name,
        name_en=school.name_en,
        standings=standings,
        worst=worst,
        worst_month=months[standings.index(worst)] if worst else None,
        middle=judged[(len(judged) - 1) // 2] if judged else None,
        median_down=median(down) if down else None,
        median_up=median(up) if up else None,
        compliant=standings.count(Standing.compliant),
        judged=len(judged),
    )
