"""Nobody is heard: the controller is cut off, which is one alert of the bureau at the top."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from posixpath import commonpath

from sqlmodel import Session, col, select

from alerts.judging.causes import FRESH
from alerts.judging.conditions import NobodyHeard
from alerts.looks.asking import Look, withdrawn
from alerts.looks.own import top_bureau
from alerts.repositories.boxes import Heard
from alerts.rules import Clear, Finding
from alerts.storm.holding import name_of, subject_of
from inventory.models import AgentSchool, Organisation, School


def nobody_heard(
    look: Look, heard: Mapping[str, Heard], listening_since: datetime | None
) -> Iterator[Finding | Clear]:
    """Whether all boxes are silent, as far as no alert says so yet; the first that calls ends it.

    Args:
        look: who looks.
        heard: all boxes that may call.
        listening_since: before that nobody would have heard a box; ``None``: always.
    """
    now = look.moments.now.timestamp()
    last = max((one.heard_at for one in heard.values()), default=now)
    standing = look.standing(NobodyHeard.FAULT)
    if now - last <= FRESH:
        yield from (Clear(rule=key.rule, subject=key.subject) for key in standing)
        return
    bureau = _above_all(look.session, heard) or top_bureau(look.session)
    subject = subject_of(bureau) if bureau else ""
    rules = look.rules.of(NobodyHeard, bureau.path) if bureau else ()
    yield from (withdrawn(key) for key in standing if key.subject != subject or not rules)
    if bureau is None or not look.asks(subject) or any(key.subject == subject for key in standing):
        return
    since = max(last, listening_since.timestamp() if listening_since else 0.0)
    for definition, limit in rules:
        if len(heard) >= limit.boxes and now - since >= limit.hold:
            yield Finding(
                rule=NobodyHeard.FAULT,
                subject=subject,
                severity=definition.severity,
                arguments={
                    "bureau": bureau.code,
                    "name": bureau.name,
                    "boxes": len(heard),
                    "minutes": round((now - last) / 60),
                },
                definition=name_of(definition),
            )


def _above_all(session: Session, agents: Collection[str]) -> Organisation | None:
    """The lowest bureau above all schools with a box; none where they have none in common."""
    rows = session.exec(
        select(School.path, AgentSchool.agent_id)
        .join(School, col(School.code) == col(AgentSchool.school_code))
        .distinct()
    )
    bureaus = {path.rstrip("/").rpartition("/")[0] for path, agent in rows if agent in agents}
    if not bureaus:
        return None
    above = commonpath(bureaus) + "/"
    return session.exec(select(Organisation).where(Organisation.path == above)).first()
