"""``python -m drivers.ssh.worker``: one task from standard input, its answer to standard output.

A process of its own, because netmiko and ntc-templates would cost the agent 36 MB for good,
because a device that feeds a template rubbish must be stoppable, and because the passwords then
leave memory with the process.
"""

import logging
import os
import resource
import sys
from typing import BinaryIO

import msgspec

from drivers.readings import Outcome
from drivers.ssh.task import Fault, HostKey, Reply, Request
from drivers.ssh.work import TaskFault, work

#: An address space no honest device needs; what floods us ends this process alone.
_MEMORY_BYTES = 1 << 30


def carry_out(request: Request) -> Reply:
    """Log in, do the task, log out."""
    try:
        # Only here: the module is netmiko and its 36 MB.
        from drivers.ssh.session import log_in  # noqa: PLC0415
    except ImportError as error:
        return Fault(Outcome.malformed, f"this agent cannot speak SSH: {error.name} is missing")
    session = None
    key: HostKey | None = None
    try:
        session = log_in(request.platform, request.access)
        key = session.host_key
        session.prepare()
        answer = work(session, request.platform, request.task)
        return msgspec.structs.replace(answer, host_key=key)
    except TaskFault as error:
        typed = session is not None and session.typed
        return msgspec.structs.replace(error.fault, typed=typed, host_key=key)
    finally:
        if session is not None:
            session.close()


def main(requests: BinaryIO, answers: BinaryIO) -> int:
    """One request in, one reply out; 2 when the request cannot be read."""
    logging.disable(logging.CRITICAL)  # paramiko logs what devices say
    try:
        request = msgspec.msgpack.decode(requests.read(), type=Request)
    except msgspec.MsgspecError:
        return 2
    try:
        reply = carry_out(request)
    except MemoryError:
        reply = Fault(Outcome.malformed, "the device sent more than can be held", typed=True)
    answers.write(msgspec.msgpack.encode(reply))
    answers.flush()
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the passwords
    # What a library prints must not get into the answer: our pipe moves, descriptor 1 is stderr.
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)
        code = main(sys.stdin.buffer, pipe)
    # paramiko's threads may outlive their session; nothing here is worth waiting for.
    os._exit(code)
