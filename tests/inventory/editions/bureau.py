"""A county of two schools with the people who prepare, sign and appeal, and a day that goes on."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session

from inventory.days import day_of
from inventory.editions.appeals import AppealDesk
from inventory.editions.desk import EditionDesk, Person
from inventory.editions.documents import JSON, Made, pack
from inventory.editions.parts import packed
from inventory.editions.signing import SigningDesk
from inventory.models import EditionKind, Level, Organisation, ReportEdition, School
from inventory.scope import Scope

COUNTY = Scope(("/33/3304/",))
SCHOOL_A = Scope(("/33/3304/SCH-A/",))
OFFICER = Person("u-officer", "Mei", COUNTY)
LEADER = Person("u-leader", "Director Li", COUNTY)
HEAD = Person("u-head", "Head of A", SCHOOL_A)
SEPTEMBER = date(2026, 9, 15)
PDF = b"%PDF-1.7\nstamped"


def found(session: Session) -> None:
    """Put the county into an empty register."""
    for code, level, parent, path in (
        ("33", Level.city, None, "/33/"),
        ("3304", Level.county, "33", "/33/3304/"),
        ("3305", Level.county, "33", "/33/3305/"),
    ):
        session.add(Organisation(code=code, name=code, level=level, parent_code=parent, path=path))
        session.flush()
    for code, county in (("SCH-A", "3304"), ("SCH-B", "3304"), ("SCH-C", "3305")):
        path = f"/33/{county}/{code}/"
        session.add(School(code=code, name=code, organisation_code=county, path=path))
    session.flush()


class Signed(NamedTuple):
    """What a signature says."""

    number: str = "甬教〔2026〕7号"
    on: date | None = None


TODAY = Signed()


class Steps:
    """Steps with an edition of the county, on a day that the test moves on."""

    def __init__(self, session: Session, place: str = "3304") -> None:
        self.session = session
        self.now = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)
        self.place = place
        self.edition: ReportEdition

    @property
    def today(self) -> date:
        return day_of(self.now)

    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    def desk(self, person: Person = OFFICER) -> EditionDesk:
        return EditionDesk(self.session, person, self.now)

    def appeals(self, person: Person = HEAD) -> AppealDesk:
        return AppealDesk(self.session, person, self.now)

    def signing(self, person: Person = LEADER) -> SigningDesk:
        return SigningDesk(self.session, person, self.now)

    def open(self, reason: str = "", day: date = SEPTEMBER) -> ReportEdition:
        self.edition = self.desk().open(self.place, EditionKind.month, day, reason)
        return self.edition

    def compute(self, state: str = "non_compliant") -> ReportEdition:
        schools = [
            (code, state, packed({"school": code, "state": state})) for code in ("SCH-A", "SCH-B")
        ]
        evidence = pack(Made("evidence/3304.json", JSON, b'{"tests": []}'))
        return self.desk().computed(
            self.edition.id,
            self.edition.round,
            schools=schools,
            states=f'{{"{state}": 2}}',
            documents=[evidence],
        )

    def draft(self, days: int = 3) -> ReportEdition:
        return self.desk().open_draft(self.edition.id, self.today + timedelta(days=days))

    def review(self, person: Person = OFFICER) -> ReportEdition:
        return self.desk(person).begin_review(self.edition.id)

    def issue(self, person: Person = LEADER, signed: Signed = TODAY) -> ReportEdition:
        return self.signing(person).issue(
            self.edition.id,
            number=signed.number,
            issuer="3304 Education Bureau",
            signer="Li",
            on=signed.on or self.today,
        )

    def freeze(self, person: Person = LEADER) -> ReportEdition:
        content = pack(Made("content.json", JSON, b'{"schools": 2}'))
        printed = pack(Made("report.pdf", "application/pdf", PDF))
        return self.signing(person).freeze(self.edition.id, [content, printed])

    def to_draft(self) -> ReportEdition:
        self.open()
        self.compute()
        return self.draft()

    def to_review(self) -> ReportEdition:
        self.to_draft()
        self.wait(4)
        return self.review()

    def to_frozen(self) -> ReportEdition:
        self.to_review()
        self.issue()
        return self.freeze()
