"""Lists of schools that somebody is to look through: one alert for each that is not empty."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlmodel import col, select

from alerts.growing import told_of
from alerts.judgement import in_chunks, school_subject
from alerts.judging.conditions import Ending, Listed, Work
from alerts.judging.facts import Key
from alerts.judging.lists import Grown, SchoolLists, grown_lists, judge_lists
from alerts.looks.asking import Look, finding, withdrawn
from alerts.looks.measured import Vitals
from alerts.repositories.lists import BySchool, endings, in_service, unknown_devices
from alerts.repositories.quiets import quiets_now
from alerts.rules import Clear, Finding
from inventory.days import day_of
from inventory.models import School
from inventory.repositories.configurations import ConfigurationRepository
from inventory.repositories.schools import stands

#: Lists that boxes tell of, with the metric that is 1 of what is on it.
_TOLD_BY_BOXES = {
    Work.telnet_open: "telnet_open",
    Work.public_communities: "community_known",
    Work.default_logins: "login_default",
    Work.wrong_clocks: "clock_error_seconds",
}
#: Above which value something comes on a list, and above which it stays there.
_LEVELS = {Work.wrong_clocks: (300.0, 60.0)}
_YES = (0.5, 0.5)
#: Boxes look once an hour; what was said twice as long ago says nothing of now.
_FRESH = timedelta(hours=2.5)
#: Who looks after what ends first looks after all of that month.
_MONTH = timedelta(days=31)


def listed(
    look: Look, store: Vitals, listening_since: datetime
) -> Iterator[Finding | Clear | Grown]:
    """What lists say that alerts do not say yet.

    Args:
        look: who looks.
        store: the readings.
        listening_since: what boxes said before is not known.
    """
    standing = _standing(look)
    lists = dict(_waiting(look, store, listening_since, standing))
    ends = endings(look.session, look.moments.now, _farthest(look) + _MONTH)
    codes = {code for its in (*lists.values(), *ends.values()) for code in its} | standing.keys()
    schools = _open_schools(look, codes)
    paths = {code: school.path for code, school in schools.items()}
    told = told_of(look.session, {key: at for its in standing.values() for key, at in its.items()})
    quiets = quiets_now(look.session, paths, look.moments.now, look.moments.of)
    for code in sorted(standing.keys() - schools.keys()):
        yield from map(withdrawn, standing[code])
    for code, school in sorted(schools.items()):
        about = SchoolLists(
            subject=school_subject(code),
            path=school.path,
            waiting={
                work: its.get(code, ())
                for work, its in lists.items()
                if code in its or work not in _TOLD_BY_BOXES
            },
            ends={what: its.get(code, ()) for what, its in ends.items()},
            quiets=quiets.get(code, ()),
            standing=standing.get(code, {}),
            told=told,
        )
        yield from grown_lists(about, look.rules, look.moments.now.timestamp())
        opens, over = judge_lists(about, look.rules, look.moments.now.timestamp())
        for one in opens:
            yield finding(one, school=code, name=school.name)
        for key in over:
            yield Clear(rule=key.rule, subject=key.subject, part=key.part)


def _waiting(
    look: Look,
    store: Vitals,
    listening_since: datetime,
    standing: Mapping[str, Mapping[Key, float]],
) -> Iterator[tuple[Work, BySchool]]:
    """Lists with what is on them; of those boxes tell of only schools that were heard."""
    yield Work.unknown_devices, unknown_devices(look.session)
    changed = ConfigurationRepository(look.session, look.scope).changed()
    since_when = {device: at.timestamp() for device, at in changed.items()}
    yield Work.changed_configurations, in_service(look.session, since_when)
    now = look.moments.now
    since = round((now - _FRESH).timestamp() * 1_000)
    is_known = now - listening_since >= _FRESH
    for work, metric in _TOLD_BY_BOXES.items():
        level, clear = _LEVELS.get(work, _YES)
        bad = store.beyond(metric, level, above=True, since=since)
        found = dict(in_service(look.session, _moments(bad)))
        if standing and clear < level:
            better = store.beyond(metric, clear, above=True, since=since)
            kept = in_service(look.session, _moments(better))
            found |= {
                code: its for code, its in kept.items() if _stands(look, standing, code, work)
            }
        if standing and is_known:
            good = in_service(
                look.session, _moments(store.beyond(metric, clear, above=False, since=since))
            )
            found |= {code: () for code in good if code in standing and code not in found}
        yield work, found


def _stands(
    look: Look, standing: Mapping[str, Mapping[Key, float]], school: str, work: Work
) -> bool:
    """Whether an alert of the list is open at a school."""
    rules = {
        one.rule
        for one in look.rules.definitions
        if isinstance(one.condition, Listed) and one.condition.work is work
    }
    return any(key.rule in rules for key in standing.get(school, ()))


def _moments(found: Mapping[tuple[str, str], tuple[int, float]]) -> Mapping[str, float]:
    return {device: at / 1_000 for (device, _), (at, _) in found.items()}


def _farthest(look: Look) -> timedelta:
    """How far ahead any rule looks."""
    conditions = (one.condition for one in look.rules.definitions)
    spans = [one.within for one in conditions if isinstance(one, Ending)]
    return timedelta(seconds=max(spans, default=0.0))


def _standing(look: Look) -> Mapping[str, dict[Key, float]]:
    """Open alerts of lists, by the school."""
    found: dict[str, dict[Key, float]] = defaultdict(dict)
    for rule in _rules(look):
        for key, (code, opened) in look.standing(rule).items():
            if key.subject != school_subject(code):
                continue  # of a bureau: see alerts.looks.own
            found[code][key] = opened.timestamp()
    return found


def _rules(look: Look) -> Iterable[str]:
    conditions = look.rules.definitions
    return sorted({one.rule for one in conditions if isinstance(one.condition, Listed | Ending)})


def _open_schools(look: Look, codes: Collection[str]) -> dict[str, School]:
    query = select(School).where(
        stands(day_of(look.moments.now)), look.scope.condition(col(School.path))
    )
    return {
        one.code: one
        for some in in_chunks(codes)
        for one in look.session.exec(query.where(col(School.code).in_(some)))
    }
