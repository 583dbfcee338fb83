"""The brokers of a school, and the form of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look
from controller.pages.views.names import school_name
from inventory.brokers import BrokerWish
from inventory.models import Broker, School
from inventory.repositories import BrokerRepository, SchoolRepository


@dataclass(frozen=True, slots=True)
class BrokersView:
    """Everything on the page.

    Args:
        broker: the one on the form; ``None`` for one to be added.
        wish: what the form is filled in with; its secrets are never shown.
    """

    school: School
    school_name: str
    brokers: Sequence[Broker]
    broker: Broker | None
    wish: BrokerWish
    fault: str


def brokers_view(
    look: Look, code: str, wish: BrokerWish, broker: Broker | None = None, *, fault: str = ""
) -> BrokersView:
    """What the page shows.

    Raises:
        NotFound: no such school within the scope.
    """
    scope = look.caller.require(Permission.manage_access)
    school = SchoolRepository(look.session, scope).get(code)
    if school is None:
        raise NotFound
    return BrokersView(
        school=school,
        school_name=school_name(look, school),
        brokers=BrokerRepository(look.session, scope).at_school(code),
        broker=broker,
        wish=wish,
        fault=fault,
    )
