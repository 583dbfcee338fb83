"""What can go wrong while talking to a device; nothing else leaves a driver.

* ``DriverError``
    * ``NoAnswer``: no valid answer within the retries; try again next round.
    * ``Unreachable``: the network said so (ICMP, no route); try again next round.
    * ``AuthRejected``: wrong credentials; the detail says which.
    * ``Malformed``: only garbage came.
"""

from typing import ClassVar

from drivers.readings import Outcome


class DriverError(Exception):
    """Base of everything a driver may raise; never raised itself."""

    #: The outcome a poll gets when this ends it.
    code: ClassVar[Outcome]

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class NoAnswer(DriverError):
    """No valid answer within the timeout and the retries."""

    code = Outcome.timeout


class Unreachable(DriverError):
    """The network reported that the device cannot be reached."""

    code = Outcome.unreachable


class AuthRejected(DriverError):
    """The device refused us: unknown_user, wrong_digest, decryption_error or community."""

    code = Outcome.auth_rejected


class Malformed(DriverError):
    """The device answered, but never with something that can be read."""

    code = Outcome.malformed
