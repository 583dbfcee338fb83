"""Starts SSH workers, a few at a time, and ends those that take too long."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

import msgspec

from drivers.readings import Outcome
from drivers.ssh.task import MAX_ANSWER_BYTES, Fault, Reply, Request
from drivers.struct_types import look_into

#: Nothing of our environment is a worker's business; its own settings come with the request.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
_CHUNK = 64 * 1024


class Workers:
    """Runs one task a process.

    Args:
        limit: processes at the same time; each has up to 60 MB while it works.
    """

    def __init__(self, *, limit: int = 2) -> None:
        self._slots = asyncio.Semaphore(limit)

    async def run(self, request: Request, *, seconds: float) -> Reply:
        """One task; a worker that is not done in time is killed, as on cancellation.

        Returns:
            its answer, or a ``Fault`` (``timeout``, with ``typed`` set because nobody knows;
            ``malformed`` when it ended without an answer).
        """
        async with self._slots:
            try:
                process = await _started()
            except OSError as error:
                return Fault(Outcome.malformed, f"no SSH worker can be started: {error.strerror}")
            try:
                async with asyncio.timeout(seconds):
                    body = await _conversation(process, msgspec.msgpack.encode(request))
            except TimeoutError:
                return Fault(Outcome.timeout, f"not done within {seconds:g} s", typed=True)
            finally:
                await _end(process)
        try:
            reply: Reply = msgspec.msgpack.decode(body, type=Reply)
        except msgspec.MsgspecError:
            return Fault(Outcome.malformed, "the SSH worker ended without an answer", typed=True)
        return reply


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",  # no modules from the working directory or the user's environment
        "-m",
        "drivers.ssh.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_ENVIRONMENT,
        start_new_session=True,
    )


async def _conversation(process: asyncio.subprocess.Process, body: bytes) -> bytes:
    """The request in, at most ``MAX_ANSWER_BYTES`` out."""
    if process.stdin is None or process.stdout is None:
        return b""
    with suppress(ConnectionError):  # it died early; its missing answer says so
        process.stdin.write(body)
        await process.stdin.drain()
        process.stdin.close()
    answer = bytearray()
    while len(answer) <= MAX_ANSWER_BYTES and (chunk := await process.stdout.read(_CHUNK)):
        answer += chunk
    return bytes(answer) if len(answer) <= MAX_ANSWER_BYTES else b""


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill it with everything it started, and wait until it is gone."""
    if process.returncode is None:  # else its number may be somebody else's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


look_into(Reply)
