"""Runs one kind of input many times in this process: finds crashes, hangs and memory that grows."""

import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Protocol

#: Clock seconds one step may take; the machine may be busy with other things.
HANG_SECONDS = 120.0
#: Resident memory may grow by so much between a fifth of the way and the end.
MOST_GROWTH_BYTES = 96 << 20
_WARM_UP = 0.2


class Hang(Exception):
    """A step took longer than it may."""


class Grew(Exception):
    """Memory grew as if something were kept of every input."""


class Target(Protocol):
    """What is fed, and what it counted."""

    outcomes: Counter[str]

    def step(self, chance: Random) -> int:
        """Make inputs out of chance, feed them, check what came of them; how many there were.

        Raises:
            Exception: anything that the documentation of what is fed does not name.
        """
        ...

    def close(self) -> None:
        """Let go of processes and sockets."""
        ...


@dataclass(frozen=True, slots=True)
class Failure(Exception):
    """A step that went wrong, so that it can be run again: ``--only STEP``."""

    kind: str
    seed: int
    step: int

    def __str__(self) -> str:
        return f"python -m tools.fuzz {self.kind} --seed {self.seed} --only {self.step}"


@dataclass(slots=True)
class Run:
    """What came of one kind.

    Args:
        inputs: mutated inputs fed.
        seconds: of the clock.
        slowest: seconds of the slowest step.
        grown: bytes of resident memory between a fifth of the way and the end.
        peak: greatest resident memory in bytes.
        outcomes: what the target counted.
    """

    kind: str
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    grown: int = 0
    peak: int = 0
    outcomes: Mapping[str, int] = field(default_factory=Counter)


def run(kind: str, target: Target, inputs: int, seed: int, only: int | None = None) -> Run:
    """Feed a target until it had so many inputs.

    Raises:
        Failure: its cause is what went wrong.
        Grew: memory is not bounded.
    """
    done = Run(kind)
    began = time.monotonic()
    settled: int | None = None
    step = 0 if only is None else only
    while done.inputs < inputs:
        before = time.monotonic()
        try:
            with _watched():
                done.inputs += target.step(Random(f"{seed}/{kind}/{step}"))
        except Exception as error:
            raise Failure(kind, seed, step) from error
        done.slowest = max(done.slowest, time.monotonic() - before)
        if only is not None:
            break
        step += 1
        if settled is None and done.inputs >= inputs * _WARM_UP:
            settled = _memory("VmRSS")
    done.seconds = time.monotonic() - began
    done.peak = _memory("VmHWM")
    done.grown = _memory("VmRSS") - (settled or _memory("VmRSS"))
    if done.grown > MOST_GROWTH_BYTES:
        raise Grew(f"{kind}: {done.grown >> 20} MB after {done.inputs} inputs")
    return done


@contextmanager
def _watched() -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hang(f"longer than {HANG_SECONDS} s")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _memory(word: str) -> int:
    """Of ``/proc/self/status``, in bytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(word):
            return int(line.split()[1]) << 10
    return 0
