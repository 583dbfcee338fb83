"""A workbook's bytes as rows, read by a process of its own."""

import select
import struct
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, TypeAlias

import msgspec

from inventory.exchange.errors import (
    CellTooLong,
    FileRefused,
    FilesWaiting,
    FileTooDense,
    FileTooHeavy,
    FileTooLarge,
    FileUnreadable,
    TooManyColumns,
    TooManyRows,
)
from inventory.exchange.limits import MEGABYTE, Limits
from inventory.exchange.xlsx.frames import HEAD, LONGEST, Frame, Line, Lines, Refusal, Refused

#: Processes at a time: each may take as much memory as ``Limits`` say.
_AT_ONCE = 3
_PATIENCE_SECONDS = 60.0
_turns = BoundedSemaphore(_AT_ONCE)
_decoder = msgspec.msgpack.Decoder(Frame)
#: Nothing of ours: no secrets, no proxies, no paths.
_ENVIRONMENT = {"LANG": "C.UTF-8"}
#: How Python ends after an exception nobody caught: a panic of the library is one.
_PANICKED = 1


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell without a value to take: ``#REF!``, or a formula that was never calculated."""

    shown: str


Value: TypeAlias = str | int | float | bool | datetime | BrokenCell | None


def xlsx_rows(content: bytes, limits: Limits) -> Generator[tuple[int, Sequence[Value]], None, None]:
    """Rows of the first visible sheet with their numbers, empty ones left out.

    Empty cells are ``None``. Whoever does not read to the end closes this iterator.

    Raises:
        FileRefused: damaged, protected, or beyond the limits.
    """
    if not _turns.acquire(timeout=_PATIENCE_SECONDS):
        raise FilesWaiting
    try:
        with TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            process = _started(file, limits)
        try:
            yield from _told(process, limits)
        finally:
            process.kill()
            process.communicate()
    finally:
        _turns.release()


def _started(file: IO[bytes], limits: Limits) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [
            sys.executable,
            "-I",  # no modules from the working directory or the user's environment
            "-m",
            "inventory.exchange.xlsx.worker",
            msgspec.json.encode(limits).decode(),
        ],
        stdin=file,
        stdout=subprocess.PIPE,
        bufsize=0,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )


def _told(
    process: subprocess.Popen[bytes], limits: Limits
) -> Iterator[tuple[int, Sequence[Value]]]:
    while (body := _frame(process, limits.silent_seconds)) is not None:
        try:
            frame = _decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise FileUnreadable from error
        if isinstance(frame, Refused):
            raise _error(frame, limits)
        if not isinstance(frame, Lines):
            return
        for line in frame.lines:
            yield line.number, _cells(line)
    # It has ended without a word: it was ended by a limit, or broke.
    if process.wait() == _PANICKED:
        raise FileUnreadable
    raise FileTooHeavy


def _frame(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """The next frame; ``None`` when no whole one comes any more, or not in time."""
    head = _exactly(process, HEAD, seconds)
    if len(head) < HEAD:
        return None
    length = struct.unpack(">I", head)[0]
    body = _exactly(process, length, seconds) if length <= LONGEST else b""
    return body if len(body) == length else None


def _exactly(process: subprocess.Popen[bytes], length: int, seconds: float) -> bytes:
    """So many bytes; fewer when there are no more, or when it is silent for so long."""
    pipe = process.stdout
    if pipe is None:
        return b""
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    parts = bytearray()
    while len(parts) < length:
        if not waiting.poll(seconds * 1_000):
            process.kill()
            break
        part = pipe.read(length - len(parts))
        if not part:
            break
        parts += part
    return bytes(parts)


def _cells(line: Line) -> Sequence[Value]:
    if not line.days and not line.broken:
        return line.cells
    cells: list[Value] = list(line.cells)
    for index, text in line.days.items():
        cells[index] = datetime.fromisoformat(text)
    for index, text in line.broken.items():
        cells[index] = BrokenCell(text)
    return cells


def _error(frame: Refused, limits: Limits) -> FileRefused:
    errors: Mapping[Refusal, FileRefused] = {
        Refusal.unreadable: FileUnreadable(),
        Refusal.dense: FileTooDense(),
        Refusal.large: FileTooLarge(limit=limits.unpacked_bytes // MEGABYTE),
        Refusal.heavy: FileTooHeavy(),
        Refusal.rows: TooManyRows(limit=limits.rows),
        Refusal.columns: TooManyColumns(line=frame.line, limit=limits.columns),
        Refusal.cell: CellTooLong(line=frame.line, limit=limits.cell),
    }
    return errors[frame.why]
