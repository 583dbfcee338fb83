"""One look of one person: everything a view needs to read, within what they may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, Reader, Store
from controller.editions.sight import sight_of
from controller.language import Language
from controller.metrics.store import MetricStore
from controller.pages.render import page
from controller.procuring import sees_prices
from inventory.days import day_of
from inventory.models.base import utc_now
from inventory.repositories.proposals import ProposalRepository
from inventory.repositories.quarantine import QuarantineRepository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, when, in which language, and at which stores."""

    request: Request
    session: Session
    store: MetricStore
    caller: Caller
    lang: Language
    now: datetime = field(default_factory=utc_now)

    @property
    def scope(self) -> Scope:
        """Where this person may read the inventory.

        Raises:
            PermissionDenied: nowhere.
        """
        return self.caller.require(Permission.read)

    @property
    def reads_alerts(self) -> bool:
        return self.caller.may(Permission.read_alerts)

    @property
    def reads_tickets(self) -> bool:
        return self.caller.may(Permission.read_tickets)

    @property
    def reads_prices(self) -> bool:
        """Whether amounts of procurement are shown; who only unpacks reads none."""
        return sees_prices(self.caller)

    @property
    def cadence(self) -> timedelta:
        """How often agents ask whether a device is there."""
        cadence: timedelta = self.request.app.state.cadence
        return cadence

    @property
    def today(self) -> date:
        return self.now.astimezone(self.lang.zone).date()

    @property
    def here(self) -> str:
        """This address with its query, for parts that renew themselves."""
        url = self.request.url.remove_query_params("lang")
        return url.path + (f"?{url.query}" if url.query else "")

    def milliseconds(self, ago: timedelta = timedelta()) -> int:
        return int((self.now - ago).timestamp() * 1000)

    def show(self, name: str, view: object, **values: Any) -> HTMLResponse:
        return page(
            self.request,
            name,
            self.lang,
            now=self.now,
            caller=self.caller,
            counts=self._counts(),
            view=view,
            look=self,
            **values,
        )

    def _counts(self) -> Mapping[str, int]:
        """What waits in places of the menu; parts of pages have no menu."""
        if "hx-request" in self.request.headers:
            return {}
        counts = {}
        scope = self.caller.scope(Permission.manage_access)
        if scope.prefixes:
            counts["/proposals"] = ProposalRepository(self.session, scope).count_open()
        scope = self.caller.scope(Permission.manage_quarantine)
        if scope.prefixes:
            counts["/quarantine"] = QuarantineRepository(self.session, scope).count_waiting()
        if self.caller.may(Permission.read):
            counts["/reports"] = sight_of(self.caller).waiting(self.session, day_of(self.now))
        return counts

    def link(self, changes: Mapping[str, Any], *, path: str = "") -> str:
        """This address with some parameters changed; an empty value takes one away."""
        wanted = {**self.request.query_params, **changes}
        wanted.pop("lang", None)
        kept = {key: value for key, value in wanted.items() if value not in ("", None)}
        url = self.request.url.replace(query="").include_query_params(**kept)
        return (path or url.path) + (f"?{url.query}" if url.query else "")


def _look(
    request: Request, session: DbSession, store: Store, caller: CurrentCaller, lang: Reader
) -> Look:
    return Look(request, session, store, caller, lang)


Looking = Annotated[Look, Depends(_look, scope="function")]
