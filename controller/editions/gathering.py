"""The figures of an edition: verdicts and evidence, county by county, so that a city fits."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from controller.compliance.asking import Asked, collected, evidence_of
from controller.compliance.district.kept import Taken, row_of, target_rows
from controller.compliance.results import SchoolVerdict
from controller.compliance.verdict import judge_all
from controller.editions.months import Months
from controller.metrics.store import MetricStore
from controller.month_verdicts import is_final
from inventory.database import SessionFactory, read_only
from inventory.days import day_of
from inventory.editions.documents import JSON, Made, Packed, pack
from inventory.editions.parts import packed
from inventory.models import EditionKind, Level, ReportEdition
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope
from inventory.verdicts.signing import kept_rows

#: State of a school that no target is judged for, in counts.
NO_TARGET = "no_target"
FOLDER = "evidence/"
#: Told how many pieces are done, of how many; what it raises ends the work.
Told = Callable[[int, int], None]


@dataclass(slots=True)
class Gathered:
    """What was computed of an edition.

    Args:
        schools: code, state and packed verdict of each.
        verdicts: of all of them, in the order of the tree.
        documents: bundles of evidence, ready to be kept.
        digests: the SHA-256 that each bundle bears, by the place it is of.
        months: rows of the month that it signs; of a year's report those that are kept.
    """

    schools: list[tuple[str, str, bytes]] = field(default_factory=list)
    verdicts: list[SchoolVerdict] = field(default_factory=list)
    documents: list[Packed] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    months: Months = field(default_factory=lambda: Months([], []))

    @property
    def states(self) -> dict[str, int]:
        """Schools by state; those that no target is judged for are ``no_target``."""
        counts = Counter(str(one.state) if one.state else NO_TARGET for one in self.verdicts)
        return dict(sorted(counts.items()))


def gather(
    factory: SessionFactory, store: MetricStore, row: ReportEdition, now: datetime, told: Told
) -> Gathered:
    """Verdicts on an edition's schools with their evidence.

    Args:
        factory: makes sessions.
        store: of the samples.
        row: the edition.
        now: when it is computed.
        told: how far it is.

    Raises:
        DocumentTooLarge: a bundle is larger than one is kept.
        NotFound: the place is gone.
    """
    with read_only(factory) as session:
        places = pieces(session, row)
        # The place's own scope, so that figures are the same whoever asks for them.
        known = SchoolRepository(session, Scope((row.path,))).all()
    taking = _Taking(
        row,
        {one.code: one.students for one in known},
        Taken(row.first_day, now, is_final(row.first_day, day_of(now))),
    )
    made = Gathered()
    for number, place in enumerate(places):
        told(number, len(places))
        with read_only(factory) as session:
            _add(session, store, taking, place, made)
    if row.kind is EditionKind.year:
        with read_only(factory) as session:
            made.months = Months(*kept_rows(session, row))
    told(len(places), len(places))
    return made


def pieces(session: Session, row: ReportEdition) -> Sequence[str]:
    """Codes of the places whose bundles make up an edition.

    Of a city its counties, and schools that belong to it directly; of any other place itself.
    """
    scope = Scope((row.path,))
    bureaus = OrganisationRepository(session, scope)
    bureau = bureaus.get(row.organisation_code) if row.organisation_code else None
    if bureau is None or bureau.level is not Level.city:
        return [row.school_code or row.organisation_code or ""]
    schools = SchoolRepository(session, scope).under(row.path, row.last_day)
    direct = [one.code for one in schools if one.organisation_code == bureau.code]
    return [*(child.code for child in bureaus.children(bureau.code)), *direct]


class _Taking(NamedTuple):
    """What is taken down: of which edition, students by school, and when."""

    edition: ReportEdition
    students: Mapping[str, int]
    taken: Taken


def _add(session: Session, store: MetricStore, taking: _Taking, place: str, made: Gathered) -> None:
    row = taking.edition
    scope = Scope((row.path,))
    asked = Asked(at=place, first=row.first_day, last=row.last_day)
    found = collected(session, store, scope, asked)
    bundle = evidence_of(session, scope, asked, found)
    name = f"{FOLDER}{place}.json"
    content = json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()
    made.documents.append(pack(Made(name, JSON, content)))
    made.digests[place] = bundle["sha256"]
    for one, verdict in zip(found, judge_all(found), strict=True):
        plain = json.loads(msgspec.json.encode(verdict, enc_hook=str))
        state = str(verdict.state) if verdict.state else ""
        made.schools.append((verdict.school, state, packed(plain)))
        made.verdicts.append(verdict)
        if row.kind is EditionKind.month:
            students = taking.students.get(verdict.school, 0)
            made.months.verdicts.append(row_of(verdict, one.inputs, students, taking.taken))
            made.months.targets.extend(target_rows(verdict, taking.taken))
