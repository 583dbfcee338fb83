"""A loop whose clock jumps: what would wait has waited, so hours take milliseconds, and repeat."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Jumping(selectors.DefaultSelector):
    """Waits for nothing: the time that would have passed has."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout:
            self.now += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def virtually(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it where every sleep is over at once; threads and other processes do not jump along."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)
