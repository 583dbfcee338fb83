"""Which commands were begun and what came of them, over restarts and power cuts.

Written before a command begins and after it has ended, each time to the disk: a command that
comes again is answered from here and not done twice.
"""

import logging
from pathlib import Path

import msgspec

from agent.centre.private_files import write_private
from drivers.readings import CommandResult

log = logging.getLogger(__name__)

_FILE = "commands.msgpack"
_VERSION = 1
#: The controller asks again for minutes, not for days.
_KEPT_ENTRIES = 300


class Entry(msgspec.Struct, frozen=True):
    """One command; without a result it was begun and has not ended."""

    kind: str
    result: CommandResult | None = None


class _Kept(msgspec.Struct):
    version: int
    entries: dict[str, Entry]


class Journal:
    """The journal of one box; small, and replaced whole.

    Args:
        state_dir: where it is kept.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / _FILE
        self._entries: dict[str, Entry] = {}

    def load(self) -> None:
        """Read what was kept. An unreadable journal is set aside, and begun anew."""
        try:
            kept = msgspec.msgpack.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            log.error("the journal of commands is unreadable (%s) and begun anew", error)
            return
        self._entries = kept.entries if kept.version == _VERSION else {}

    def get(self, command: str) -> Entry | None:
        """What is known of a command; None when it never came."""
        return self._entries.get(command)

    def unfinished(self) -> dict[str, Entry]:
        """Commands that were begun and have not ended."""
        return {key: entry for key, entry in self._entries.items() if entry.result is None}

    def begin(self, command: str, kind: str) -> None:
        """Note that a command is about to be done; blocks for the disk.

        Raises:
            OSError: the disk takes nothing; then the command must not be done.
        """
        self._entries[command] = Entry(kind)
        try:
            self._write()
        except OSError:
            del self._entries[command]
            raise

    def end(self, command: str, kind: str, result: CommandResult) -> None:
        """Note what came of it, its file left out; blocks for the disk.

        Raises:
            OSError: the disk takes nothing; this run remembers it all the same.
        """
        without_file = msgspec.structs.replace(result, attachment=b"")
        self._entries[command] = Entry(kind, without_file)
        self._write()

    def _write(self) -> None:
        while len(self._entries) > _KEPT_ENTRIES:
            self._entries.pop(next(iter(self._entries)))
        write_private(self._path, msgspec.msgpack.encode(_Kept(_VERSION, self._entries)))
