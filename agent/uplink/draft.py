"""What is gathered for the next batch, on disk before the batch is.

A batch takes up to ten seconds to fill; a process that is killed meanwhile would take its polls
along. So each poll is appended to a small file at once, one file a batch, without waiting for the
disk: what the kernel has survives the end of a process, though not a power cut. The file goes when
its batch is in the spool; the spool notes its number in the same transaction, so that a kill
between the two puts nothing into the spool twice.

A file is a row of records, each the length in 4 bytes and a MessagePack of one poll or report. A
record that was cut off ends its file.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agent.uplink.spool import Spool, SpoolFull
from drivers.readings import MAX_BATCH_BYTES, Poll, Report

log = logging.getLogger(__name__)

_LENGTH = 4
_PATTERN = "draft-*.msgpack"


class _Record(msgspec.Struct, array_like=True, frozen=True):
    """One of the two."""

    poll: Poll | None = None
    report: Report | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Record)


@dataclass(frozen=True, slots=True)
class Left:
    """A draft that an earlier process left, and its number."""

    number: int
    polls: tuple[Poll, ...]
    reports: tuple[Report, ...]


class Draft:
    """Files of what is gathered, in the state directory. Not thread-safe but for ``forget``.

    A disk that takes nothing costs this safety and nothing else.

    Args:
        folder: the state directory.
        after: number of the newest draft the spool knows; those up to it are in the spool.
    """

    def __init__(self, folder: Path, *, after: int = 0) -> None:
        self._folder = folder
        self._after = after
        self._number = max([after, *(number for number, _ in self._files())]) + 1
        self._file: int | None = None
        self._broken = False

    def left_over(self) -> Iterator[Left]:
        """What earlier processes gathered and did not spool, oldest first; read before ``add``."""
        for number, path in self._files():
            if number >= self._number:
                return
            if number > self._after:
                polls, reports = _read(path)
                yield Left(number, polls, reports)
            path.unlink(missing_ok=True)

    def add(self, poll: Poll | None = None, report: Report | None = None) -> None:
        """Write one down; never raises for the disk."""
        if self._broken:
            return
        body = _encoder.encode(_Record(poll, report))
        record = len(body).to_bytes(_LENGTH, "big") + body
        try:
            if self._file is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                self._file = os.open(self._path(self._number), flags, 0o600)
            self._broken = os.write(self._file, record) < len(record)
        except OSError as error:
            self._broken = True
            log.debug("nothing is drafted: %s", error)

    def cut(self) -> int:
        """What follows belongs to the next batch. Returns the number of the draft that ends."""
        if self._file is not None:
            os.close(self._file)
        self._file, self._broken = None, False
        self._number += 1
        return self._number - 1

    def forget(self, number: int) -> None:
        """The batch is in the spool, or in the memory of a box without a disk."""
        try:
            self._path(number).unlink(missing_ok=True)
        except OSError as error:
            log.debug("draft %d stays: %s", number, error)

    def _path(self, number: int) -> Path:
        return self._folder / f"draft-{number:012}.msgpack"

    def _files(self) -> list[tuple[int, Path]]:
        found = []
        for path in self._folder.glob(_PATTERN):
            text = path.stem.removeprefix("draft-")
            if text.isascii() and text.isdecimal():
                found.append((int(text), path))
        return sorted(found)


def draft_beside(spool: Spool, folder: Path) -> Draft:
    """The draft of what ``spool`` will hold, in the state directory ``folder``."""
    try:
        after = spool.last_draft()
    except SpoolFull:
        after = 0  # the spool itself has said what is the matter
    return Draft(folder, after=after)


def _read(path: Path) -> tuple[tuple[Poll, ...], tuple[Report, ...]]:
    """What a draft holds, as far as it can be read."""
    polls: list[Poll] = []
    reports: list[Report] = []
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BATCH_BYTES)
    except OSError as error:
        log.warning("%s cannot be read: %s", path.name, error)
        return (), ()
    start = 0
    while start < len(raw):
        end = start + _LENGTH + int.from_bytes(raw[start : start + _LENGTH], "big")
        try:
            if end > len(raw):
                break  # the process ended within this record
            record = _decoder.decode(raw[start + _LENGTH : end])
        except msgspec.MsgspecError as error:
            log.warning("%s is damaged: %s", path.name, error)
            break
        if record.poll is not None:
            polls.append(record.poll)
        if record.report is not None:
            reports.append(record.report)
        start = end
    return tuple(polls), tuple(reports)
