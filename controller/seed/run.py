"""Makes a city: the register in one transaction, then its readings, block after block."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from sqlalchemy import func
from sqlmodel import Session, select

from alerts.numbers import take_numbers
from controller.metrics.store import Append, BatchKey, MetricStore
from controller.seed.bulk import BulkWriter
from controller.seed.calendar import write_calendar, write_terms_of_verdicts
from controller.seed.campus import campuses
from controller.seed.chance import Ids
from controller.seed.desk import SeedTicket, tickets_of
from controller.seed.ledger import write_catalogue
from controller.seed.money import write_money, write_standards
from controller.seed.months import keep_months, months_of
from controller.seed.movements import write_movements
from controller.seed.options import CitySpec
from controller.seed.people import Login, logins_of, staff_of, write_people
from controller.seed.places import City
from controller.seed.procurement import write_year
from controller.seed.register import (
    in_order,
    write_campus,
    write_places,
    write_targets,
    write_ticket,
)
from controller.seed.samples import block_of, stretches
from controller.seed.standards import write_further
from controller.seed.watched import Watched
from drivers.plan import SnmpAccess
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.ids import ids_from
from inventory.models import (
    CatalogueModel,
    Credential,
    KeptStandard,
    Organisation,
    Role,
    School,
    User,
)
from inventory.secrets import SecretBox

_AGENT: Final = "seed"
#: Ids of people, places and tickets are counted apart from those of schools and equipment, and
#: those of standards and money, and of procurement, apart from all.
_PEOPLE: Final = 2**32
_BOOKS: Final = 2**33
_YEAR: Final = 2**34
_TERMS: Final = 2**35
T = TypeVar("T")


class Occupied(RuntimeError):
    """The database holds {0} schools already."""


class CityExists(RuntimeError):
    """The database holds a city of the code {0} already."""


class NothingToResume(RuntimeError):
    """No city of these very arguments was begun here."""


class Stopped(RuntimeError):
    """Somebody wanted an end."""


class Watcher(Protocol):
    """Is told how far it has come, and says when to stop."""

    def begin(self, step: str, total: int) -> None: ...
    def advance(self, number: int) -> None: ...
    def wants_end(self) -> bool: ...
    def registered(self, logins: Sequence[Login]) -> None:
        """The register is committed, with these log-ins."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made.

    Args:
        rows: of the register.
        samples: in the metric store.
        register_seconds: the register took.
        sample_seconds: the samples took.
        verdict_seconds: the verdicts of months took.
    """

    city: City
    logins: Sequence[Login]
    rows: int
    tickets: int
    samples: int
    register_seconds: float
    sample_seconds: float
    verdict_seconds: float


def seed_city(
    spec: CitySpec,
    sessions: SessionFactory,
    store: MetricStore,
    *,
    box: SecretBox,
    password: str,
    watcher: Watcher,
    beside: bool = False,
    resume: bool = False,
) -> Made:
    """Make a city, or go on with one that was begun.

    Args:
        spec: which.
        sessions: of a database at the newest migration.
        store: where readings go.
        box: seals the city's SNMP community.
        password: of everybody who may log in.
        watcher: is told how far it has come.
        beside: put it beside schools that are there.
        resume: the register is there; load the readings that are missing.

    Raises:
        Occupied: there are schools, and it was not to be put beside them.
        CityExists: a city of this seed is there.
        NothingToResume: there is nothing to go on with.
        Stopped: the watcher wanted an end. Without its register nothing is left of the city.
    """
    city, key = City(spec), _key(spec)
    watched = Watched(spec)
    register = _Register(city, watched)
    began = time.monotonic()
    if resume:
        if not store.stored(key(0)):
            raise NothingToResume
        for campus in campuses(city, Ids(spec.seed)):
            watched.add(campus)
    else:
        _check(sessions, spec, beside=beside)
        with unit_of_work(sessions) as session:
            register.write(session, box, password, watcher)
        watcher.registered(register.logins)
        _mark(store, key(0))
    registered = time.monotonic()
    samples = _load(watched, store, key, watcher)
    sampled = time.monotonic()
    watcher.begin("verdicts", len(months_of(spec)))
    for _ in _watching(keep_months(sessions, store, spec), watcher):
        pass
    return Made(
        city,
        register.logins,
        register.rows,
        register.tickets,
        samples,
        registered - began,
        sampled - registered,
        time.monotonic() - sampled,
    )


def _check(sessions: SessionFactory, spec: CitySpec, *, beside: bool) -> None:
    with read_only(sessions) as session:
        known = session.exec(select(func.count()).select_from(School)).one()
        if known and not beside:
            raise Occupied(known)
        if session.get(Organisation, spec.city_code) is not None:
            raise CityExists(spec.city_code)


class _Register:
    """Writes the register, and tells ``watched`` what to sample."""

    def __init__(self, city: City, watched: Watched) -> None:
        self._city, self._watched = city, watched
        self.logins: Sequence[Login] = ()
        self.rows = self.tickets = 0

    def write(self, session: Session, box: SecretBox, password: str, watcher: Watcher) -> None:
        """All of it; flushed, not committed."""
        city, spec, writer = self._city, self._city.spec, BulkWriter(session.connection())
        made = campuses(city, Ids(spec.seed))
        people = Ids(spec.seed + _PEOPLE)
        self.logins = logins_of(city, people, session.exec(select(User.login)).all())
        write_people(writer, self.logins, password, spec.begin - timedelta(days=1))
        write_places(writer, city)
        kept = session.exec(select(KeptStandard).where(KeptStandard.shipped)).all()
        known_standards = {one.code: one.id for one in kept}
        write_targets(writer, city, people, known_standards)
        books = Ids(spec.seed + _BOOKS)
        write_standards(writer, city, books)
        terms = Ids(spec.seed + _TERMS)
        speaker = next(one for one in self.logins if one.role is Role.city_it)
        write_calendar(writer, city, terms, speaker.login)
        write_terms_of_verdicts(writer, city, terms, speaker.name)
        write_further(writer, city, terms, known_standards, speaker.name)
        write_money(writer, city, books)
        credential = people.new("c", spec.begin)
        writer.add(
            Credential,
            id=credential,
            name=f"SNMP v2c · {city.bureau.name}",
            secret=box.seal_access(SnmpAccess(version="2c", community="public")),
        )
        known = session.exec(select(CatalogueModel)).all()
        catalogue = write_catalogue(writer, {(m.vendor, m.model): m.id for m in known})
        staff = staff_of(self.logins, city)
        tickets: list[tuple[SeedTicket, str]] = []
        watcher.begin("register", spec.schools)
        for campus in _watching(made, watcher):
            write_campus(writer, campus, spec, credential, catalogue)
            self._watched.add(campus)
            found = tickets_of(campus, staff[campus.school.county], spec)
            tickets += [(ticket, campus.line_id) for ticket in found]
        watcher.begin("tickets", len(tickets))
        numbers = take_numbers(session, len(tickets))
        for number, (ticket, line_id) in zip(
            numbers, _watching(in_order(tickets), watcher), strict=True
        ):
            write_ticket(writer, ticket, line_id, number, people)
        writer.flush()
        year = Ids(spec.seed + _YEAR)
        with ids_from(lambda letter: year.new(letter, spec.until)):
            write_movements(write_year(session, city, self.logins))
        self.rows, self.tickets = writer.rows, len(tickets)


def _watching(things: Iterable[T], watcher: Watcher) -> Iterator[T]:
    """The things, one after the other, until the watcher wants an end."""
    for thing in things:
        if watcher.wants_end():
            raise Stopped
        yield thing
        watcher.advance(1)


def _load(
    watched: Watched, store: MetricStore, key: Callable[[int], BatchKey], watcher: Watcher
) -> int:
    """Load what the ledger does not have; every block is complete or not there at all."""
    parts = stretches(watched)
    watcher.begin("samples", sum(part.samples for part in parts))
    loaded = 0
    for number, part in enumerate(parts, 1):
        if not store.stored(key(number)):
            if watcher.wants_end():
                raise Stopped
            block = block_of(watched, part)
            if len(block.values):
                store.load(block.series, block.times, block.index, block.values)
            _mark(store, key(number))
            loaded += len(block)
        watcher.advance(part.samples)
    return loaded


def _key(spec: CitySpec) -> Callable[[int], BatchKey]:
    """Names of the city's blocks in the ledger: other arguments, other names."""
    epoch = hashlib.sha256(repr(spec).encode()).hexdigest()[:32]
    return lambda number: BatchKey(_AGENT, epoch, number)


def _mark(store: MetricStore, key: BatchKey) -> None:
    store.append([Append(key, ())])
