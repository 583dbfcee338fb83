"""What bureaus promise: read for schools, said anew by those who may."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.models import ServiceAgreement, ServiceAgreementVersion
from alerts.sla.terms import DEFAULT_TERMS, ServiceTerms, read_terms, written
from inventory.errors import NotFound
from inventory.models import Organisation
from inventory.repositories.scoped import Repository


class Agreements:
    """The terms of the bureaus above some schools; the shipped ones where nobody has any.

    Args:
        session: one that reads.
        paths: of the schools.
    """

    def __init__(self, session: Session, paths: Iterable[str]) -> None:
        codes = {code for path in paths for code in path.strip("/").split("/")[:-1]}
        rows = session.exec(
            select(ServiceAgreement).where(
                col(ServiceAgreement.organisation_code).in_(sorted(codes))
            )
        )
        self._terms = {row.organisation_code: read_terms(row.terms) for row in rows}

    def of(self, path: str) -> ServiceTerms:
        """The terms of the nearest bureau above a school of that path."""
        for code in reversed(path.strip("/").split("/")[:-1]):
            if code in self._terms:
                return self._terms[code]
        return DEFAULT_TERMS


class AgreementRepository(Repository):
    """Agreements of bureaus within the caller's scope."""

    def get(self, organisation_code: str) -> tuple[Organisation, ServiceAgreement | None]:
        """A bureau and what it has said, if anything.

        Raises:
            NotFound: no such bureau within the scope.
        """
        bureau = self._session.get(Organisation, organisation_code)
        if bureau is None or not self._scope.covers(bureau.path):
            raise NotFound(what="organisation", key=organisation_code)
        return bureau, self._session.get(ServiceAgreement, organisation_code)

    def save(
        self, organisation_code: str, terms: ServiceTerms, login: str, now: datetime
    ) -> ServiceAgreement:
        """Say what a bureau promises from now on, of tickets that are open, too.

        Saying the same again makes no version.

        Raises:
            NotFound: no such bureau within the scope.
        """
        _, row = self.get(organisation_code)
        text = written(terms)
        if row is not None and row.terms == text:
            return row
        if row is None:
            row = ServiceAgreement(
                organisation_code=organisation_code, terms=text, entered_by=login, entered_at=now
            )
        row.terms, row.entered_by, row.entered_at = text, login, now
        self._note(organisation_code, text, login, now)
        return self._save(row)

    def remove(self, organisation_code: str, login: str, now: datetime) -> None:
        """Leave it to the bureau above, or to what is shipped.

        Raises:
            NotFound: no such bureau within the scope.
        """
        _, row = self.get(organisation_code)
        if row is not None:
            self._session.delete(row)
            self._note(organisation_code, "", login, now)
            self._session.flush()

    def versions(self, organisation_code: str) -> Sequence[ServiceAgreementVersion]:
        """Everything the bureau has ever said, the newest first."""
        return self._session.exec(
            select(ServiceAgreementVersion)
            .where(ServiceAgreementVersion.organisation_code == organisation_code)
            .order_by(col(ServiceAgreementVersion.number).desc())
        ).all()

    def _note(self, organisation_code: str, text: str, login: str, now: datetime) -> None:
        newest = next(iter(self.versions(organisation_code)), None)
        self._session.add(
            ServiceAgreementVersion(
                organisation_code=organisation_code,
                number=1 if newest is None else newest.number + 1,
                terms=text,
                entered_by=login,
                entered_at=now,
            )
        )
