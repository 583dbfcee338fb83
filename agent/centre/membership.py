"""The box as a member of its fleet: whose it is, what it signs with, whom it believes, and its end.

Keys are changed by the box itself: the next key is on disk before the controller hears of it, the
present one stays good until the next one was used, and one replaced file is the whole change. A
kill at any moment leaves a box that is let in.
"""

import logging
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import httpx
import msgspec

from agent.centre.authorities import announced, mind_the_clock, succeeding, trust, trust_elsewhere
from agent.centre.enrolment import Enrolment, store
from agent.centre.keys import JOINING, NEXT, SignedRequests, on_its_way, proof_of_next
from agent.centre.places import ENROLMENT_FILE
from agent.centre.plan_cache import PLAN_FILES
from agent.centre.sealing import BOX_KEY_FILE, Sealer
from agent.settings import AgentSettings
from drivers.signatures import AGENT_API

log = logging.getLogger(__name__)

_DAY = 86_400.0
#: Authorities are announced weeks ahead.
_ASK_AUTHORITIES_SECONDS = 3_600.0


class Membership:
    """What an enrolled box has of its own.

    Args:
        settings: say how often the key is changed, and whom to trust instead of the pinned.
        enrolment: as it is kept.
        sealer: opens the key.
        ticks: seconds that only grow.

    Raises:
        Unsealable: the key was sealed by another box.
        OSError: the operator's certificate authority cannot be read.
    """

    def __init__(
        self,
        settings: AgentSettings,
        enrolment: Enrolment,
        sealer: Sealer,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._ticks = ticks
        self._ask_again_at = -math.inf
        self.enrolment = enrolment
        self.sealer = sealer
        self.auth = SignedRequests(enrolment.identity(sealer))
        pinned = enrolment.authorities
        self.tls = trust(settings.ca_file, pinned)
        self.tls_elsewhere = trust_elsewhere(settings.ca_file, pinned)

    def mind_the_clock(self, now: float) -> None:
        """Check the dates of certificates if, and only if, the box can know the date."""
        if self._settings.ca_file is None:
            mind_the_clock(self.tls, self.enrolment.authorities, now)

    async def keep_up(self, client: httpx.AsyncClient, *, now: float) -> None:
        """Do what is due after the controller has let this box in: authorities, then the key.

        What cannot be done now is logged and tried again the next time.
        """
        self.mind_the_clock(now)
        try:
            await self._follow_authorities(client)
            await self._change_key(client, now)
        except (OSError, httpx.HTTPError) as error:
            log.warning("neither key nor authorities were changed (%s)", error)

    def leave(self) -> None:
        """Forget everything the centre entrusted to this box; what was read stays in the spool."""
        forget(self._settings.state_dir)

    async def _follow_authorities(self, client: httpx.AsyncClient) -> None:
        pinned = self.enrolment.authorities
        if not pinned or self._settings.ca_file is not None or self._ticks() < self._ask_again_at:
            return
        told = await announced(client)
        following = await succeeding(self.enrolment.controller_url, pinned, told)
        self._ask_again_at = self._ticks() + _ASK_AUTHORITIES_SECONDS
        if following is None:
            return
        self._keep(msgspec.structs.replace(self.enrolment, authorities=following))
        log.info("the controller's authorities have changed; they are followed")
        for context in (self.tls, self.tls_elsewhere):
            if not isinstance(context, bool):
                # One that is let go stays in this process's memory until it ends.
                context.load_verify_locations(cadata=following)

    async def _change_key(self, client: httpx.AsyncClient, now: float) -> None:
        folder = self._settings.state_dir
        begun = (folder / NEXT).exists()
        age = now - self.enrolment.key_made_at
        if not begun and age < self._settings.key_days * _DAY:
            return
        following = on_its_way(folder, NEXT, self.sealer)
        present = self.auth.identity
        if following != present:
            target = f"{AGENT_API}/key"
            proof = proof_of_next(present, following, target=target)
            response = await client.put(
                target, json={"public_key": following.public, "proof": proof}
            )
            if response.status_code != HTTPStatus.OK:
                log.warning("the controller does not take a new key: %d", response.status_code)
                return
            self._keep(self.enrolment.with_identity(following, self.sealer, now=now))
            self.auth.identity = following
            log.info("this box signs with a new key now: %s", following.fingerprint)
        (folder / NEXT).unlink(missing_ok=True)

    def _keep(self, enrolment: Enrolment) -> None:
        store(self._settings.state_dir, enrolment)
        self.enrolment = enrolment


def forget(state_dir: Path) -> None:
    """Remove plan, keys and enrolment from the disk.

    The key of the box goes first: what flash memory keeps of the sealed files is unreadable then.
    """
    for name in (BOX_KEY_FILE, ENROLMENT_FILE, *PLAN_FILES, JOINING, NEXT):
        path = state_dir / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("%s cannot be removed: %s", path, error)
