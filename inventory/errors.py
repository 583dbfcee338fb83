"""What the inventory refuses, each with a stable code, a status and words to translate.

* ``InventoryError``
    * ``NotFound``: no such row within the caller's scope.
    * ``OutOfScope``: the row to write lies outside the caller's scope.
        * ``SecretNotYours``: it would be sent elsewhere by who may not know it.
    * ``Invalid``: a value that the register does not take.
        * ``AddressNeeded``, ``NotAHardwareAddress``, ``CredentialUnfit``: of a device's access.
        * ``BrokerUrlUnfit``, ``CertificateUnfit``, ``KeyUnfit``, ``PairIncomplete``,
          ``SecretNeeded``, ``TopicUnfit``, ``UserNeeded``: of an MQTT broker.
        * ``CustomFieldUnfit``: a value of a field of one's own.
        * ``FileUnfit``: a file of another type, or too large a one.
        * ``NotPrivate``: a network of the Internet where only private ones are looked through.
        * ``ServerAddressUnfit``: an address that no speed test can go to.
    * ``Conflict``: a row of that name exists, or another still needs this one.
        * ``HardwareAddressTaken``, ``CredentialInUse``, ``BrokerKnown``
        * ``CodeIsImmutable``: a school keeps its code for ever (一校一号).
        * ``DecidedAlready``: somebody, or a rule, has answered a proposal already.
        * ``CannotBeUndone``: what a decision brought about is in use.
        * ``LifecycleTransitionRefused``: a device cannot go from this state to that.
        * ``ModelKnown``, ``ModelInUse``: of the catalogue.
        * ``NoAgent``: no box can be told to do it.
        * ``TooManyPending``: a box has enough to do.
        * ``PlaceInUse``: something still stands in a room, a building, on a campus.
        * ``StillNeeded``: other records speak of the row.
        * ``TermsOverlap``: a day cannot lie in two terms of one calendar.
    * ``EnrolmentTokenInvalid``: unknown, used or expired.
    * ``SecretUnreadable``: sealed with another key, or damaged.

``status`` is the HTTP status the controller answers with. ``message`` is an English msgid with
named fields; a caller translates it and fills in ``arguments``.
"""

from typing import ClassVar


def N_(message: str) -> str:  # noqa: N802 - the marker every gettext tool knows
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


class InventoryError(Exception):
    """Base of everything the inventory refuses; never raised itself."""

    code: ClassVar[str]
    status: ClassVar[int]
    message: ClassVar[str]

    def __init__(self, **arguments: object) -> None:
        self.arguments = arguments
        super().__init__(self.message.format(**arguments))


class NotFound(InventoryError):
    """No such row within the caller's scope."""

    code = "not_found"
    status = 404
    message = N_("“{key}” is not known here.")


class OutOfScope(InventoryError):
    """The row to write lies outside the caller's scope."""

    code = "out_of_scope"
    status = 403
    message = N_("You may not change anything at “{key}”.")


class Invalid(InventoryError):
    """A value that the register does not take."""

    code = "invalid"
    status = 422
    message = N_("{field}: {reason}")


class ServerAddressUnfit(Invalid):
    """An address that no speed test can go to."""

    code = "server_address_unfit"
    message = N_(
        "Expected https://HOST/PATH, http://HOST/PATH or iperf3://HOST:PORT, without a user and a"
        " query in it."
    )


class NotPrivate(Invalid):
    """A network of the Internet, where only a school's own are looked through."""

    code = "not_private"
    message = N_("{key} is not a private network; only a school's own networks are searched.")


class CustomFieldUnfit(Invalid):
    """A value does not fit a field of one's own, or one that is needed is missing."""

    code = "custom_field_unfit"
    message = N_("“{field}” does not take “{reason}”.")


class FileUnfit(Invalid):
    """A file that is not kept: of another type than allowed, empty, or too large."""

    code = "file_unfit"
    message = N_("“{name}” is not kept: {allowed}, at most {megabytes} MB each.")


class TooManyFiles(Invalid):
    """A row has as many files as it may have."""

    code = "too_many_files"
    message = N_("“{name}” is not kept: there are {most} files already; delete one first.")


class Conflict(InventoryError):
    """A row of that name exists, or another row still needs this one."""

    code = "conflict"
    status = 409
    message = N_("“{key}” exists already.")


class CodeIsImmutable(Conflict):
    """A school keeps its code for ever (一校一号)."""

    code = "school_code_immutable"
    message = N_("School “{key}” keeps its code for ever.")


class DecidedAlready(Conflict):
    """A proposal was accepted or rejected before."""

    code = "decided_already"
    message = N_("Somebody has decided about “{key}” already.")


class CannotBeUndone(Conflict):
    """The device made by an acceptance is being watched, so its history would go with it."""

    code = "cannot_be_undone"
    message = N_("“{key}” is being watched already; take it out of service instead.")


class AddressNeeded(Invalid):
    """Nothing is known of the device that could be asked or looked for."""

    code = "address_needed"
    message = N_("“{key}” needs an address to be watched in this way.")


class NotAHardwareAddress(Invalid):
    """Not the address of one network interface."""

    code = "not_a_hardware_address"
    message = N_("“{text}” is not a hardware address; expected six pairs such as 3c:7c:3f:12:34:56")


class HardwareAddressTaken(Conflict):
    """Another device of the school has this hardware address."""

    code = "hardware_address_taken"
    message = N_("This hardware address belongs to “{key}”.")


class CredentialUnfit(Invalid):
    """There is no such credential here, or it opens something else."""

    code = "credential_unfit"
    message = N_("Credential “{key}” does not fit here.")


class CredentialInUse(Conflict):
    """A credential that devices still need."""

    code = "credential_in_use"
    message = N_("“{key}” still opens {count} devices; give them another one first.")


class SecretNotYours(OutOfScope):
    """A secret must not be sent elsewhere by somebody who may not know it."""

    code = "secret_not_yours"
    message = N_("The address is kept: its credential is the bureau's. Choose one of your own too.")


class BrokerUrlUnfit(Invalid):
    """Where a broker is, told in another way than agents understand."""

    code = "broker_url_unfit"
    message = N_("Expected mqtt://HOST:PORT or mqtts://HOST:PORT, without user and password in it.")


class CertificateUnfit(Invalid):
    """No certificates in PEM."""

    code = "certificate_unfit"
    message = N_("{key}: not a certificate in PEM, or damaged.")


class KeyUnfit(Invalid):
    """No private key in PEM, one with a password, or that of another certificate."""

    code = "key_unfit"
    message = N_("The key is not in PEM, has a password, or is not that of the certificate.")


class PairIncomplete(Invalid):
    """A certificate without its key, or a key without its certificate."""

    code = "pair_incomplete"
    message = N_("A certificate and its key go together: give both, or neither.")


class SecretNeeded(Invalid):
    """A stored secret would go elsewhere than it was given for."""

    code = "secret_needed"
    message = N_(
        "The URL or the authority changes: give the {key} again, or have it forgotten."
        " What is stored is not sent elsewhere."
    )


class TopicUnfit(Invalid):
    """A topic that others cannot begin with."""

    code = "topic_unfit"
    message = N_("“{key}” is no topic to begin with: no + and #, no / at its ends, no $ first.")


class UserNeeded(Invalid):
    """MQTT 3.1.1 knows no password without a user name."""

    code = "user_needed"
    message = N_("A password needs a user name.")


class BrokerKnown(Conflict):
    """The school has a broker of that URL."""

    code = "broker_known"
    message = N_("The school has the broker {key} already.")


class LifecycleTransitionRefused(Conflict):
    """A device cannot go from this life-cycle state to that."""

    code = "lifecycle_transition_refused"
    message = N_("A device that is {before} cannot become {after}.")


class SchoolClosed(Conflict):
    """Nothing becomes of a school that has closed."""

    code = "school_closed"
    message = N_("School “{key}” has closed.")


class DisposalNeeded(LifecycleTransitionRefused):
    """A device goes for good when it was appraised, its end approved, and its data wiped."""

    code = "disposal_needed"
    message = N_(
        "A device that is {before} is given up by a disposal alone: appraised, approved, wiped."
        " Propose one under Procurement of equipment, Disposals."
    )


class ModelKnown(Conflict):
    """The catalogue has this vendor and model."""

    code = "model_known"
    message = N_("The catalogue has “{key}” already.")


class ModelInUse(Conflict):
    """A model that devices are of."""

    code = "model_in_use"
    message = N_("{count} devices are “{key}”; they keep it in the catalogue.")


class NoAgent(Conflict):
    """No box that may write for the school can be told to do it."""

    code = "no_agent"
    message = N_("No agent can be told to do this for “{key}”.")


class TooManyPending(Conflict):
    """What a box was told before has to end first."""

    code = "too_many_pending"
    message = N_("“{key}” has {count} commands to end first.")


class PlaceInUse(Conflict):
    """A campus with buildings, a building with rooms, or a room with devices."""

    code = "place_in_use"
    message = N_("“{key}” is not empty: {count} things stand there; move them first.")


class StillNeeded(Conflict):
    """A row that other records speak of: history is kept."""

    code = "still_needed"
    message = N_("Other records speak of “{key}”, so it is kept.")


class TermsOverlap(Conflict):
    """A day would lie in two terms of one bureau's or one school's calendar."""

    code = "terms_overlap"
    message = N_("{first} – {last} overlaps the term “{name}” ({its_first} – {its_last}).")


class EnrolmentTokenInvalid(InventoryError):
    """The token is unknown, used or expired; which of them is not told."""

    code = "enrolment_token_invalid"
    status = 401
    message = N_("This enrolment token is unknown, used or expired.")


class SecretUnreadable(InventoryError):
    """A stored secret was sealed with another key, or is damaged."""

    code = "secret_unreadable"
    status = 500
    message = N_("The stored secret cannot be read with the present key.")
