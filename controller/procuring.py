"""Who may do what in procurement: rights of the inventory in terms of permissions."""

from collections.abc import Mapping, Sequence

from controller.auth.caller import Caller
from controller.auth.permissions import ROLES, Permission
from controller.errors import PermissionDenied
from inventory.errors import Invalid
from inventory.models import Right, Role
from inventory.procurement.actor import Actor
from inventory.procurement.routes import Route
from inventory.scope import Scope

PERMISSIONS: Mapping[Right, Permission] = {
    Right.request: Permission.request_equipment,
    Right.approve: Permission.approve_requests,
    Right.manage: Permission.manage_procurement,
    Right.receive: Permission.receive_goods,
}
#: Prices and requests are nobody else's business.
_READS = (*PERMISSIONS.values(), Permission.read_costs)
#: Roles that can sign at all.
APPROVERS = tuple(role for role in Role if Permission.approve_requests in ROLES[role])
_PRICES = frozenset(_READS) - {Permission.receive_goods}


def actor_of(caller: Caller, right: Right) -> Actor:
    """The caller with the grants that carry a right.

    Raises:
        PermissionDenied: the caller has it nowhere.
    """
    needed = PERMISSIONS[right]
    caller.require(needed)
    grants = tuple((role, path) for role, path in caller.grants if needed in ROLES[role])
    return Actor(caller.id, right, grants)


def procurement_scope(caller: Caller) -> Scope:
    """Where the caller may see requests, projects, orders and moves.

    Raises:
        PermissionDenied: nowhere.
    """
    scope = Scope.of(
        prefix for permission in _READS for prefix in caller.scope(permission).prefixes
    )
    if not scope.prefixes:
        raise PermissionDenied
    return scope


def sees_procurement(caller: Caller) -> bool:
    """Whether the caller may see requests, projects and orders anywhere."""
    return any(map(caller.may, _READS))


def sees_prices(caller: Caller) -> bool:
    """Whether the caller reads prices; who only unpacks does not."""
    return any(caller.may(permission) for permission in _PRICES)


def check_signers(routes: Sequence[Route]) -> None:
    """Let routes count whose signatures can be given.

    Raises:
        Invalid: one waits for a role that approves nothing.
    """
    for route in routes:
        for approver in route.approvers:
            if approver.role not in APPROVERS:
                raise Invalid(field="role", reason=approver.role)
