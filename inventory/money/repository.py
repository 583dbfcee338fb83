"""Questions about programmes, funds and rules of money, each within the caller's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from inventory.errors import NotFound, OutOfScope
from inventory.models import (
    BudgetEntry,
    BudgetLine,
    Fund,
    FundEntry,
    Organisation,
    PerPupilRule,
    Programme,
    ProgrammeCategory,
    ProgrammeParty,
    ReimbursementClaim,
    School,
)
from inventory.repositories.scoped import Page, Repository, window

_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was asked of one party (yuan): all of it that stands, and what of it was paid."""

    claimed: Decimal = _NOTHING
    paid: Decimal = _NOTHING


class MoneyRepository(Repository):
    """Money of the bureaus within the caller's scope."""

    def organisation(self, code: str) -> Organisation:
        """The bureau, for writing.

        Raises:
            NotFound: no such bureau.
            OutOfScope: it is outside the scope.
        """
        found = self._session.get(Organisation, code)
        if found is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(found.path):
            raise OutOfScope(key=code)
        return found

    def programmes(self, *, offset: int = 0, limit: int = 50) -> Page[Programme]:
        """Those that begin last come first."""
        query = select(Programme).where(self._of_bureau(Programme.organisation_code))
        ordered = query.order_by(col(Programme.first_year).desc(), col(Programme.id))
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def programme(self, programme_id: str, *, lock: bool = False) -> Programme:
        """One programme; with ``lock`` nobody else accounts to it until the transaction ends.

        Raises:
            NotFound: none within the scope.
        """
        query = select(Programme).where(
            Programme.id == programme_id, self._of_bureau(Programme.organisation_code)
        )
        if lock:
            query = query.with_for_update()
        found = self._session.exec(query).one_or_none()
        if found is None:
            raise NotFound(what="programme", key=programme_id)
        return found

    def parties(self, programme: Programme) -> Sequence[ProgrammeParty]:
        return self._session.exec(
            select(ProgrammeParty)
            .where(ProgrammeParty.programme_id == programme.id)
            .order_by(col(ProgrammeParty.position))
        ).all()

    def categories(self, programme: Programme) -> Sequence[ProgrammeCategory]:
        return self._session.exec(
            select(ProgrammeCategory)
            .where(ProgrammeCategory.programme_id == programme.id)
            .order_by(col(ProgrammeCategory.position))
        ).all()

    def lines(self, programme: Programme) -> Sequence[BudgetLine]:
        return self._session.exec(
            select(BudgetLine)
            .where(BudgetLine.programme_id == programme.id)
            .order_by(col(BudgetLine.year), col(BudgetLine.category))
        ).all()

    def line(self, programme: Programme, year: int, category: str) -> BudgetLine | None:
        return self._session.get(BudgetLine, (programme.id, year, category))

    def spent(self, programme: Programme) -> Mapping[tuple[int, str], Decimal]:
        """Yuan by year and category, counter-entries taken off."""
        rows = self._session.exec(
            select(BudgetEntry.year, BudgetEntry.category, func.sum(col(BudgetEntry.amount_cny)))
            .where(BudgetEntry.programme_id == programme.id)
            .group_by(col(BudgetEntry.year), col(BudgetEntry.category))
        ).all()
        return {(year, category): amount for year, category, amount in rows}

    def planned_in_all(self, programme_ids: Sequence[str]) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Yuan by programme, of all years and categories: the least and the most."""
        rows = self._session.exec(
            select(
                BudgetLine.programme_id,
                func.sum(col(BudgetLine.from_cny)),
                func.sum(col(BudgetLine.to_cny)),
            )
            .where(self._of_programmes(BudgetLine.programme_id, programme_ids))
            .group_by(col(BudgetLine.programme_id))
        ).all()
        return {programme: (least, most) for programme, least, most in rows}

    def spent_in_all(self, programme_ids: Sequence[str]) -> Mapping[str, Decimal]:
        """Yuan by programme, of all years and categories, counter-entries taken off."""
        rows = self._session.exec(
            select(BudgetEntry.programme_id, func.sum(col(BudgetEntry.amount_cny)))
            .where(self._of_programmes(BudgetEntry.programme_id, programme_ids))
            .group_by(col(BudgetEntry.programme_id))
        ).all()
        return dict(rows)

    def has_entries(self, programme: Programme) -> bool:
        for model in (BudgetEntry, ReimbursementClaim):
            query = select(model.id).where(model.programme_id == programme.id).limit(1)
            if self._session.exec(query).first() is not None:
                return True
        return False

    def entries(
        self,
        programme: Programme,
        *,
        year: int | None = None,
        category: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[BudgetEntry]:
        """What was spent, the latest first."""
        query = select(BudgetEntry).where(BudgetEntry.programme_id == programme.id)
        if year is not None:
            query = query.where(BudgetEntry.year == year)
        if category is not None:
            query = query.where(BudgetEntry.category == category)
        ordered = query.order_by(col(BudgetEntry.booked_on).desc(), col(BudgetEntry.id).desc())
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def entry(self, programme: Programme, entry_id: str) -> BudgetEntry:
        """Raises ``NotFound`` where the programme has no such entry."""
        found = self._session.get(BudgetEntry, entry_id)
        if found is None or found.programme_id != programme.id:
            raise NotFound(what="entry", key=entry_id)
        return found

    def counter_of(self, entry: BudgetEntry | FundEntry) -> str | None:
        """Id of the entry that takes this one back."""
        model = type(entry)
        return self._session.exec(
            select(model.id).where(model.counters_id == entry.id)
        ).one_or_none()

    def countered(self, entries: Sequence[BudgetEntry]) -> frozenset[str]:
        """Ids of those of these entries that were taken back."""
        ids = [entry.id for entry in entries]
        found = self._session.exec(
            select(BudgetEntry.counters_id).where(col(BudgetEntry.counters_id).in_(ids))
        )
        return frozenset(one for one in found if one is not None)

    def claims(self, programme: Programme) -> Sequence[ReimbursementClaim]:
        """Every claim, the latest first."""
        return self._session.exec(
            select(ReimbursementClaim)
            .where(ReimbursementClaim.programme_id == programme.id)
            .order_by(col(ReimbursementClaim.claimed_on).desc(), col(ReimbursementClaim.id).desc())
        ).all()

    def claim(self, programme: Programme, claim_id: str) -> ReimbursementClaim:
        """Raises ``NotFound`` where the programme has no such claim."""
        found = self._session.get(ReimbursementClaim, claim_id)
        if found is None or found.programme_id != programme.id:
            raise NotFound(what="claim", key=claim_id)
        return found

    def claimed(self, programme: Programme) -> Mapping[int, Claimed]:
        """By the position of the party; withdrawn claims don't count."""
        sums: dict[int, Claimed] = {}
        for claim in self.claims(programme):
            if claim.withdrawn_on is None:
                before = sums.get(claim.position, Claimed())
                paid = _NOTHING if claim.paid_on is None else claim.amount_cny
                sums[claim.position] = Claimed(
                    before.claimed + claim.amount_cny, before.paid + paid
                )
        return sums

    def funds(self) -> Sequence[Fund]:
        return self._session.exec(
            select(Fund)
            .where(self._of_bureau(Fund.organisation_code))
            .order_by(col(Fund.organisation_code))
        ).all()

    def fund(self, code: str, *, lock: bool = False) -> Fund:
        """One fund; with ``lock`` nobody else moves its money until the transaction ends.

        Raises:
            NotFound: none within the scope.
        """
        query = select(Fund).where(
            Fund.organisation_code == code, self._of_bureau(Fund.organisation_code)
        )
        if lock:
            query = query.with_for_update()
        found = self._session.exec(query).one_or_none()
        if found is None:
            raise NotFound(what="fund", key=code)
        return found

    def fund_entries(self, fund: Fund, *, offset: int = 0, limit: int = 50) -> Page[FundEntry]:
        """What came in and went out, the latest first."""
        query = select(FundEntry).where(FundEntry.organisation_code == fund.organisation_code)
        ordered = query.order_by(col(FundEntry.booked_on).desc(), col(FundEntry.id).desc())
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def fund_entry(self, fund: Fund, entry_id: str) -> FundEntry:
        """Raises ``NotFound`` where the fund has no such entry."""
        found = self._session.get(FundEntry, entry_id)
        if found is None or found.organisation_code != fund.organisation_code:
            raise NotFound(what="entry", key=entry_id)
        return found

    def per_pupil_rules(self) -> Sequence[PerPupilRule]:
        return self._session.exec(
            select(PerPupilRule)
            .where(self._of_bureau(PerPupilRule.organisation_code))
            .order_by(
                col(PerPupilRule.organisation_code),
                col(PerPupilRule.stage),
                col(PerPupilRule.first_year),
            )
        ).all()

    def per_pupil_rule(self, rule_id: str) -> PerPupilRule:
        """Raises ``NotFound`` where there is none within the scope."""
        found = self._session.exec(
            select(PerPupilRule).where(
                PerPupilRule.id == rule_id, self._of_bureau(PerPupilRule.organisation_code)
            )
        ).one_or_none()
        if found is None:
            raise NotFound(what="rule", key=rule_id)
        return found

    def school_of(self, programme: Programme, code: str) -> School:
        """A school that the programme's bureau stands above.

        Raises:
            NotFound: it stands elsewhere, or there is none.
        """
        bureau = self._session.get_one(Organisation, programme.organisation_code)
        school = self._session.get(School, code)
        if school is None or not school.path.startswith(bureau.path):
            raise NotFound(what="school", key=code)
        return school

    def _of_programmes(self, column: str, programme_ids: Sequence[str]) -> ColumnElement[bool]:
        visible = select(Programme.id).where(
            col(Programme.id).in_(programme_ids), self._of_bureau(Programme.organisation_code)
        )
        return col(column).in_(visible)

    def _of_bureau(self, code: str | None) -> ColumnElement[bool]:
        visible = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        return col(code).in_(visible)
