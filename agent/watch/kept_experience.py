"""What was learned of devices (timeout, size of replies, slow tables), kept over a restart.

Without it every restart would ask a hundred old switches for more than they can answer again.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from agent.centre.private_files import write_private
from agent.watch.device import SnmpDevice
from agent.watch.learned import Learned

log = logging.getLogger(__name__)

_FILE = "learned.msgpack"
_VERSION = 1


class _Kept(msgspec.Struct, array_like=True):
    version: int
    #: Each by itself, so that one that cannot be read costs no other.
    devices: dict[str, bytes]


class KeptExperience:
    """What earlier runs learned, by device id.

    Args:
        state_dir: where it is kept.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / _FILE
        self._devices: dict[str, bytes] = {}

    def restore(self) -> int:
        """Read what was kept; returns for how many devices. Unreadable is as good as nothing."""
        try:
            kept = msgspec.msgpack.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return 0
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("what was learned of devices is unreadable (%s): learned anew", error)
            return 0
        if kept.version == _VERSION:
            self._devices = kept.devices
        return len(self._devices)

    def of(self, id_: str) -> Learned | None:
        """What is known of a device; None when nothing is, or it cannot be read."""
        state = self._devices.get(id_)
        if state is None:
            return None
        try:
            return _decoder.decode(state)
        except msgspec.MsgspecError:
            return None

    def keep(self, devices: Mapping[str, object], disk: ThreadPoolExecutor) -> None:
        """Write down what is known of these devices, off the event loop, and forget all others."""
        self._devices = {
            id_: _encoder.encode(learned)
            for id_, device in devices.items()
            if isinstance(device, SnmpDevice) and (learned := device.learned) is not None
        }
        disk.submit(self._write, _encoder.encode(_Kept(_VERSION, self._devices)))

    def _write(self, content: bytes) -> None:
        try:
            write_private(self._path, content)
        except OSError as error:
            log.warning("what was learned of devices cannot be kept: %s", error)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Learned)
