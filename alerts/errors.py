"""What tickets refuse; the rest is ``inventory.errors``.

* ``Conflict`` (inventory)
    * ``TransitionRefused``: a ticket cannot go from this state to that.
    * ``MergeRefused``: a ticket cannot be closed in favour of that one.
    * ``TakenAlready``: somebody else was faster.
    * ``LinkRefused``: a ticket does not belong to itself.
    * ``OutOfStock``: there are fewer parts than somebody wants.
* ``NotFound`` (inventory)
    * ``LinkInvalid``: a link of a label, or of a report, leads nowhere.
"""

from alerts.messages import N_
from inventory.errors import Conflict, NotFound


class TransitionRefused(Conflict):
    """A ticket cannot go from this state to that."""

    code = "ticket_transition_refused"
    message = N_("Ticket {number} is {before} and cannot become {after}.")


class MergeRefused(Conflict):
    """A ticket cannot be closed in favour of that one."""

    code = "ticket_merge_refused"
    message = N_(
        "Ticket {number} cannot be merged into {into}: that one must be another ticket of the same"
        " school which is not done yet."
    )


class LinkInvalid(NotFound):
    """A link of a label, or of a report, leads nowhere; why is not told."""

    code = "report_link_invalid"
    message = N_("This code leads nowhere any more. Tell your school's network administrator.")


class LinkRefused(Conflict):
    """A ticket does not belong to itself."""

    code = "ticket_link_refused"
    message = N_("Ticket {number} cannot be linked to itself.")


class OutOfStock(Conflict):
    """There are fewer parts in the stock than somebody wants to take."""

    code = "spare_part_out_of_stock"
    message = N_("Of {name} there are only {left} left.")


class TakenAlready(Conflict):
    """Somebody else has the ticket that one wanted to take from the queue."""

    code = "ticket_taken_already"
    message = N_("Ticket {number} has been taken by {name} meanwhile.")
