"""The last raw counters, kept over a restart so that the first poll after it yields rates."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from agent.centre.private_files import write_private
from drivers.snmp.counters import RateKeeper

log = logging.getLogger(__name__)

_FILE = "counters.msgpack"
_VERSION = 1


class _Kept(msgspec.Struct, array_like=True):
    version: int
    counters: dict[str, bytes]


def restore(state_dir: Path, rates: RateKeeper) -> int:
    """Take back what was kept; returns for how many devices. Unreadable is as good as nothing."""
    try:
        kept = msgspec.msgpack.decode((state_dir / _FILE).read_bytes(), type=_Kept)
    except FileNotFoundError:
        return 0
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("the kept counters are unreadable (%s): rates begin anew", error)
        return 0
    if kept.version != _VERSION:
        return 0
    return sum(rates.restore(key, state) for key, state in kept.counters.items())


def keep(state_dir: Path, rates: RateKeeper, disk: ThreadPoolExecutor) -> None:
    """Write the counters down, off the event loop; a full disk costs one gap after a restart."""
    known = rates.keys()
    exported = {key: state for key in known if (state := rates.export(key)) is not None}
    disk.submit(_write, state_dir, exported)


def _write(state_dir: Path, exported: dict[str, bytes]) -> None:
    try:
        write_private(state_dir / _FILE, msgspec.msgpack.encode(_Kept(_VERSION, exported)))
    except OSError as error:
        log.warning("the counters cannot be kept: %s", error)
