"""The figures of an edition: verdicts and evidence, county by county, so that a city fits."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlmodel import Session

from controller.compliance.asking import Asked, collected, evidence_of
from controller.compliance.results import SchoolVerdict
from controller.compliance.verdict import judge_all
from controller.metrics.store import MetricStore
from inventory.database import SessionFactory, read_only
from inventory.editions.documents import JSON, Made, Packed, pack
from inventory.editions.parts import packed
from inventory.models import Level, ReportEdition
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope

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
    """

    schools: list[tuple[str, str, bytes]] = field(default_factory=list)
    verdicts: list[SchoolVerdict] = field(default_factory=list)
    documents: list[Packed] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, int]:
        """Schools by state; those that no target is judged for are ``no_target``."""
        counts = Counter(str(one.state) if one.state else NO_TARGET for one in self.verdicts)
        return dict(sorted(counts.items()))


def gather(factory: SessionFactory, store: MetricStore, row: ReportEdition, told: Told) -> Gathered:
    """Verdicts on an edition's schools with their evidence.

    Args:
        factory: makes sessions.
        store: of the samples.
        row: the edition.
        told: how far it is.

    Raises:
        DocumentTooLarge: a bundle is larger than one is kept.
        NotFound: the place is gone.
    """
    with read_only(factory) as session:
        places = pieces(session, row)
    made = Gathered()
    for number, place in enumerate(places):
        told(number, len(places))
        with read_only(factory) as session:
            _add(session, store, row, place, made)
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


def _add(
    session: Session, store: MetricStore, row: ReportEdition, place: str, made: Gathered
) -> None:
    # The place's own scope, so that figures are the same whoever asks for them.
    scope = Scope((row.path,))
    asked = Asked(at=place, first=row.first_day, last=row.last_day)
    found = collected(session, store, scope, asked)
    bundle = evidence_of(session, scope, asked, found)
    name = f"{FOLDER}{place}.json"
    content = json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()
    made.documents.append(pack(Made(name, JSON, content)))
    made.digests[place] = bundle["sha256"]
    for verdict in judge_all(found):
        plain = json.loads(msgspec.json.encode(verdict, enc_hook=str))
        state = str(verdict.state) if verdict.state else ""
        made.schools.append((verdict.school, state, packed(plain)))
        made.verdicts.append(verdict)
