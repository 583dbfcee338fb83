"""Questions about standards, whom they bind, what was confirmed of them, and tolerance policies."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import col, select

from inventory.errors import NotFound, OutOfScope
from inventory.models import (
    KeptStandard,
    Organisation,
    StandardAnswer,
    StandardBinding,
    TolerancePolicy,
)
from inventory.repositories.scoped import Repository


class StandardRepository(Repository):
    """What holds for schools within the caller's scope, that of bureaus above included."""

    def kept(self) -> Sequence[KeptStandard]:
        """Versions for everybody, of bureaus within the scope, and of those above it."""
        return self._session.exec(
            select(KeptStandard)
            .where(self._is_everybodys(KeptStandard.organisation_code))
            .order_by(col(KeptStandard.code), col(KeptStandard.version))
        ).all()

    def version(self, code: str, version: int | None = None) -> KeptStandard | None:
        """A version; the newest where none is named."""
        query = select(KeptStandard).where(
            KeptStandard.code == code, self._is_everybodys(KeptStandard.organisation_code)
        )
        if version is not None:
            query = query.where(KeptStandard.version == version)
        return self._session.exec(query.order_by(col(KeptStandard.version).desc())).first()

    def is_taken(self, code: str) -> bool:
        """Whether anybody, within the scope or not, has a standard of this name."""
        found = select(KeptStandard.id).where(KeptStandard.code == code)
        return self._session.exec(found).first() is not None

    def versions(self, code: str) -> Sequence[KeptStandard]:
        """Every kept version of a standard, the oldest first."""
        return [one for one in self.kept() if one.code == code]

    def is_used(self, standard: KeptStandard) -> bool:
        """Whether it ever bound anybody, or anything of it was confirmed."""
        for table in (StandardBinding, StandardAnswer):
            query = select(table.id).where(table.standard_id == standard.id)
            if self._session.exec(query).first() is not None:
                return True
        return False

    def keep(self, standard: KeptStandard) -> KeptStandard:
        """Keep a version of one's own, new or changed.

        Raises:
            NotFound, OutOfScope: of the bureau whose own it is; one for all needs a scope of all.
        """
        self._admit_bureau(standard.organisation_code)
        return self._save(standard)

    def keep_shipped(self, standard: KeptStandard) -> KeptStandard:
        """Keep a version that came with the software: it is the same for everybody."""
        return self._save(standard)

    def bindings(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[StandardBinding]:
        """Those in force on a day from ``first`` to ``last``, in the order they were made."""
        query = select(StandardBinding).where(*self._bound(first, last))
        ordered = query.order_by(col(StandardBinding.valid_from), col(StandardBinding.id))
        return self._session.exec(ordered).all()

    def bound(self, first: date, last: date) -> Sequence[tuple[StandardBinding, str]]:
        """The same with the documents they bind to: one question for every plan of every box."""
        query = (
            select(StandardBinding, KeptStandard.document)
            .join(KeptStandard, col(KeptStandard.id) == col(StandardBinding.standard_id))
            .where(*self._bound(first, last))
            .order_by(col(StandardBinding.valid_from), col(StandardBinding.id))
        )
        return [(binding, document) for binding, document in self._session.exec(query)]

    def _bound(self, first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
        if not self._sees_everything:
            yield (
                self._is_visible(StandardBinding.organisation_code)
                | self._at_school(StandardBinding.school_code)
            )
        if last is not None:
            yield col(StandardBinding.valid_from) <= last
        if first is not None:
            until = col(StandardBinding.valid_until)
            yield until.is_(None) | (until >= first)

    def binding(self, binding_id: str) -> StandardBinding | None:
        return next((one for one in self.bindings() if one.id == binding_id), None)

    def bind(self, binding: StandardBinding) -> StandardBinding:
        """Keep a binding, new or changed.

        Raises:
            NotFound, OutOfScope: of the school or bureau.
        """
        with self._session.no_autoflush:
            if binding.school_code is not None:
                self._admit(binding.school_code)
            else:
                self._admit_bureau(binding.organisation_code or "")
        return self._save(binding)

    def answers(self) -> Sequence[StandardAnswer]:
        """What was confirmed, the oldest first."""
        return self._session.exec(
            select(StandardAnswer)
            .where(self._is_visible(StandardAnswer.organisation_code))
            .order_by(col(StandardAnswer.answered_at), col(StandardAnswer.id))
        ).all()

    def answer(self, answer: StandardAnswer) -> StandardAnswer:
        """Keep what somebody confirmed.

        Raises:
            NotFound, OutOfScope: of the bureau.
        """
        self._admit_bureau(answer.organisation_code)
        return self._save(answer)

    def policies(self) -> Sequence[TolerancePolicy]:
        """Adopted policies, the earliest first."""
        return self._session.exec(
            select(TolerancePolicy)
            .where(self._is_visible(TolerancePolicy.organisation_code))
            .order_by(col(TolerancePolicy.valid_from), col(TolerancePolicy.made_at))
        ).all()

    def adopt(self, policy: TolerancePolicy) -> TolerancePolicy:
        """Keep a policy.

        Raises:
            NotFound, OutOfScope: of the bureau.
        """
        self._admit_bureau(policy.organisation_code)
        return self._save(policy)

    def _admit_bureau(self, code: str | None) -> None:
        if code is None:
            if not self._sees_everything:
                raise OutOfScope(key="/")
            return
        with self._session.no_autoflush:
            bureau = self._session.get(Organisation, code)
        if bureau is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=code)

    def _at_school(self, column: object) -> ColumnElement[bool]:
        return col(column).is_not(None) & self._at_visible_school(column)

    def _is_everybodys(self, column: object) -> ColumnElement[bool]:
        return or_(col(column).is_(None), self._is_visible(column))

    def _is_visible(self, column: object) -> ColumnElement[bool]:
        """SQL for "a bureau within the scope, or one above it"."""
        if self._sees_everything:
            return true()
        above = {code for prefix in self._scope.prefixes for code in prefix.strip("/").split("/")}
        within = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        bureau = col(column)
        return or_(bureau.in_(sorted(above)), bureau.in_(within))
