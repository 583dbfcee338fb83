"""A device's life, from the request to the scrap dealer, and which steps it may take."""

from collections.abc import Mapping

from sqlmodel import Session

from inventory.errors import DisposalNeeded, LifecycleTransitionRefused
from inventory.models import Device, Lifecycle

_L = Lifecycle

#: From each state, the states a device may go to.
TRANSITIONS: Mapping[Lifecycle, frozenset[Lifecycle]] = {
    # A request that is turned down never became a device: it is disposed of.
    _L.requested: frozenset({_L.ordered, _L.disposed}),
    _L.ordered: frozenset({_L.in_stock, _L.in_service, _L.disposed}),
    _L.in_stock: frozenset({_L.in_service, _L.in_repair, _L.lent, _L.retired, _L.lost}),
    _L.in_service: frozenset({_L.in_stock, _L.in_repair, _L.lent, _L.retired, _L.lost}),
    _L.in_repair: frozenset({_L.in_stock, _L.in_service, _L.retired, _L.lost}),
    _L.lent: frozenset({_L.in_stock, _L.in_service, _L.in_repair, _L.lost}),
    # Put back to use while it still stands in the store.
    _L.retired: frozenset({_L.in_stock, _L.disposed, _L.lost}),
    # Found again, or written off.
    _L.lost: frozenset({_L.in_stock, _L.disposed}),
    _L.disposed: frozenset(),
}
#: From these a device goes for good by a disposal (报废) alone: appraised, approved and wiped.
BY_DISPOSAL = frozenset({_L.retired, _L.lost})


def plain_steps(before: Lifecycle) -> frozenset[Lifecycle]:
    """Where somebody may take a device by saying so, without a procedure of its own."""
    return TRANSITIONS[before] - ({_L.disposed} if before in BY_DISPOSAL else frozenset())


def check_transition(before: Lifecycle, after: Lifecycle, *, disposal: bool = False) -> None:
    """Let a step pass.

    Args:
        before: where the device is.
        after: where it is to go.
        disposal: whether a disposal takes the step that ends its procedure.

    Raises:
        LifecycleTransitionRefused: a device cannot go from ``before`` to ``after``.
        DisposalNeeded: it can, by a disposal.
    """
    if after not in TRANSITIONS[before]:
        raise LifecycleTransitionRefused(before=before, after=after)
    if not disposal and after not in plain_steps(before):
        raise DisposalNeeded(before=before, after=after)


def move_to(
    session: Session, device: Device, after: Lifecycle, *, disposal: bool = False
) -> Device:
    """Take a step in a device's life; staying where it is is none and passes.

    Raises:
        LifecycleTransitionRefused: the step is not one of ``TRANSITIONS``.
        DisposalNeeded: a disposal alone takes it.
    """
    if device.lifecycle is not after:
        check_transition(device.lifecycle, after, disposal=disposal)
        device.lifecycle = after
        session.add(device)
        session.flush()
    return device
