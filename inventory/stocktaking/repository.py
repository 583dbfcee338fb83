"""Questions about stock-taking, within the schools a caller may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from inventory.models import (
    CampaignState,
    Decision,
    Device,
    Found,
    School,
    StockCampaign,
    StockExpected,
    StockObservation,
    StockResult,
    StockRoom,
)
from inventory.repositories.scoped import Page, Repository, window

#: What somebody has to decide; an unknown label is told, and nothing can be done about it here.
TO_DECIDE = (Found.wrong_place, Found.missing)


@dataclass(frozen=True, slots=True)
class SchoolProgress:
    """How far the count of one school is."""

    school: School
    rooms: int
    rooms_done: int
    expected: int
    seen: int


class StockRepository(Repository):
    """Campaigns that touch a school within the caller's scope, and their parts in such schools."""

    def get(self, campaign_id: str) -> StockCampaign | None:
        return self._session.exec(
            select(StockCampaign).where(StockCampaign.id == campaign_id, self._touches())
        ).one_or_none()

    def is_within(self, campaign_id: str) -> bool:
        """Whether every school of a campaign lies within the scope."""
        if self._sees_everything:
            return True
        outside = select(StockRoom.id).where(
            StockRoom.campaign_id == campaign_id, ~self._at_visible_school(StockRoom.school_code)
        )
        return self._session.exec(outside.limit(1)).first() is None

    def page(
        self, *, state: CampaignState | None = None, offset: int = 0, limit: int = 50
    ) -> Page[StockCampaign]:
        """Campaigns, the newest first."""
        wanted = [self._touches()]
        if state is not None:
            wanted.append(col(StockCampaign.state) == state)
        query = (
            select(StockCampaign)
            .where(*wanted)
            .order_by(col(StockCampaign.started_at).desc(), col(StockCampaign.id))
        )
        found = self._session.exec(window(query, offset, limit)).all()
        return Page(found, self._count(query))

    def room(self, campaign_id: str, stock_room_id: str) -> StockRoom | None:
        """One room to count."""
        return self._session.exec(
            select(StockRoom).where(
                StockRoom.id == stock_room_id,
                StockRoom.campaign_id == campaign_id,
                self._at_visible_school(StockRoom.school_code),
            )
        ).one_or_none()

    def rooms(self, campaign_id: str, school: str | None = None) -> Sequence[StockRoom]:
        """Rooms to count, school by school, building by building."""
        query = select(StockRoom).where(
            StockRoom.campaign_id == campaign_id, self._at_visible_school(StockRoom.school_code)
        )
        if school is not None:
            query = query.where(StockRoom.school_code == school)
        order = (StockRoom.school_code, StockRoom.building, StockRoom.name, StockRoom.id)
        return self._session.exec(query.order_by(*map(col, order))).all()

    def rooms_left(self, campaign_id: str) -> int:
        """How many rooms nobody has finished."""
        return self._count(
            select(StockRoom.id).where(
                StockRoom.campaign_id == campaign_id,
                col(StockRoom.done_at).is_(None),
                self._at_visible_school(StockRoom.school_code),
            )
        )

    def expected(self, campaign_id: str, school: str | None = None) -> Sequence[StockExpected]:
        """Devices that should be there, by name."""
        return self._session.exec(
            select(StockExpected)
            .join(StockRoom, col(StockRoom.id) == StockExpected.stock_room_id)
            .where(*self._in_rooms(campaign_id, school))
            .order_by(col(StockExpected.name), col(StockExpected.device_id))
        ).all()

    def observations(
        self, campaign_id: str, school: str | None = None
    ) -> Sequence[StockObservation]:
        """What was seen in rooms of the school, or of every visible one."""
        return self._session.exec(
            select(StockObservation)
            .join(StockRoom, col(StockRoom.id) == StockObservation.stock_room_id)
            .where(*self._in_rooms(campaign_id, school))
            .order_by(col(StockObservation.seen_at), col(StockObservation.id))
        ).all()

    def kept(self, campaign_id: str, ids: Sequence[str]) -> Mapping[str, StockObservation]:
        """Observations of these ids that are there already."""
        rows = self._session.exec(
            select(StockObservation).where(
                StockObservation.campaign_id == campaign_id, col(StockObservation.id).in_(ids)
            )
        ).all()
        return {row.id: row for row in rows}

    def expected_places(self, campaign_id: str, device_ids: Sequence[str]) -> Mapping[str, str]:
        """In which room to count these devices should stand; those that should in none are left."""
        rows = self._session.exec(
            select(StockExpected.device_id, StockExpected.stock_room_id).where(
                StockExpected.campaign_id == campaign_id,
                col(StockExpected.device_id).in_(device_ids),
            )
        ).all()
        return dict(rows)

    def devices_named(self, device_ids: Sequence[str]) -> Sequence[Device]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Device).where(
                col(Device.id).in_(device_ids), self._at_visible_school(Device.school_code)
            )
        ).all()

    def schools(self, campaign_id: str) -> Sequence[School]:
        """The visible schools that are counted, by name."""
        found: Sequence[School] = self._session.exec(self._counted_schools(campaign_id, "")).all()
        return found

    def progress(
        self, campaign_id: str, *, search: str = "", offset: int = 0, limit: int = 50
    ) -> Page[SchoolProgress]:
        """How far some of the visible schools are, by name.

        Args:
            campaign_id: the campaign.
            search: only schools whose name or code holds it.
            offset: schools left out.
            limit: how many at most.
        """
        query = self._counted_schools(campaign_id, search)
        schools = self._session.exec(window(query, offset, limit)).all()
        codes = [school.code for school in schools]
        expected = self._by_school(StockExpected, func.count(), campaign_id, codes)
        seen = self._by_school(
            StockObservation,
            func.count(col(StockObservation.device_id).distinct()),
            campaign_id,
            codes,
        )
        counted = self._session.exec(
            select(StockRoom.school_code, func.count(), func.count(col(StockRoom.done_at)))
            .where(StockRoom.campaign_id == campaign_id, col(StockRoom.school_code).in_(codes))
            .group_by(col(StockRoom.school_code))
        ).all()
        rooms = {code: (number, done) for code, number, done in counted}
        items = [
            SchoolProgress(
                school, *rooms[school.code], expected.get(school.code, 0), seen.get(school.code, 0)
            )
            for school in schools
        ]
        return Page(items, self._count(query))

    def result(self, campaign_id: str, result_id: str) -> StockResult | None:
        """One line of a finished campaign."""
        return self._session.exec(
            select(StockResult).where(
                StockResult.id == result_id,
                StockResult.campaign_id == campaign_id,
                self._at_visible_school(StockResult.school_code),
            )
        ).one_or_none()

    def results(
        self,
        campaign_id: str,
        *,
        outcome: Found | None = None,
        decision: Decision | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[StockResult]:
        """One page of a finished campaign's lines, in the order of the report."""
        wanted: list[Any] = [
            StockResult.campaign_id == campaign_id,
            self._at_visible_school(StockResult.school_code),
        ]
        if outcome is not None:
            wanted.append(col(StockResult.outcome) == outcome)
        if decision is not None:
            wanted.append(col(StockResult.decision) == decision)
            wanted.append(col(StockResult.outcome).in_(TO_DECIDE))
        query: Any = select(StockResult).where(*wanted)
        ordered = query.order_by(col(StockResult.position), col(StockResult.id))
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def all_results(self, campaign_id: str) -> Sequence[StockResult]:
        """Every line that the caller may see, in the order of the report."""
        return self._session.exec(
            select(StockResult)
            .where(
                StockResult.campaign_id == campaign_id,
                self._at_visible_school(StockResult.school_code),
            )
            .order_by(col(StockResult.position), col(StockResult.id))
        ).all()

    def count_results(self, campaign_id: str) -> Mapping[Found, int]:
        """How many lines say what; every outcome is there."""
        rows = self._session.exec(
            select(StockResult.outcome, func.count())
            .where(
                StockResult.campaign_id == campaign_id,
                self._at_visible_school(StockResult.school_code),
            )
            .group_by(col(StockResult.outcome))
        ).all()
        counted = {Found(outcome): number for outcome, number in rows}
        return {outcome: counted.get(outcome, 0) for outcome in Found}

    def count_undecided(self, campaign_id: str) -> int:
        """How many differences nobody has decided."""
        return self.results(campaign_id, decision=Decision.open, limit=1).total

    def _touches(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return col(StockCampaign.id).is_not(None)
        touched = select(StockRoom.campaign_id).where(
            self._at_visible_school(StockRoom.school_code)
        )
        return col(StockCampaign.id).in_(touched)

    def _in_rooms(self, campaign_id: str, school: str | None) -> list[Any]:
        wanted: list[Any] = [
            StockRoom.campaign_id == campaign_id,
            self._at_visible_school(StockRoom.school_code),
        ]
        if school is not None:
            wanted.append(StockRoom.school_code == school)
        return wanted

    def _counted_schools(self, campaign_id: str, search: str) -> Any:
        is_counted = (
            select(StockRoom.id)
            .where(StockRoom.campaign_id == campaign_id, StockRoom.school_code == School.code)
            .exists()
        )
        query = select(School).where(self._at_visible_school(School.code), is_counted)
        if search.strip():
            words = (
                col(column).icontains(search.strip(), autoescape=True)
                for column in (School.name, School.name_en, School.code)
            )
            query = query.where(or_(*words))
        return query.order_by(col(School.name), col(School.code))

    def _by_school(
        self, table: Any, number: Any, campaign_id: str, codes: Sequence[str]
    ) -> dict[str, int]:
        rows = self._session.exec(
            select(StockRoom.school_code, number)
            .select_from(StockRoom)
            .join(table, table.stock_room_id == col(StockRoom.id))
            .where(StockRoom.campaign_id == campaign_id, col(StockRoom.school_code).in_(codes))
            .group_by(col(StockRoom.school_code))
        ).all()
        return dict(rows)
