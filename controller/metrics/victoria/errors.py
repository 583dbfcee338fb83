"""What can go wrong between the controller and its metric server.

* ``ServerUnavailable`` 503: cannot be reached, or does not take anything now
* ``JournalFull`` 503: the metric server has been away for too long
* ``RequestRefused``: it will never take this very request
"""

from controller.errors import Unavailable

#: Seconds after which an agent, or a person, may try again.
_AFTER = 5
_AFTER_FULL = 30


class ServerUnavailable(Unavailable):
    """The metric server does not answer, or not as it should. ``reason`` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(after=_AFTER)
        self.reason = reason

    def __str__(self) -> str:
        return f"the metric server: {self.reason}"


class JournalFull(Unavailable):
    """The journal holds as many bytes as it may; the metric server has to catch up first."""

    def __init__(self, limit: int) -> None:
        super().__init__(after=_AFTER_FULL)
        self.limit = limit

    def __str__(self) -> str:
        return f"the journal of metrics is full: more than {self.limit} bytes wait"


class RequestRefused(RuntimeError):
    """The metric server calls a request wrong; sending it again changes nothing."""
