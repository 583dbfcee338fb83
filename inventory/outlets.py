"""Internet outlets and backbones of bureaus: what the register takes, and who may read it."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.lines import MAX_MBPS
from inventory.models import Level, Organisation, Outlet
from inventory.repositories.scoped import Repository, within
from inventory.schools.checks import check_text
from inventory.scope import Scope

LONGEST_TEXT = 200
LONGEST_NOTE = 500


class OutletRepository(Repository):
    """Outlets of bureaus at or below the caller's scope."""

    def get(self, outlet_id: str) -> Outlet | None:
        return self._session.exec(self._visible().where(col(Outlet.id) == outlet_id)).one_or_none()

    def below(self, under: str = "/", on: date | None = None) -> Sequence[Outlet]:
        """Outlets of a bureau and those below it; on a day, only those that run."""
        query = self._visible().where(within(col(Organisation.path), under))
        if on is not None:
            begins, ends = col(Outlet.starts_on), col(Outlet.ends_on)
            query = query.where(begins.is_(None) | (begins <= on), ends.is_(None) | (ends >= on))
        ordered = query.order_by(col(Organisation.path), col(Outlet.kind), col(Outlet.id))
        return self._session.exec(ordered).all()

    def keep(self, outlet: Outlet) -> Outlet:
        """Keep an outlet (:func:`save_outlet` checks its values first).

        Raises:
            NotFound, OutOfScope: of the bureau.
        """
        self._admit_bureau(outlet.organisation_code)
        return self._save(outlet)

    def remove(self, outlet: Outlet) -> None:
        """Forget an outlet that was a mistake; one that ends gets a last day instead.

        Raises:
            OutOfScope: the bureau is outside the scope.
        """
        self._admit_bureau(outlet.organisation_code)
        self._session.delete(outlet)
        self._session.flush()

    def _visible(self) -> SelectOfScalar[Outlet]:
        return (
            select(Outlet)
            .join(Organisation, col(Organisation.code) == col(Outlet.organisation_code))
            .where(self._scope.condition(col(Organisation.path)))
        )

    def _admit_bureau(self, code: str) -> None:
        with self._session.no_autoflush:
            bureau = self._session.get(Organisation, code)
        if bureau is None:
            raise NotFound(what="organisation", key=code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=code)
        if bureau.level is Level.township:
            raise Invalid(field="organisation_code", reason=code)


def save_outlet(session: Session, scope: Scope, outlet: Outlet) -> Outlet:
    """Keep an outlet, new or changed; a new one gets an id if it has none.

    Raises:
        Invalid: no provider, a rate that is not positive, an end before the beginning, or a
            township's: its network is the county's.
        NotFound, OutOfScope: of the bureau.
    """
    with session.no_autoflush:
        outlet.provider = check_text("provider", outlet.provider, LONGEST_TEXT, needed=True)
        outlet.circuit = check_text("circuit", outlet.circuit, LONGEST_TEXT)
        outlet.note = check_text("note", outlet.note, LONGEST_NOTE)
        for name in ("down_mbps", "up_mbps"):
            rate = getattr(outlet, name)
            if not (rate.is_finite() and 0 < rate < MAX_MBPS):
                raise Invalid(field=name, reason=str(rate))
        if outlet.starts_on and outlet.ends_on and outlet.ends_on < outlet.starts_on:
            raise Invalid(field="ends_on", reason=f"{outlet.ends_on} < {outlet.starts_on}")
    outlet.id = outlet.id or new_id("o")
    return OutletRepository(session, scope).keep(outlet)
