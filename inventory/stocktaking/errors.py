"""What stock-taking refuses.

* ``NotCounting``: the campaign is over, or signed.
* ``NotFinished``: the campaign still counts.
* ``RoomsLeft``: rooms that nobody has counted.
* ``NothingToCorrect``: the register cannot follow this result.
* ``StandsElsewhere``: the device belongs to another school; that takes a transfer (调拨).
* ``DifferencesLeft``: differences that nobody has decided.
* ``TooLarge``: more devices than one campaign takes.
"""

from inventory.errors import N_, Conflict, Invalid


class NotCounting(Conflict):
    """The campaign is over."""

    code = "stocktaking_over"
    message = N_("“{key}” is over; nothing is counted any more.")


class NotFinished(Conflict):
    """The campaign still counts."""

    code = "stocktaking_not_finished"
    message = N_("“{key}” is not finished, or has been signed.")


class RoomsLeft(Conflict):
    """Nobody has been in some rooms."""

    code = "stocktaking_rooms_left"
    message = N_("{count} rooms of “{key}” have not been counted.")


class NothingToCorrect(Conflict):
    """The register cannot follow this result, or somebody has decided about it."""

    code = "stocktaking_nothing_to_correct"
    message = N_("There is nothing to correct for “{key}”, or it has been decided already.")


class StandsElsewhere(Conflict):
    """A device of another school was found here."""

    code = "stocktaking_other_school"
    message = N_("“{key}” belongs to another school; a transfer moves it, not a stock-taking.")


class DifferencesLeft(Conflict):
    """Nobody has decided about some differences."""

    code = "stocktaking_differences_left"
    message = N_("{count} differences of “{key}” are to be decided before it is signed.")


class TooLarge(Invalid):
    """More devices than one campaign takes."""

    code = "stocktaking_too_large"
    message = N_("{count} devices are too many for one stock-taking; at most {most}.")
