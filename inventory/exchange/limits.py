"""How much of a file is taken."""

from dataclasses import dataclass

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file.

    Args:
        file_bytes: as it was sent.
        unpacked_bytes: of all parts of a workbook together.
        ratio: how many times its packed size a part may have, beyond the first megabyte.
        parts: files in a workbook.
        rows: numbers of lines, empty ones included.
        columns: of any row.
        cell: characters of any cell.
        memory_bytes: address space of the process that reads a workbook.
        cpu_seconds: of that process.
        silent_seconds: how long it may say nothing.
    """

    file_bytes: int = 20 * MEGABYTE
    unpacked_bytes: int = 300 * MEGABYTE
    ratio: int = 200
    parts: int = 1_000
    rows: int = 100_000
    columns: int = 200
    cell: int = 4_000
    memory_bytes: int = 1024 * MEGABYTE
    cpu_seconds: int = 60
    silent_seconds: float = 120.0


LIMITS = Limits()
