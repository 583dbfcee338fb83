"""What a line test that did not come about says: of the line, of the server, of this box.

A living agent whose line is dead counts as a failed test; a test server that is down, full or
moved must not. The difference is who else answers: hosts outside the school (references) and the
gateway within it. Pure.
"""

from dataclasses import dataclass

from drivers.errors import DriverError
from drivers.readings import LineTestOutcome
from drivers.speedtest import ServerBusy, ServerClosed, ServerFault, ServerRefused


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who answered right after a test failed.

    Args:
        outside: whether any reference answered; None when there is none to ask.
        gateway: whether the gateway answered; None when it is not known, or never answers.
    """

    outside: bool | None = None
    gateway: bool | None = None


def judge(error: DriverError, seen: Witnesses) -> LineTestOutcome:
    """What to make of a test that ended with ``error``.

    * The server turned us away or answered something else: its own affair.
    * Any host outside answers: the line carries traffic, so it is the server.
    * The gateway, which usually answers, does not: this box is cut off within the school.
    * The connection was refused or closed and nobody can contradict: that is an answer, too.
    * Else the line is dead.
    """
    if isinstance(error, ServerBusy):
        return LineTestOutcome.server_busy
    if isinstance(error, ServerFault) or seen.outside:
        return LineTestOutcome.server_fault
    if seen.gateway is False:
        return LineTestOutcome.box_cut_off
    if isinstance(error, (ServerRefused, ServerClosed)) and seen.outside is None:
        return LineTestOutcome.server_fault
    return LineTestOutcome.line_down
