"""What budgets refuse, below :mod:`inventory.errors`.

* ``Invalid``
    * ``NotAnAmount``: not yuan with at most two places, or beyond what is kept.
    * ``OutsideProgramme``: a year or a day that the programme does not cover.
* ``Conflict``
    * ``FundTooSmall``: the fund would go below zero.
    * ``CounteredAlready``: an entry is taken back at most once, and a counter-entry never.
    * ``ClaimTooLarge``: more than the party's share that is still to be claimed.
    * ``ClaimSettled``: a claim that was paid or withdrawn stays as it is.
    * ``ProgrammeInUse``: what entries rest on stays as it is.
"""

from inventory.errors import N_, Conflict, Invalid


class NotAnAmount(Invalid):
    """Not an amount of money."""

    code = "not_an_amount"
    message = N_("{field}: “{text}” is not an amount in yuan with at most two places.")


class OutsideProgramme(Invalid):
    """A year or a day that the programme does not cover."""

    code = "outside_programme"
    message = N_("{when} is outside “{key}”, which covers {first} to {last}.")


class FundTooSmall(Conflict):
    """A fund never goes below zero."""

    code = "fund_too_small"
    message = N_("The fund of “{key}” holds {balance} yuan; {amount} cannot be taken from it.")


class CounteredAlready(Conflict):
    """An entry is taken back at most once, and a counter-entry never."""

    code = "countered_already"
    message = N_("“{key}” was taken back already, or is itself a counter-entry.")


class ClaimTooLarge(Conflict):
    """More than the party's share that is still to be claimed."""

    code = "claim_too_large"
    message = N_("{open} yuan are still to be claimed; {amount} are more than that.")


class ClaimSettled(Conflict):
    """A claim that was paid or withdrawn stays as it is."""

    code = "claim_settled"
    message = N_("Claim “{key}” was paid or withdrawn already.")


class ProgrammeInUse(Conflict):
    """What entries or claims rest on stays as it is."""

    code = "programme_in_use"
    message = N_("“{key}” has entries or claims already; what they rest on stays as it is.")
