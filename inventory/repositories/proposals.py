"""Questions about devices that were found, and about where they are looked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, or_
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.models import (
    DiscoveryRange,
    DiscoverySettings,
    Match,
    Proposal,
    ProposalState,
    School,
)
from inventory.repositories.scoped import Page, Repository, window


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A device that was found, and the school it was found in."""

    proposal: Proposal
    school: School


class ProposalRepository(Repository):
    """Devices found in schools within the caller's scope."""

    def get(self, proposal_id: str) -> Proposal | None:
        return self._session.exec(
            select(Proposal).where(Proposal.id == proposal_id, self._visible())
        ).one_or_none()

    def row(self, proposal_id: str) -> ProposalRow | None:
        """One of them with its school."""
        found = self._session.exec(
            select(Proposal, School)
            .join(School, col(School.code) == Proposal.school_code)
            .where(Proposal.id == proposal_id, self._visible())
        ).one_or_none()
        return None if found is None else ProposalRow(*found)

    def at_addresses(self, school: str, addresses: Sequence[str]) -> Sequence[Proposal]:
        """Those of a school at these addresses, whatever was said to them."""
        return self._session.exec(
            select(Proposal).where(
                self._visible(),
                Proposal.school_code == school,
                col(Proposal.address).in_(addresses),
            )
        ).all()

    def count_open(self) -> int:
        """How many wait for an answer."""
        return self._count(
            select(Proposal.id).where(self._visible(), Proposal.state == ProposalState.open)
        )

    def page(
        self,
        *,
        state: ProposalState | None = ProposalState.open,
        match: Match | None = None,
        kind: Kind | None = None,
        school: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> Page[ProposalRow]:
        """One page; what was found first comes last.

        ``search`` looks into address, name, model, serial number and hardware address.
        """
        wanted = (self._visible(), *_wanted(state, match, kind, school, search))
        query = (
            select(Proposal, School)
            .join(School, col(School.code) == Proposal.school_code)
            .where(*wanted)
            .order_by(col(Proposal.first_found_at).desc(), col(Proposal.address))
        )
        found = self._session.exec(window(query, offset, limit)).all()
        total = self._count(select(Proposal.id).where(*wanted))
        return Page([ProposalRow(*row) for row in found], total)

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Proposal.school_code)


class DiscoveryRepository(Repository):
    """Where devices are looked for, in schools within the caller's scope."""

    def settings(self, school: str) -> DiscoverySettings | None:
        """How devices are looked for in a school; ``None`` where nobody has said."""
        return self._session.exec(
            select(DiscoverySettings).where(
                DiscoverySettings.school_code == school,
                self._at_visible_school(DiscoverySettings.school_code),
            )
        ).one_or_none()

    def ranges(self, school: str) -> Sequence[DiscoveryRange]:
        """Networks of a school, in the order of their text."""
        return self._session.exec(
            select(DiscoveryRange)
            .where(
                DiscoveryRange.school_code == school,
                self._at_visible_school(DiscoveryRange.school_code),
            )
            .order_by(col(DiscoveryRange.network))
        ).all()

    def replace(self, settings: DiscoverySettings, ranges: Sequence[DiscoveryRange]) -> None:
        """Look for devices of a school like this from now on.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(settings.school_code)
        self._session.exec(
            delete(DiscoveryRange).where(col(DiscoveryRange.school_code) == settings.school_code)
        )
        self._session.merge(settings)
        self._session.flush()
        self._session.add_all(ranges)
        self._session.flush()


def _wanted(
    state: ProposalState | None,
    match: Match | None,
    kind: Kind | None,
    school: str | None,
    search: str,
) -> Iterator[ColumnElement[bool]]:
    if state is not None:
        yield col(Proposal.state) == state
    if match is not None:
        yield col(Proposal.match) == match
    if kind is not None:
        yield col(Proposal.kind) == kind
    if school is not None:
        yield col(Proposal.school_code) == school
    if search.strip():
        columns = (
            Proposal.address,
            Proposal.name,
            Proposal.model,
            Proposal.serial,
            Proposal.mac,
        )
        text = search.strip()
        yield or_(*(col(column).icontains(text, autoescape=True) for column in columns))
