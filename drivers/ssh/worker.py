"""``python -m drivers.ssh.worker``: one task from standard input, its answer to standard output.

A process of its own, because netmiko and ntc-templates would cost the agent 36 MB for good,
because a device that feeds a template rubbish must be stoppable, and because the passwords then
leave memory with the process.
"""

import logging
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from drivers.readings import Neighbour, Outcome, Port
from drivers.ssh.configuration import cleaned, is_whole
from drivers.ssh.facts import identity_of, neighbours_of, ports_of
from drivers.ssh.masking import Masker
from drivers.ssh.platform import FactSource, Platform
from drivers.ssh.rows import Row, is_refusal, rows_of
from drivers.ssh.task import (
    MAX_OUTPUT_CHARACTERS,
    Answer,
    Backup,
    Carry,
    Fault,
    Reply,
    Request,
    Survey,
)

if TYPE_CHECKING:
    from drivers.ssh.session import Session

#: An address space no honest device needs; what floods us ends this process alone.
_MEMORY_BYTES = 1 << 30
_CONFIGURATION_PATIENCE = 4.0
_LONGEST_TRANSCRIPT = 4_000


def carry_out(request: Request) -> Reply:
    """Log in, do the task, log out."""
    try:
        # Only here: the module is netmiko and its 36 MB.
        from drivers.ssh.session import SessionFault, log_in  # noqa: PLC0415
    except ImportError as error:
        return Fault(Outcome.malformed, f"this agent cannot speak SSH: {error.name} is missing")
    session = None
    try:
        session = log_in(request.platform, request.access)
        session.prepare()
        answer = _done(session, request)
        return msgspec.structs.replace(answer, host_key=session.host_key)
    except SessionFault as error:
        typed = session is not None and session.typed
        return msgspec.structs.replace(error.fault, typed=typed)
    except _Unfit as error:
        return Fault(Outcome.malformed, str(error))
    finally:
        if session is not None:
            session.close()


class _Unfit(Exception):
    """What the device printed is not what was asked for: {0}."""


def _done(session: "Session", request: Request) -> Answer:
    task, platform = request.task, request.platform
    if isinstance(task, Backup):
        return Answer(text=_backup(session, platform, Masker(task.masking_key)))
    if isinstance(task, Survey):
        return _survey(session, platform, task)
    return Answer(text=_order(session, task))


def _backup(session: "Session", platform: Platform, masker: Masker) -> str:
    source = platform.configuration
    text = session.ask(source.command, patience=_CONFIGURATION_PATIENCE)
    if len(text) > MAX_OUTPUT_CHARACTERS:
        raise _Unfit(f"configuration: longer than {MAX_OUTPUT_CHARACTERS} characters")
    if is_refusal(text):
        raise _Unfit("configuration: the device refused the command; is the user privileged?")
    text = cleaned(text, source, masker)
    if not is_whole(text, source):
        raise _Unfit("configuration: it broke off before its end")
    return text


def _survey(session: "Session", platform: Platform, task: Survey) -> Answer:
    heard: dict[str, str] = {}

    def rows(command: str, pattern: str | None) -> Sequence[Row]:
        if command not in heard:
            heard[command] = session.ask(command)
        if is_refusal(heard[command]):
            return ()
        return rows_of(platform.templates, command, heard[command], pattern)

    neighbours: tuple[Neighbour, ...] = ()
    for source in platform.neighbours if task.neighbours else ():
        neighbours = neighbours_of(source, rows(source.command, source.pattern))
        if neighbours:
            break  # the sources behind it say the same with less detail
    if not task.identity:
        return Answer(neighbours=neighbours)
    answers: list[tuple[FactSource, Sequence[Row]]] = [
        (source, rows(source.command, source.pattern)) for source in platform.facts
    ]
    if not any(found for _, found in answers):
        raise _Unfit("facts: no command gave anything that can be read")
    ports: tuple[Port, ...] = ()
    if platform.ports is not None:
        ports = ports_of(platform.ports, rows(platform.ports.command, platform.ports.pattern))
    return Answer(
        identity=identity_of(platform, answers, session.prompt), ports=ports, neighbours=neighbours
    )


def _order(session: "Session", task: Carry) -> str:
    from drivers.ssh.session import SessionFault  # noqa: PLC0415  (as above)

    try:
        said = session.order(task.first)
    except SessionFault as error:
        if task.then and not error.fault.refused:
            # Perhaps the device took it and only its answer was lost: do not leave a classroom
            # without power if we can help it.
            with suppress(SessionFault):
                session.order(task.then)
        raise
    if task.then:
        session.pause(task.pause)
        said += session.order(task.then)
    return Masker(task.masking_key).mask(said)[:_LONGEST_TRANSCRIPT]


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
        reply = Fault(Outcome.malformed, "the device sent more than can be held")
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
