"""Batches that will never fit are kept for a while, so that somebody can see why."""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

logger = logging.getLogger(__name__)


class Quarantine:
    """A directory of refused batches, each with its reason; the oldest go first.

    Args:
        directory: made when the first batch comes.
        max_files: batches kept.
        max_bytes: their size together.
        clock: nanoseconds since the epoch; names sort by it.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_files: int,
        max_bytes: int,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.directory = directory
        self.max_files = max_files
        self.max_bytes = max_bytes
        self._clock = clock
        self._lock = Lock()

    def keep(self, body: bytes, *, agent: str, reason: str, detail: str) -> None:
        """Keep a batch and why it was refused. A full disk costs the copy, not the answer."""
        if self.max_files == 0 or len(body) > self.max_bytes:
            return
        name = f"{self._clock():020d}-{agent}"
        why = {"agent": agent, "reason": reason, "detail": detail, "bytes": len(body)}
        with self._lock:
            try:
                self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                (self.directory / f"{name}.batch").write_bytes(body)
                (self.directory / f"{name}.json").write_text(json.dumps(why))
                self._trim()
            except OSError:
                logger.exception("a refused batch could not be quarantined")

    def kept(self) -> list[Path]:
        """Batches kept, oldest first."""
        return sorted(self.directory.glob("*.batch")) if self.directory.is_dir() else []

    def _trim(self) -> None:
        files = self.kept()
        sizes = [file.stat().st_size for file in files]
        total = sum(sizes)
        surplus = len(files) - self.max_files
        for number, (file, size) in enumerate(zip(files, sizes, strict=True)):
            if number >= surplus and total <= self.max_bytes:
                return
            file.unlink(missing_ok=True)
            file.with_suffix(".json").unlink(missing_ok=True)
            total -= size
