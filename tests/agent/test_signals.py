"""SIGINT and SIGTERM at every moment of a process: real processes, told to end."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

SIGNS = (signal.SIGINT, signal.SIGTERM)


def python(code: str, *signs: signal.Signals, pause: float = 0.0) -> tuple[int, str, str]:
    """Run a program; each time it says ``ready`` the next signal is sent."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        # Whoever runs the tests in the background has them ignore SIGINT, and they pass it on.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout is not None
    for sign in signs:
        while process.stdout.readline().strip() != "ready":
            pass
        time.sleep(pause)
        process.send_signal(sign)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


_LOSING = """
import gc, weakref
class Thing: pass
def callback(_):
    # Whatever is raised here is printed and lost, as in callbacks of the import system.
    print("ready", flush=True)
    # A signal between the words of Python and a long sleep would not cut it short.
    for _ in range(3_000):
        time.sleep(0.01)
thing = Thing()
seen = weakref.ref(thing, callback)
"""


def test_an_interrupt_before_the_work_ends_the_process_though_python_would_lose_it() -> None:
    code = (
        "import time; from agent.signals import interrupt_ends_at_once\n"
        f"interrupt_ends_at_once()\n{_LOSING}\ndel thing\nprint('went on', flush=True)"
    )
    assert python(code, signal.SIGINT) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_service_told_to_end_before_its_work_has_ended_well(sign: signal.Signals) -> None:
    code = (
        "import time; from agent.signals import told_to_end_is_well\n"
        f"told_to_end_is_well()\n{_LOSING}\ndel thing\nprint('went on', flush=True)"
    )
    assert python(code, sign) == (0, "", "")


def test_an_interrupt_cancels_the_work_and_a_second_one_ends_at_once() -> None:
    code = """
import asyncio
from agent.signals import interrupt_ends_at_once, run
interrupt_ends_at_once()
async def work():
    print("ready", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        print("put down", flush=True)
        if STUBBORN:
            print("ready", flush=True)
            await asyncio.sleep(60)
try:
    run(work())
except KeyboardInterrupt:
    print("interrupted")
"""
    once = python(code.replace("STUBBORN", "False"), signal.SIGINT)
    assert once == (0, "put down\ninterrupted\n", "")
    twice = python(code.replace("STUBBORN", "True"), signal.SIGINT, signal.SIGINT)
    assert (twice[0], twice[2]) == (-signal.SIGINT, "")


def test_work_that_ends_by_itself_is_as_with_asyncio() -> None:
    code = """
import signal
from agent.signals import run
async def work(fail):
    if fail:
        raise OSError("no such thing")
    return 42
print(run(work(False)), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
try:
    run(work(True))
except OSError as error:
    print(error)
"""
    assert python(code) == (0, "42 True\nno such thing\n", "")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_signal_that_comes_while_one_program_becomes_another_is_not_lost(
    sign: signal.Signals,
) -> None:
    code = f"""
import os, signal, sys
from agent.signals import hold
hold()
os.kill(os.getpid(), {int(sign)})
os.execv(sys.executable, [sys.executable, "-c", '''
from agent.signals import Ending
ending = Ending()
ending.listen()
print(ending.wanted)
'''])
"""
    assert python(code) == (0, "True\n", "")


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("sign", SIGNS)
def test_an_ending_is_told_to_the_loop_also_when_it_came_before(
    sign: signal.Signals, early: bool
) -> None:
    code = f"""
import asyncio, os
from agent.signals import Ending
ending = Ending()
ending.listen()
def kill():
    os.kill(os.getpid(), {int(sign)})
async def main():
    stop = asyncio.Event()
    ending.tell(asyncio.get_running_loop(), stop.set)
    if not {early}:
        assert not stop.is_set()
        kill()
    async with asyncio.timeout(30):
        await stop.wait()
if {early}:
    kill()
asyncio.run(main())
print("in order")
"""
    assert python(code) == (0, "in order\n", "")
