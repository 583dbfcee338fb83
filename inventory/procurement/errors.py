"""What procurement refuses.

* ``OwnRequest``, ``NotYourTurn``, ``SignedAlready``, ``OtherRoleNeeded``: not this person.
* ``StepRefused``, ``StageNotReached``, ``StillOpen``: not now.
* ``NoRoute``, ``DuplicatesUnseen``, ``CeilingExceeded``, ``OverDelivered``, ``NotInStock``,
  ``NumberTaken``, ``NumberNeeded``, ``ContractEnded``, ``DeviceBusy``, ``RoomNeeded``,
  ``CustodianNeeded``: not this.
* ``UndoneAlready``, ``LaterStepsRest``, ``ChangedSince``, ``HasHistory``: cannot be taken back.
"""

from inventory.errors import N_, Conflict, Invalid, OutOfScope


class OwnRequest(OutOfScope):
    """Four eyes: whoever put something forward does not decide about it."""

    code = "own_request"
    message = N_("Nobody decides about “{key}” who has put it forward.")


class NotYourTurn(OutOfScope):
    """The next signature is somebody else's."""

    code = "not_your_turn"
    message = N_("“{key}” waits for the signature of: {role}, {organisation}.")


class SignedAlready(OutOfScope):
    """One person signs once, whatever roles they have."""

    code = "signed_already"
    message = N_("You have signed “{key}” already; the next signature is somebody else's.")


class OtherRoleNeeded(OutOfScope):
    """A signature is taken back in the role it was given in."""

    code = "other_role_needed"
    message = N_("This step was taken as: {role}. Only this role takes it back.")


class StepRefused(Conflict):
    """The state does not allow the step."""

    code = "step_refused"
    message = N_("“{key}” is {state}; this step does not follow.")


class StageNotReached(Conflict):
    """Stages follow each other."""

    code = "stage_not_reached"
    message = N_("“{stage}” begins when “{before}” is approved.")


class StillOpen(Conflict):
    """Something has to end first."""

    code = "still_open"
    message = N_("“{key}” is not complete: {count} still open.")


class NoRoute(Invalid):
    """No route says who approves it."""

    code = "no_route"
    message = N_("No approval route fits: {stage}, {affiliation}, {amount} CNY.")


class DuplicatesUnseen(Conflict):
    """Similar requests are to be looked at before another one is submitted."""

    code = "duplicates_unseen"
    message = N_("The school has asked for the same before: {numbers}. Look, then confirm.")


class CeilingExceeded(Conflict):
    """The contract holds no more."""

    code = "ceiling_exceeded"
    message = N_("“{key}”: {wanted} wanted, {left} left under the contract.")


class ContractEnded(Conflict):
    """No orders after the last day of the contract."""

    code = "contract_ended"
    message = N_("The contract “{key}” has ended on {day}.")


class OverDelivered(Conflict):
    """More than is still expected."""

    code = "over_delivered"
    message = N_("“{key}”: {wanted} told, {left} still expected.")


class NotInStock(Conflict):
    """Only what is in stock can be put in service."""

    code = "not_in_stock"
    message = N_("“{key}” is not in stock: {state}.")


class NumberTaken(Conflict):
    """The serial or asset number is that of another device."""

    code = "number_taken"
    message = N_("The number “{text}” belongs to “{key}”.")


class NumberNeeded(Invalid):
    """A piece without serial and asset number cannot be found again."""

    code = "number_needed"
    message = N_("Line {line}: “{text}” is no serial number, and there is no asset number.")


class DeviceBusy(Conflict):
    """A device goes one way at a time."""

    code = "device_busy"
    message = N_("“{key}” is part of “{number}” already.")


class RoomNeeded(Invalid):
    """What is in service stands somewhere."""

    code = "room_needed"
    message = N_("“{key}” has no room yet; choose one.")


class CustodianNeeded(Invalid):
    """Somebody answers for what is in service."""

    code = "custodian_needed"
    message = N_("“{key}” has no custodian yet; name one.")


class UndoneAlready(Conflict):
    """A step is taken back once, and a counter-entry never."""

    code = "undone_already"
    message = N_("This step was taken back already, or is itself a counter-entry.")


class LaterStepsRest(Conflict):
    """What rests on a step has to be taken back before it."""

    code = "later_steps_rest"
    message = N_("A later step rests on this one: “{step}” of {at}. Take that back first.")


class ChangedSince(Conflict):
    """What the step changed was changed outside procurement since."""

    code = "changed_since"
    message = N_("“{key}” was changed since; the state before cannot be restored.")


class HasHistory(Conflict):
    """Others have had a device in their hands since it was scanned: what they wrote stays."""

    code = "has_history"
    message = N_("“{key}” has a history of its own by now and is kept; dispose of it instead.")
