"""When what happens: the power cut of one switch, and its end."""

from dataclasses import dataclass, field

from controller.demo.tempo import Tempo


@dataclass(slots=True)
class Story:
    """Tells what is due; the clock is passed in.

    Args:
        tempo: how long everything takes.
    """

    tempo: Tempo
    _healthy_at: float | None = field(default=None, init=False)
    _cut_at: float | None = field(default=None, init=False)
    _is_over: bool = field(default=False, init=False)

    def healthy(self, now: float) -> None:
        """The first device is healthy: the story begins."""
        if self._healthy_at is None:
            self._healthy_at = now

    def due(self, now: float) -> str | None:
        """``cut`` or ``restore`` when it is time for it, each once."""
        if self._is_over or self._healthy_at is None:
            return None
        if self._cut_at is None:
            if now - self._healthy_at < self.tempo.quiet:
                return None
            self._cut_at = now
            return "cut"
        if now - self._cut_at < self.tempo.outage:
            return None
        self._is_over = True
        return "restore"
