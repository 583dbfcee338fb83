"""How long a device takes to answer, and so how long one attempt waits: RFC 6298.

The estimate is a device's own. A retry keeps its request id, so the answer to a request that
was sent twice says nothing about time (Karn's algorithm): such answers are no samples, and the
timer stays as long as it was made until an answer comes at once again.
"""

import math

#: RFC 6298 section 2: weights of a new sample, and how many variations a timer allows for.
_ALPHA, _BETA, _K = 1 / 8, 1 / 4, 4
#: No timer is shorter: a small CPU that answers within a millisecond is busy at times. RFC 6298
#: says one second; a request sent twice costs us less than a stream that stands still.
_LEAST_SECONDS = 0.5
#: No timer is longer than so many times what was configured for a device nobody knows.
_LONGEST_FACTOR = 4.0
_MOST_DOUBLINGS = 6
#: What can be kept and read back; beyond it a number is damage.
_LONGEST_SECONDS = 300.0


class RoundTrip:
    """The smoothed round trip to one device and the timer made of it, in seconds."""

    __slots__ = ("_doublings", "smoothed", "variation")

    def __init__(self) -> None:
        #: 0 until there was a sample.
        self.smoothed = 0.0
        self.variation = 0.0
        self._doublings = 0

    @property
    def known(self) -> bool:
        """Whether the device ever answered at once."""
        return self.smoothed > 0

    def sample(self, seconds: float) -> None:
        """A request was answered that had been sent once."""
        self._doublings = 0
        seconds = max(seconds, 1e-6)
        if not self.smoothed:
            self.smoothed, self.variation = seconds, seconds / 2
            return
        self.variation += _BETA * (abs(self.smoothed - seconds) - self.variation)
        self.smoothed += _ALPHA * (seconds - self.smoothed)

    def expired(self) -> None:
        """No answer in time: the next timer is twice as long."""
        self._doublings = min(self._doublings + 1, _MOST_DOUBLINGS)

    def forgive(self) -> None:
        """The device is gone or new: what was doubled for it is not doubled any more."""
        self._doublings = 0

    def timer(self, configured: float) -> float:
        """Seconds the next attempt waits.

        Args:
            configured: what to allow a device nobody knows; a known one gets at least half a
                second (or this, if that is less), at most four times this.
        """
        if not self.smoothed:
            return configured
        first = self.smoothed + _K * self.variation
        first = min(max(first, min(_LEAST_SECONDS, configured)), _LONGEST_FACTOR * configured)
        return min(first * 2.0**self._doublings, max(first, configured))

    def resume(self, smoothed: float, variation: float) -> None:
        """Take up an estimate from before; numbers that cannot be one are ignored."""
        sane = all(math.isfinite(n) and 0 <= n <= _LONGEST_SECONDS for n in (smoothed, variation))
        if sane and smoothed:
            self.smoothed, self.variation, self._doublings = smoothed, variation, 0
