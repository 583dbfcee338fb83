"""Processes that are told to end: how far they have come, and what holds one that does not."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 60.0


def catches(pid: int, sign: signal.Signals) -> bool:
    """Whether a process handles a signal itself, as of now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (sign - 1) & 1)


def has_a_loop(pid: int) -> bool:
    """Whether a process has an event loop."""
    try:
        return any("eventpoll" in str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def wait_until_told_to_the_loop(process: "subprocess.Popen[str]", sign: signal.Signals) -> None:
    """Wait until the event loop of a command hears a signal."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (has_a_loop(process.pid) and catches(process.pid, sign)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def ended(process: "subprocess.Popen[str]", within: float = PATIENCE_SECONDS) -> tuple[int, str]:
    """Exit code and standard error of a process that has been told to end.

    One that does not end in time tells where it is: start it with ``-X faulthandler``.
    """
    try:
        _, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        raise AssertionError(f"still there {within:g} s later:\n{err}") from None
    return process.returncode, err


@contextmanager
def busy(number: int) -> Iterator[None]:
    """So many processes that do nothing but compute."""
    processes = [
        subprocess.Popen([sys.executable, "-c", "import os; os.nice(5)\nwhile True: pass"])
        for _ in range(number)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
