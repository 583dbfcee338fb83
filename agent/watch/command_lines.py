"""Devices of the plan on their command line, with what the box keeps for it."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.errors import Malformed
from drivers.plan import Plan, Target
from drivers.readings import Facts
from drivers.ssh.host_keys import FirstUse, KnownHosts, masking_key
from drivers.ssh.workers import Workers

if TYPE_CHECKING:
    from drivers.ssh.device import SshDevice

log = logging.getLogger(__name__)

KNOWN_HOSTS_FILE = "known_hosts"
_MASKING_KEY_FILE = "masking_key"
#: Processes at the same moment; each takes up to 60 MB while it works.
_WORKERS = 2
#: Of them for facts; whoever gives an order shall not wait for those.
_SURVEYS = 1


class NoCommandLine(Exception):
    """The plan gives no way to log in to the device: {0}."""


class CommandLines:
    """Makes a device's command line of its target.

    Args:
        state_dir: where host keys are pinned and the masking key is kept.
        definitions: folder whose ``ssh`` holds platforms of the administrator's own.
        first_use: what to do with a device whose host key nobody has seen.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        definitions: Path | None,
        first_use: FirstUse,
        clock: Callable[[], float],
    ) -> None:
        self._state_dir = state_dir
        self._folder = None if definitions is None else definitions / "ssh"
        self._first_use = first_use
        self._clock = clock
        self._known_hosts = KnownHosts(state_dir / KNOWN_HOSTS_FILE)
        self._workers = Workers(limit=_WORKERS)
        self._surveys = asyncio.Semaphore(_SURVEYS)
        self._targets: dict[str, Target] = {}

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those that can be logged in to."""
        return tuple(self._targets.values())

    def follow(self, plan: Plan) -> None:
        """Learn who can be logged in to, and how."""
        self._targets = {t.id: t for t in plan.targets if t.ssh is not None and t.address}

    def target(self, id_: str) -> Target | None:
        """The target of this id, if it can be logged in to."""
        return self._targets.get(id_)

    def device(self, id_: str) -> "SshDevice":
        """A device's command line.

        Raises:
            NoCommandLine: the plan has no access for it, the platform is unknown, or the state
                directory cannot be used.
        """
        target = self._targets.get(id_)
        if target is None:
            raise NoCommandLine("the plan has no access to its command line")
        return self._device(target)

    async def survey(self, target: Target) -> Facts:
        """Facts of a device, in its turn: a few are read at the same time.

        Raises:
            DriverError: as ``SshDevice.facts``; ``Malformed``, too, where ``device`` would raise.
        """
        try:
            device = self._device(target)
        except NoCommandLine as error:
            raise Malformed(str(error)) from None
        async with self._surveys:
            return await device.facts()

    def _device(self, target: Target) -> "SshDevice":
        # Loaded where the plan has a way to log in: 1 MB.
        from drivers.ssh.device import SshDevice, SshTarget  # noqa: PLC0415
        from drivers.ssh.platform import PlatformError, platforms_with  # noqa: PLC0415

        access = target.ssh
        if access is None:
            raise NoCommandLine("the plan has no access to its command line")
        try:
            platform = platforms_with(self._folder).get(access.platform)
            key = masking_key(self._state_dir / _MASKING_KEY_FILE)
        except (PlatformError, OSError) as error:
            raise NoCommandLine(str(error)) from None
        if platform is None:
            raise NoCommandLine(f"no platform is named {access.platform!r}")
        return SshDevice(
            target=SshTarget(
                id=target.id,
                address=target.address or "",
                user=access.user,
                password=access.password,
                enable=access.enable,
                private_key=access.private_key,
                port=access.port,
                protected_ports=frozenset(access.protected_ports),
            ),
            platform=platform,
            workers=self._workers,
            known_hosts=self._known_hosts,
            first_use=self._first_use,
            masking_key=key,
            clock=lambda: int(self._clock() * 1000),
        )
