"""What discovery remembers from one look to the next: which access works where, and which does not.

Kept in the state directory with mode 600. It holds no secrets: an access is named by a hash, which
changes with its contents, so that a corrected secret is tried at once.
"""

import logging
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from agent.centre.private_files import write_private
from drivers.plan import SnmpAccess

log = logging.getLogger(__name__)

Value = TypeVar("Value")

_FILE = "discovery.msgpack"
_MAX_BYTES = 16 << 20
#: An access that a device refused is offered to it again after so long.
FORGIVEN_SECONDS = 7 * 86_400.0
#: More devices than this are not remembered; the oldest go first.
MOST_REMEMBERED = 20_000


def digest_of(access: SnmpAccess) -> str:
    """A short name of an access, another one for other contents."""
    return sha256(msgspec.msgpack.encode(access)).hexdigest()[:16]


class _Kept(msgspec.Struct, omit_defaults=True):
    """The file. Places are ``address port``."""

    worked: dict[str, str] = {}
    refused: dict[str, dict[str, float]] = {}
    aliases: dict[str, str] = {}
    looked_at: dict[str, float] = {}


class Memory:
    """The file and what it holds.

    Args:
        state_dir: where it lies; without one nothing outlives the process.
        clock: seconds since the epoch.
    """

    def __init__(
        self, state_dir: Path | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = None if state_dir is None else state_dir / _FILE
        self._clock = clock
        self._kept = self._loaded()

    def worked(self, address: str, port: int) -> str | None:
        """The digest of the access that worked last."""
        return self._kept.worked.get(_place(address, port))

    def note_worked(self, address: str, port: int, digest: str) -> None:
        """Note that a device let us in; that is the access tried first from now on."""
        place = _place(address, port)
        _put(self._kept.worked, place, digest)
        self._kept.refused.get(place, {}).pop(digest, None)

    def is_refused(self, address: str, port: int, digest: str) -> bool:
        """Whether a device turned this access down not long ago."""
        at = self._kept.refused.get(_place(address, port), {}).get(digest)
        return at is not None and 0 <= self._clock() - at < FORGIVEN_SECONDS

    def note_refused(self, address: str, port: int, digest: str) -> None:
        """Note that a device turned an access down; it is left in peace with it."""
        place = _place(address, port)
        if place not in self._kept.refused:
            _put(self._kept.refused, place, {})
        self._kept.refused[place][digest] = self._clock()
        if self._kept.worked.get(place) == digest:
            del self._kept.worked[place]

    def alias(self, address: str) -> str | None:
        """The address under which the device behind this one was told of before."""
        return self._kept.aliases.get(address)

    def note_alias(self, address: str, primary: str) -> None:
        """Note that a device with several addresses is told of under this one."""
        _put(self._kept.aliases, address, primary)

    def looked_at(self, school: str) -> float | None:
        """When a school was looked through to the end, seconds since the epoch."""
        at = self._kept.looked_at.get(school)
        # A clock that was set back must not put the next look off for ever.
        return at if at is not None and at <= self._clock() else None

    def note_look(self, school: str) -> None:
        """Note the end of a look."""
        self._kept.looked_at[school] = self._clock()

    def encoded(self) -> bytes:
        """The file as it should be now."""
        return msgspec.msgpack.encode(self._kept)

    def write(self, content: bytes) -> None:
        """Write the file, which may wait for the disk; a full one costs the memory, not the run."""
        if self._path is None:
            return
        try:
            write_private(self._path, content)
        except OSError as error:
            log.warning("what discovery learned cannot be kept (%s)", error)

    def _loaded(self) -> _Kept:
        if self._path is None:
            return _Kept()
        try:
            if self._path.stat().st_size > _MAX_BYTES:
                raise ValueError("too large")
            return msgspec.msgpack.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return _Kept()
        except (OSError, ValueError) as error:
            log.warning("what discovery learned before cannot be read (%s); it begins anew", error)
            return _Kept()


def _place(address: str, port: int) -> str:
    return f"{address} {port}"


def _put(kept: dict[str, Value], key: str, value: Value) -> None:
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > MOST_REMEMBERED:
        del kept[next(iter(kept))]
