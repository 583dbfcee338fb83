"""The manifest: which files are the store. Replacing it is the commit of all housekeeping."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from controller.metrics.periods import Kind

_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Segment:
    """A file that is never written to again, by series and time (every other one backwards).

    Args:
        name: of the file, without its ending.
        kind: samples, or roll-ups.
        start: beginning of the period it belongs to.
        end: end of that period.
        first: its oldest time.
        last: its newest time.
        rows: in it.
        tests: of a month of samples that was rolled up; only those of tests are left.
    """

    name: str
    kind: Kind
    start: int
    end: int
    first: int
    last: int
    rows: int
    tests: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a store at one moment.

    Args:
        following: number of the next file to be made.
        arrivals: files of readings as they came, oldest first; the last one is written to.
        register: file of series and ledger of what is in no arrival any more.
        hourly_from: hours are kept from here on; before, there are days.
        segments: the sorted files, in no order.
    """

    following: int = 1
    arrivals: tuple[str, ...] = ()
    register: str | None = None
    hourly_from: int = -(1 << 62)
    segments: tuple[Segment, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Of all files."""
        register = () if self.register is None else (self.register,)
        return frozenset((*self.arrivals, *register, *(one.name for one in self.segments)))

    def overlapping(self, kind: Kind, start: int, end: int) -> list[Segment]:
        """Segments that hold something in ``[start, end)``."""
        return [
            one
            for one in self.segments
            if one.kind == kind and one.first < end and one.last >= start
        ]


def read_manifest(directory: Path) -> Manifest | None:
    """The manifest of a directory, or ``None`` where there never was one.

    Raises:
        msgspec.ValidationError: somebody else's file.
    """
    try:
        text = (directory / _NAME).read_bytes()
    except FileNotFoundError:
        return None
    return _MANIFESTS.decode(text)


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Replace the manifest: after a power cut either the old or the new one is there."""
    aside = directory / f"{_NAME}.tmp"
    with aside.open("wb") as file:
        file.write(msgspec.json.encode(manifest))
        file.flush()
        os.fsync(file.fileno())
    aside.rename(directory / _NAME)
    sync(directory)


def sync(path: Path) -> None:
    """Have a file, or the names in a directory, outlive a power cut."""
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


# Made before there are threads; see inventory.standards.documents.
_MANIFESTS = msgspec.json.Decoder(Manifest)
