"""Storms begin, grow and end: judged before the alerts of single schools are.

What is known of schools comes from the looks (:mod:`alerts.looks`): faults that are to be told of
now, and those that will be. Everything else is in the tables, so any controller goes on after
another.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from alerts.judgement import NOT_BEGUN, judge, release, schools_of_subjects
from alerts.judging.conditions import AlertFlood, SitesDark
from alerts.judging.rules import RuleSet
from alerts.judging.storms import Dark, Storm, Watched, find_storms, is_past
from alerts.looks.asking import Coming
from alerts.models import Alert, Ticket, TicketEvent
from alerts.numbers import lock_judgement
from alerts.rules import Clear, Finding
from alerts.states import TicketState
from alerts.storm.holding import name_of, subject_of
from alerts.storm.standing import (
    OF_SITES,
    Standing,
    names_of,
    standing_storms,
    watched_schools,
)
from inventory.days import day_of
from inventory.models import Organisation

#: Schools that are named in a message.
_NAMED = 8
#: What a look has found of a school nobody hears of.
Found = Finding | Coming


@dataclass(frozen=True, slots=True)
class Storms:
    """Judges storms.

    Args:
        session: one that writes; flushed, never committed.
        rules: those in force.
        now: aware.
        quiet_period: a fault that comes back sooner reopens its ticket.
    """

    session: Session
    rules: RuleSet
    now: datetime
    quiet_period: timedelta

    def judge(self, found: Collection[Found]) -> None:
        """End storms that are over, begin those that come, and tell how large they are.

        Args:
            found: of all schools, faults that nobody was told of yet.
        """
        lock_judgement(self.session)
        for storm in standing_storms(self.session):
            if self._is_over(storm):
                self._end(storm)
        self._begin(found)
        for storm in standing_storms(self.session):
            _measure(self.session, storm)
        self.session.flush()

    def _is_over(self, storm: Standing) -> bool:
        figures, behind = storm.figures, storm.behind
        if storm.alert.rule == AlertFlood.FAULT:
            since = self.now - timedelta(seconds=float(figures["clear_after"]))
            calm = _opened_since(self.session, storm.alert, since) <= int(figures["alerts"])
            return behind.left == 0 or (calm and storm.alert.opened_at <= since)
        waved = datetime.fromtimestamp(float(figures["waved_at"]), self.now.tzinfo)
        if not behind.schools and self.now < waved + timedelta(seconds=float(figures["within"])):
            return False  # those that were about to be told of are not yet
        last = max(behind.back_at or waved, behind.joined_at or waved, waved)
        return is_past(
            behind.left,
            behind.schools,
            int(figures["need"]),
            calm_for=(self.now - last).total_seconds(),
            clear_after=float(figures["clear_after"]),
        )

    def _end(self, storm: Standing) -> None:
        alert = storm.alert
        over = Clear(rule=alert.rule, subject=alert.subject, part=alert.part)
        judge(self.session, [], [over], self.now)
        held = self.session.exec(
            select(Alert)
            .where(Alert.storm_id == alert.id, col(Alert.cleared_at).is_(None))
            .order_by(col(Alert.id))
            .execution_options(populate_existing=True)
        ).all()
        release(self.session, held, self.now, quiet_period=self.quiet_period)

    def _begin(self, found: Collection[Found]) -> None:
        watched = watched_schools(self.session, day_of(self.now))
        singles = _singles(self.session)
        dark = self._dark(found, singles, watched)
        storms = find_storms(dark, list(watched.values()), self._limit, self.now.timestamp())
        by_path = {one.path: code for code, one in watched.items()}
        for storm in storms:
            alert = self._opened(storm, sorted(by_path[path] for path in storm.sites))
            if alert is not None:
                schools = {by_path[path] for path in storm.sites}
                _take_behind(
                    self.session,
                    alert,
                    [one for one in singles if one.school_code in schools],
                    self.now,
                )

    def _dark(
        self, found: Collection[Found], singles: Iterable[Alert], watched: Mapping[str, Watched]
    ) -> list[Dark]:
        """Schools nobody hears of and that no storm has yet, each once."""
        storms = standing_storms(self.session)
        places = schools_of_subjects(self.session, {_subject(one) for one in found})
        now = self.now.timestamp()
        at: dict[str, float] = {one.school_code: one.opened_at.timestamp() for one in singles}
        for one in found:
            school = places.get(_subject(one), "")
            site = watched.get(school)
            rule = one.key.rule if isinstance(one, Coming) else one.rule
            if site is None or any(
                storm.takes(rule, site.path, site.providers, self.now) for storm in storms
            ):
                continue
            due = one.due if isinstance(one, Coming) else now
            at[school] = min(at.get(school, due), due)
        return [Dark(watched[school], moment) for school, moment in at.items() if school in watched]

    def _limit(self, path: str) -> SitesDark | None:
        return next((limit for _, limit in self.rules.of(SitesDark, path)), None)

    def _opened(self, storm: Storm, schools: Sequence[str]) -> Alert | None:
        """The alert of a storm: a new one, or the one that stands for the same."""
        [(definition, limit)] = self.rules.of(SitesDark, storm.path)
        bureau = self.session.exec(
            select(Organisation).where(Organisation.path == storm.path)
        ).one()
        finding = Finding(
            rule=SitesDark.FAULT,
            subject=subject_of(bureau),
            part=storm.provider[:100],
            severity=definition.severity,
            arguments={
                "bureau": bureau.code,
                "name": bureau.name,
                "schools": len(schools),
                "names": names_of(self.session, schools[:_NAMED]),
                "provider": storm.provider,
                "need": storm.need,
                "within": limit.within,
                "clear_after": limit.clear_after,
                "waved_at": self.now.timestamp(),
            },
            definition=name_of(definition),
        )
        opened = judge(self.session, [finding], [], self.now, quiet_period=self.quiet_period).opened
        if opened:
            return opened[0]
        for standing in standing_storms(self.session):
            if (standing.alert.subject, standing.alert.part) == (finding.subject, finding.part):
                figures = {**standing.figures, "waved_at": self.now.timestamp()}
                standing.alert.arguments = json.dumps(figures)
                self.session.add(standing.alert)
                return standing.alert
        return None


def storms_are_about(session: Session, found: Collection[Found], rules: RuleSet) -> bool:
    """Whether there is anything to judge; only reads."""
    needs = [
        one.condition.sites for one in rules.definitions if isinstance(one.condition, SitesDark)
    ]
    if len(found) + len(_singles(session)) >= min(needs, default=len(found) + 1):
        return True
    return bool(standing_storms(session))


def _singles(session: Session) -> Sequence[Alert]:
    """Open alerts of schools nobody hears of that stand for themselves."""
    return session.exec(
        select(Alert)
        .where(
            col(Alert.rule).in_(OF_SITES),
            col(Alert.cleared_at).is_(None),
            col(Alert.storm_id).is_(None),
        )
        .order_by(col(Alert.opened_at).desc(), col(Alert.id))
    ).all()


def _take_behind(session: Session, storm: Alert, singles: Sequence[Alert], now: datetime) -> None:
    """Hold alerts back that were told of just before; tickets nobody has begun are merged."""
    whole = session.get(Ticket, storm.ticket_id) if storm.ticket_id else None
    for alert in singles:
        alert.storm_id = storm.id
        session.add(alert)
        ticket = (
            session.get(Ticket, alert.ticket_id, populate_existing=True, with_for_update=True)
            if alert.ticket_id
            else None
        )
        if ticket is None or whole is None or ticket.state not in NOT_BEGUN:
            continue
        ticket.state, ticket.merged_into_id = TicketState.closed, whole.id
        ticket.resolved_at = ticket.closed_at = now
        session.add(ticket)
        for one, other, kind in ((ticket, whole, "merged"), (whole, ticket, "absorbed")):
            session.add(TicketEvent(ticket_id=one.id, at=now, kind=kind, text=f"#{other.number}"))
    session.flush()


def _measure(session: Session, storm: Standing) -> None:
    """Keep how many schools a storm has had, for its message."""
    schools = max(storm.behind.schools, int(storm.figures.get("schools", 0)))
    if schools == storm.figures.get("schools"):
        return
    storm.alert.arguments = json.dumps({**storm.figures, "schools": schools})
    session.add(storm.alert)
    ticket = session.get(Ticket, storm.alert.ticket_id) if storm.alert.ticket_id else None
    if ticket is not None:
        ticket.arguments = storm.alert.arguments
        session.add(ticket)


def _opened_since(session: Session, storm: Alert, since: datetime) -> int:
    held = select(Alert.id).where(Alert.storm_id == storm.id, col(Alert.opened_at) > since)
    return len(session.exec(held).all())


def _subject(one: Found) -> str:
    return one.key.subject if isinstance(one, Coming) else one.subject
