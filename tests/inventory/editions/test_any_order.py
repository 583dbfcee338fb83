"""Whatever people try in whatever order: no stage is skipped, and what is frozen stays."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from inventory.editions.documents import every_document
from inventory.editions.flow import TRANSITIONS
from inventory.editions.manifest import differences
from inventory.editions.repository import EditionRepository
from inventory.errors import InventoryError
from inventory.models import AppealState, EditionAppeal, EditionState, ReportEdition
from tests.inventory.editions.bureau import (
    COUNTY,
    LEADER,
    OFFICER,
    Signed,
    Steps,
    found,
)
from tests.migrated import in_memory

_engines = [in_memory()]
people = st.sampled_from([OFFICER, LEADER])
_S = EditionState
#: The way to the seal; an edition that is computed anew begins it again.
_WAY = (_S.computing, _S.computed, _S.draft, _S.review, _S.issued, _S.frozen)


class Signing(RuleBasedStateMachine):
    """Editions of one county's month; each rule tries, and may be refused."""

    connection: Connection
    session: Session

    @initialize()
    def begin(self) -> None:
        self.connection = _engines[0].connect()
        self.outermost = self.connection.begin()
        self.session = Session(
            self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        found(self.session)
        self.steps = Steps(self.session)
        self.steps.open()
        self.session.commit()
        self.frozen: dict[str, str] = {}
        self.numbers = 0

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.outermost.rollback()
            self.connection.close()

    def attempt(self, step: Callable[[], object]) -> None:
        """A step is one transaction: a refused one leaves nothing behind."""
        self.steps.now += timedelta(seconds=1)
        try:
            step()
        except InventoryError:
            self.session.rollback()
        else:
            self.session.commit()

    @rule(days=st.sampled_from([1, 4]))
    def wait(self, days: int) -> None:
        self.steps.wait(days)

    @rule(reason=st.sampled_from(["", "A contract was entered wrongly"]))
    def open(self, reason: str) -> None:
        self.attempt(lambda: self.steps.open(reason))

    @rule(person=people, what=st.sampled_from(["review", "issue", "freeze"]))
    def step_of(self, person: object, what: str) -> None:
        self.numbers += 1
        signed = Signed(f"No. {self.numbers}")
        self.attempt(
            {
                "review": lambda: self.steps.review(person),  # type: ignore[arg-type]
                "issue": lambda: self.steps.issue(person, signed),  # type: ignore[arg-type]
                "freeze": lambda: self.steps.freeze(person),  # type: ignore[arg-type]
            }[what]
        )

    @rule()
    def compute(self) -> None:
        self.attempt(self.steps.compute)

    @rule()
    def draft(self) -> None:
        self.attempt(self.steps.draft)

    @rule(count=st.integers(min_value=1, max_value=6), swapped=st.booleans())
    def hurry(self, count: int, swapped: bool) -> None:
        """The steps whose turn it is, so that the end is reached often enough."""
        for _ in range(count):
            state = self.steps.edition.state
            if state in (_S.computing, _S.computed):
                (self.compute if state is _S.computing else self.draft)()
                continue
            self.wait(4)
            what = {_S.draft: "review", _S.review: "issue", _S.issued: "freeze"}.get(state)
            if what is not None:
                self.step_of(OFFICER if (what == "review") is not swapped else LEADER, what)

    @rule()
    def recompute(self) -> None:
        self.attempt(lambda: self.steps.desk().recompute(self.steps.edition.id, "x"))

    @rule()
    def withdraw(self) -> None:
        if self.numbers % 3 == 0:  # seldom, or hardly any would be signed
            self.attempt(lambda: self.steps.desk().withdraw(self.steps.edition.id, "x"))

    @rule()
    def appeal(self) -> None:
        edition = self.steps.edition.id
        self.attempt(lambda: self.steps.appeals().file(edition, "SCH-A", "x"))

    @rule(person=people, upheld=st.booleans())
    def answer(self, person: object, upheld: bool) -> None:
        for row in self.session.exec(select(EditionAppeal)).all():
            desk = self.steps.appeals(person)  # type: ignore[arg-type]
            self.attempt(lambda d=desk, r=row.id: d.answer(r, upheld=upheld, answer="x"))  # type: ignore[misc]

    @rule(
        change=st.sampled_from(
            [
                "UPDATE report_edition SET signer = 'x' WHERE state = 'frozen'",
                "DELETE FROM edition_document WHERE edition_id IN"
                " (SELECT id FROM report_edition WHERE state = 'frozen')",
            ]
        )
    )
    def tamper(self, change: str) -> None:
        try:
            self.session.execute(text(change))
        except DBAPIError:
            self.session.rollback()
        else:
            assert not self.frozen

    @invariant()
    def steps_follow_each_other(self) -> None:
        if not hasattr(self, "steps"):
            return
        editions = EditionRepository(self.session, COUNTY)
        for row in self.session.exec(select(ReportEdition)).all():
            states = [one.after for one in editions.steps(row.id)]
            assert states[0] is _S.computing
            assert states[-1] is row.state
            for before, after in pairwise(states):
                assert after in TRANSITIONS[before]
            if row.state in (_S.issued, _S.frozen):
                # The last way from the figures to the signature has every stage, in order.
                last = len(states) - 1 - states[::-1].index(_S.computing)
                way = tuple(states[last:])
                assert way == _WAY[: len(way)]
                appeals = editions.appeals(row.id)
                assert not any(one.state is AppealState.open for one in appeals)
                stale = [one for one in appeals if one.state is AppealState.upheld]
                assert all(one.round < row.round for one in stale)
                assert row.signed_by not in {row.reviewed_by, *(one.answered_by for one in appeals)}

    @invariant()
    def what_is_frozen_stays(self) -> None:
        if not hasattr(self, "steps"):
            return
        rows = self.session.exec(select(ReportEdition)).all()
        now = {row.id: row for row in rows if row.state is _S.frozen}
        assert self.frozen.keys() <= now.keys()
        for key, row in now.items():
            assert self.frozen.setdefault(key, row.sha256) == row.sha256
            parts = [(one.name, one.content) for one in every_document(self.session, row)]
            assert not list(differences(row.manifest.encode(), row.sha256, parts))


Signing.TestCase.settings = settings(max_examples=8, stateful_step_count=25)
TestSigning = Signing.TestCase
