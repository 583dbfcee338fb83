"""What one bandwidth test found, whichever tool measured it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from drivers.errors import Malformed, NoAnswer, Unreachable


@dataclass(frozen=True, slots=True)
class Flow:
    """One direction of a test.

    Args:
        bits_per_second: goodput of the window; None when the server would not take part, which
            says nothing of the line.
        counted_bytes: payload carried within the window.
        seconds: length of the window.
        all_bytes: payload carried in all, warm-up included; what the test itself put on the line.
        fault: why the direction broke off or did not come about.
    """

    bits_per_second: float | None
    counted_bytes: int = 0
    seconds: float = 0.0
    all_bytes: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SpeedResult:
    """What one test measured.

    Args:
        server: the address tested against, as given.
        method: ``librespeed`` or ``iperf3``.
        streams: connections at the same time.
        download: towards the school.
        upload: from the school.
        latency_seconds: median round trip before the load; None when it could not be measured.
        jitter_seconds: mean difference of neighbouring round trips.
    """

    server: str
    method: str
    streams: int
    download: Flow
    upload: Flow
    latency_seconds: float | None = None
    jitter_seconds: float | None = None

    @property
    def fault(self) -> str:
        """What broke off, by direction; empty when nothing did."""
        flows = (("download", self.download), ("upload", self.upload))
        return "; ".join(f"{name}: {flow.fault}" for name, flow in flows if flow.fault)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a test is: ``direction`` is ``latency``, ``download`` or ``upload``.

    Args:
        seconds: into the direction.
        bits_per_second: goodput so far; 0.0 within the warm-up.
    """

    direction: str
    seconds: float
    bits_per_second: float


Watch: TypeAlias = Callable[[Progress], None]


class ServerFault(Malformed):
    """The test server answered, but would not or could not make a test; not the line's fault."""


class ServerBusy(ServerFault):
    """The test server has no room for another test just now.

    Args:
        after: seconds after which it asked to be tried again.
    """

    def __init__(self, detail: str, after: float) -> None:
        super().__init__(detail)
        self.after = after


class ServerRefused(Unreachable):
    """The connection was refused: something came back, though no server listens there."""


class ServerClosed(NoAnswer):
    """The connection came about and was closed before an answer."""


class ServerUnknown(Unreachable):
    """The server's name could not be resolved."""
