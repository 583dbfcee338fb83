"""The three tasks a worker can do, on a command line that a recording can stand in for."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from drivers.readings import Neighbour, Outcome, Port
from drivers.ssh.configuration import cleaned, is_whole
from drivers.ssh.facts import identity_of, neighbours_of, ports_of
from drivers.ssh.masking import Masker
from drivers.ssh.platform import FactSource, Platform
from drivers.ssh.rows import Row, is_refusal, rows_of
from drivers.ssh.task import MAX_OUTPUT_CHARACTERS, Answer, Backup, Carry, Fault, Survey, Task

_CONFIGURATION_PATIENCE = 4.0
_LONGEST_TRANSCRIPT = 4_000


class TaskFault(Exception):
    """A task ended as ``fault`` says."""

    def __init__(self, code: Outcome, detail: str, *, refused: bool = False) -> None:
        super().__init__(detail)
        self.fault = Fault(code, detail, refused=refused)


class CommandLine(Protocol):
    """A device that has let us in; every method raises ``TaskFault`` and nothing else."""

    @property
    def prompt(self) -> str:
        """The device's name as its prompt shows it."""
        ...

    def ask(self, command: str, *, patience: float = 1.0) -> str:
        """What the device prints for a command; ``patience`` stretches the time limit."""
        ...

    def order(self, lines: tuple[str, ...]) -> str:
        """Type the lines of an order; stops at the first one the device refuses."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait between the parts of an order."""
        ...


def work(line: CommandLine, platform: Platform, task: Task) -> Answer:
    """Do a task.

    Raises:
        TaskFault: what the session raises; ``malformed`` when what the device printed is not
            what was asked for.
    """
    if isinstance(task, Backup):
        return Answer(text=_backup(line, platform, Masker(task.masking_key)))
    if isinstance(task, Survey):
        return _survey(line, platform, task)
    return Answer(text=_carry(line, task))


def _unfit(detail: str) -> TaskFault:
    return TaskFault(Outcome.malformed, detail)


def _backup(line: CommandLine, platform: Platform, masker: Masker) -> str:
    source = platform.configuration
    text = line.ask(source.command, patience=_CONFIGURATION_PATIENCE)
    if len(text) > MAX_OUTPUT_CHARACTERS:
        raise _unfit(f"configuration: longer than {MAX_OUTPUT_CHARACTERS} characters")
    if is_refusal(text):
        raise _unfit("configuration: the device refused the command; is the user privileged?")
    text = cleaned(text, source, masker)
    if not is_whole(text, source):
        raise _unfit("configuration: it broke off before its end")
    return text


def _survey(line: CommandLine, platform: Platform, task: Survey) -> Answer:
    heard: dict[str, str] = {}

    def rows(command: str, pattern: str | None) -> Sequence[Row]:
        if command not in heard:
            heard[command] = line.ask(command)
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
        raise _unfit("facts: no command gave anything that can be read")
    ports: tuple[Port, ...] = ()
    if platform.ports is not None:
        ports = ports_of(platform.ports, rows(platform.ports.command, platform.ports.pattern))
    return Answer(
        identity=identity_of(platform, answers, line.prompt), ports=ports, neighbours=neighbours
    )


def _carry(line: CommandLine, task: Carry) -> str:
    try:
        said = line.order(task.first)
    except TaskFault as error:
        if task.then and not error.fault.refused:
            # Perhaps the device took it and only its answer was lost: do not leave a classroom
            # without power if we can help it.
            with suppress(TaskFault):
                line.order(task.then)
        raise
    if task.then:
        line.pause(task.pause)
        try:
            said += line.order(task.then)
        except TaskFault as error:
            # Half of it is done, so this is no mere refusal.
            detail = f"{error.fault.detail}; the port may be without power"
            error.fault = msgspec.structs.replace(error.fault, detail=detail, refused=False)
            raise
    return Masker(task.masking_key).mask(said)[:_LONGEST_TRANSCRIPT]
