"""What tickets refuse; the rest is ``inventory.errors``.

* ``Conflict`` (inventory)
    * ``TransitionRefused``: a ticket cannot go from this state to that.
    * ``MergeRefused``: a ticket cannot be closed in favour of that one.
    * ``TakenAlready``: somebody else was faster.
    * ``LinkRefused``: a ticket does not belong to itself.
    * ``OutOfStock``: there are fewer parts than somebody wants.
    * ``StockMoved``: parts were taken or brought while somebody counted them.
    * ``StockLeft``: a part is still there that somebody wants to keep no longer.
    * ``MoveOutrun``: a ticket has gone on, so that a step cannot be taken back.
    * ``NotMerged``: a ticket that was not merged cannot be taken out of another one.
    * ``NotSplit``: a ticket was not split off from that one, or is done.
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


class StockMoved(Conflict):
    """Parts were taken or brought while somebody counted them."""

    code = "spare_part_moved"
    message = N_(
        "Of {name} there are {left} in the register by now. Count again, or save once more."
    )


class StockLeft(Conflict):
    """A part is still there that somebody wants to keep no longer."""

    code = "spare_part_left"
    message = N_("Of {name} there are still {left}. Use them up, or count them to 0 first.")


class NotMerged(Conflict):
    """A ticket that was not merged cannot be taken out of another one."""

    code = "ticket_not_merged"
    message = N_("Ticket {number} is not merged into another one.")


class NotSplit(Conflict):
    """A ticket was not split off from that one, or is done."""

    code = "ticket_not_split"
    message = N_("Ticket {number} was not split off from this one, or is done already.")


class MoveOutrun(Conflict):
    """Somebody has done something since, or it was somebody else's step."""

    code = "ticket_move_outrun"
    message = N_("Ticket {number} has gone on meanwhile: this cannot be undone any more.")


class TakenAlready(Conflict):
    """Somebody else has the ticket that one wanted to take from the queue."""

    code = "ticket_taken_already"
    message = N_("Ticket {number} has been taken by {name} meanwhile.")
