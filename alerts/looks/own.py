"""What the controller shows of itself: its alerts are the bureau's at the top of all."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.judgement import school_subject
from alerts.judging.conditions import Ending, Ends
from alerts.judging.facts import Key
from alerts.judging.lists import Entry, SchoolLists, judge_lists
from alerts.looks.asking import Look, finding, withdrawn
from alerts.rules import Clear, Finding
from alerts.storm.holding import bureau_schools, subject_of
from inventory.days import day_of
from inventory.models import Organisation

#: Bureaus looked through for one with schools.
_SOME = 20


@dataclass(frozen=True, slots=True)
class Term:
    """A certificate of the controller's.

    Args:
        ends: what it is to the controller.
        name: what people call it.
        at: its end, aware.
    """

    ends: Ends
    name: str
    at: datetime


def own_terms(look: Look, terms: Sequence[Term] | None) -> Iterator[Finding | Clear]:
    """What certificates of the controller say that alerts do not say yet.

    One that has ended is told of until there is another: nothing works with it.

    Args:
        look: who looks.
        terms: all there are; ``None`` when they could not be read, and nothing is known.
    """
    if terms is None:
        return
    standing = _standing(look)
    ends: dict[Ends, list[Entry]] = defaultdict(list)
    for one in terms:
        day = day_of(one.at).isoformat()
        ends[one.ends].append(Entry(one.name, one.at.timestamp(), day))
    bureau = top_bureau(look.session) if ends or standing else None
    subject = subject_of(bureau) if bureau else ""
    for key in standing:
        if key.subject != subject:
            yield withdrawn(key)
    if bureau is None:
        return
    about = SchoolLists(
        subject=subject,
        path=bureau.path,
        ends=ends,
        standing={key: at for key, at in standing.items() if key.subject == subject},
    )
    opens, over = judge_lists(about, look.rules, look.moments.now.timestamp())
    for told in opens:
        yield finding(told, bureau=bureau.code, name=bureau.name)
    for key in over:
        yield Clear(rule=key.rule, subject=key.subject, part=key.part)


def _standing(look: Look) -> Mapping[Key, float]:
    rules = {one.rule for one in look.rules.definitions if isinstance(one.condition, Ending)}
    return {
        key: opened.timestamp()
        for rule in sorted(rules)
        for key, (school, opened) in look.standing(rule).items()
        if key.subject != school_subject(school)
    }


def top_bureau(session: Session) -> Organisation | None:
    """The highest bureau, of several the first, that has schools."""
    query = select(Organisation).order_by(
        func.length(col(Organisation.path)) - func.length(func.replace(Organisation.path, "/", "")),
        col(Organisation.code),
    )
    for one in session.exec(query.limit(_SOME)):
        if bureau_schools(session, [one.code]):
            return one
    return None
