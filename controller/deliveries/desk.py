"""What somebody does with deliveries: begin, change, pause, take away, try out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deliveries.recipients import RecipientUnfit, obstacle, recipients_called
from controller.deliveries.sending import new_sending
from inventory.deliveries import keeping
from inventory.deliveries.repository import DeliveryRepository, Placed
from inventory.errors import N_, Conflict, Invalid, NotFound
from inventory.models import DeliveryKind, ReportSending, SendingState, User

#: More people than a bureau has to tell; a report is no newsletter.
MOST_RECIPIENTS = 50


class TestUnderWay(Conflict):
    """A test to the same person has not been sent, yet."""

    code = "test_under_way"
    message = N_("A test to “{key}” is on its way already.")


@dataclass(frozen=True, slots=True)
class DeliveryDesk:
    """Deliveries as one person may keep them.

    Args:
        session: in a transaction that writes.
        caller: whose rights count.
        now: the moment.
    """

    session: Session
    caller: Caller
    now: datetime

    @property
    def rows(self) -> DeliveryRepository:
        """What the caller keeps.

        Raises:
            PermissionDenied: nothing.
        """
        return DeliveryRepository(self.session, self.caller.require(Permission.manage_reports))

    def there(self, delivery_id: str) -> Placed:
        """One of them.

        Raises:
            NotFound: no such delivery within the caller's scope.
        """
        found = self.rows.get(delivery_id)
        if found is None:
            raise NotFound(what="report_delivery", key=delivery_id)
        return found

    def add(self, at: str, kind: DeliveryKind, day: int, logins: Sequence[str]) -> Placed:
        """Send a place's reports from now on.

        Raises:
            Invalid: a day not every month has, nobody, or too many people.
            NotFound, OutOfScope: of the place.
            RecipientUnfit: somebody may not see it, or has no address.
        """
        scope = self.caller.require(Permission.manage_reports)
        row = keeping.new_delivery(self.session, at, kind, day)
        keeping.save_delivery(self.session, scope, row)
        placed = Placed(row, self.rows.path_of(row))
        self.address(placed, logins)
        return placed

    def address(self, delivery: Placed, logins: Sequence[str]) -> None:
        """Let it go to these people and nobody else.

        Raises:
            Invalid: nobody, or too many.
            RecipientUnfit: somebody may not see the place, or has no address.
        """
        if not 1 <= len(set(logins)) <= MOST_RECIPIENTS:
            raise Invalid(field="recipients", reason=f"{len(set(logins))} (1 – {MOST_RECIPIENTS})")
        users = recipients_called(self.session, logins, delivery.path)
        self.rows.set_recipients(delivery.row, users)

    def change_day(self, delivery: Placed, day: int) -> None:
        """Send it from another day of the month on.

        Raises:
            Invalid: not every month has it.
        """
        delivery.row.day = day
        keeping.save_delivery(
            self.session, self.caller.require(Permission.manage_reports), delivery.row
        )

    def pause(self, delivery: Placed) -> None:
        """Send nothing more until it is resumed."""
        scope = self.caller.require(Permission.manage_reports)
        keeping.pause(self.session, scope, delivery.row, self.now)

    def resume(self, delivery: Placed) -> None:
        """Go on."""
        keeping.resume(self.session, self.caller.require(Permission.manage_reports), delivery.row)

    def remove(self, delivery: Placed) -> None:
        """Take it away; its log stays."""
        scope = self.caller.require(Permission.manage_reports)
        keeping.remove_delivery(self.session, scope, delivery.row, self.now)

    def test(self, delivery: Placed) -> ReportSending:
        """Have the newest report sent to the caller, and to nobody else, within a minute or so.

        Raises:
            RecipientUnfit: the caller has no address.
            TestUnderWay: one has not been sent, yet.
        """
        user = self.session.get(User, self.caller.id)
        if user is None or obstacle(self.session, user, delivery.path):
            raise RecipientUnfit(key=self.caller.login)
        waits = any(
            row.period is None and row.user_id == user.id and row.state is SendingState.waiting
            for row, _login in self.rows.log(delivery.row, 20)
        )
        if waits:
            raise TestUnderWay(key=user.login)
        return self.rows.write(new_sending(delivery, user, None, self.now))
