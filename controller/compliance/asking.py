"""The verdicts of a bureau or a school in one question: collected, judged, with their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from controller.compliance.collecting import Collected, Period, collect
from controller.compliance.evidence import Versions, bundle
from controller.compliance.inputs import Method
from controller.compliance.results import SchoolVerdict
from controller.compliance.scheduled import scheduled_tests
from controller.compliance.school_time import calendar_documents, hours_of
from controller.compliance.verdict import judge_all
from controller.metrics.store import MetricStore
from controller.version import VERSION
from inventory.errors import Invalid, NotFound
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope
from inventory.standards.keeping import known_standards

#: No period is longer: a year and a day, of which the raw tests are kept.
MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which verdicts are wanted.

    Args:
        at: code of a bureau or a school.
        first: day of the period, the calendar's own.
        last: its last one.
        probe_seconds: between two probes of a line.
        internet: test servers outside the education network beside those that are registered.
    """

    at: str
    first: date
    last: date
    probe_seconds: int = 60
    internet: frozenset[str] = frozenset()


def collected(
    session: Session, store: MetricStore, scope: Scope, asked: Asked, method: Method | None = None
) -> list[Collected]:
    """Inputs of the schools that are asked for.

    Raises:
        NotFound: no such bureau or school within the scope.
        Invalid: days in the wrong order, or too many.
    """
    if not 0 <= (asked.last - asked.first).days < MOST_DAYS:
        raise Invalid(field="to", reason=f"{asked.first} – {asked.last}")
    under = _path(session, scope, asked.at)
    period = Period(
        first=asked.first,
        last=asked.last,
        probe_seconds=asked.probe_seconds,
        internet=asked.internet,
    )
    # A bureau's calendar and standards hold for its schools whoever asks.
    hours = hours_of(session, scope, asked.first, asked.last)
    planned = scheduled_tests(session, scope, hours, asked.first, asked.last, under=under)
    return collect(
        session, store, scope, period, hours, under=under, scheduled=planned, method=method
    )


def verdicts(
    session: Session, store: MetricStore, scope: Scope, asked: Asked, method: Method | None = None
) -> list[SchoolVerdict]:
    """Verdicts on the schools that are asked for, in the order of the tree.

    Raises:
        NotFound, Invalid: as :func:`collected`.
    """
    return judge_all(collected(session, store, scope, asked, method), method)


def evidence(
    session: Session, store: MetricStore, scope: Scope, asked: Asked, method: Method | None = None
) -> dict[str, Any]:
    """The bundle of these verdicts.

    Raises:
        NotFound, Invalid: as :func:`collected`.
    """
    found = collected(session, store, scope, asked, method)
    return evidence_of(session, scope, asked, found, method)


def evidence_of(
    session: Session,
    scope: Scope,
    asked: Asked,
    found: Sequence[Collected],
    method: Method | None = None,
) -> dict[str, Any]:
    """The bundle of inputs that :func:`collected` found for the same question.

    Raises:
        NotFound: no such bureau or school within the scope.
    """
    schools = SchoolRepository(session, scope).under(_path(session, scope, asked.at), asked.last)
    used = {demand.fingerprint for one in found for demand in one.inputs.demands}
    rows = [one.row for one in known_standards(session, scope) if one.row is not None]
    return bundle(
        found,
        first=asked.first,
        last=asked.last,
        method=method or Method(),
        versions=Versions(VERSION, _agents(session, scope)),
        calendars=calendar_documents(
            session, scope, asked.first, asked.last, [(one.path, one.stage) for one in schools]
        ),
        standards={row.fingerprint: row.document for row in rows if row.fingerprint in used},
    )


def _agents(session: Session, scope: Scope) -> dict[str, str]:
    return {agent.id: agent.version for agent in AgentRepository(session, scope).all()}


def _path(session: Session, scope: Scope, code: str) -> str:
    bureau = OrganisationRepository(session, scope).get(code)
    if bureau is not None:
        return bureau.path
    school = SchoolRepository(session, scope).get(code)
    if school is None:
        raise NotFound(what="organisation", key=code)
    return school.path
