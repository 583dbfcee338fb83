"""What tickets refuse; the rest is ``inventory.errors``.

* ``Conflict`` (inventory)
    * ``TransitionRefused``: a ticket cannot go from this state to that.
"""

from alerts.messages import N_
from inventory.errors import Conflict


class TransitionRefused(Conflict):
    """A ticket cannot go from this state to that."""

    code = "ticket_transition_refused"
    message = N_("Ticket {number} is {before} and cannot become {after}.")
