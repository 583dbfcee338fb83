"""The plan: fetched with its revision as ETag, kept on disk, worked from when nobody answers.

The file holds device credentials: sealed with the key of the box, mode 600, replaced whole.
"""

import logging
from http import HTTPStatus
from pathlib import Path

import httpx
import msgspec

from agent.centre.fetching import patience
from agent.centre.keys import told_revoked
from agent.centre.private_files import write_private
from agent.centre.sealing import Sealer, Unsealable
from drivers.plan import PLAN_CONTENT_TYPE, Plan

log = logging.getLogger(__name__)

_FILE = "plan.sealed"
#: Where the plan was kept in the clear, once.
_CLEAR_FILE = "plan.msgpack"
PLAN_FILES = (_FILE, _CLEAR_FILE)
_PURPOSE = "plan"
#: A thousand devices with SNMPv3 credentials are about 200 kB.
_MAX_BYTES = 32 << 20

#: What a proxy answers that has lost its patience.
_CUT = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})


class PlanRefused(Exception):
    """The controller does not give this box a plan, whoever it was that said so."""


class Revoked(Exception):
    """The controller has shut this box out."""


class PlanUnavailable(Exception):
    """No plan came: {0}."""


class PlanCut(PlanUnavailable):
    """The connection died while the controller held the question; that is what proxies do."""


class PlanCache:
    """The latest plan, in memory and on disk.

    Args:
        agent: id of this box; a plan made for another one is never followed.
        sealer: keeps the plan's passwords to this box.
    """

    def __init__(self, state_dir: Path, *, agent: str, sealer: Sealer) -> None:
        self._path = state_dir / _FILE
        self._clear_path = state_dir / _CLEAR_FILE
        self._agent = agent
        self._sealer = sealer
        self._plan: Plan | None = None

    @property
    def plan(self) -> Plan | None:
        return self._plan

    def load(self) -> Plan | None:
        """Read the plan kept from before; an unreadable or foreign one is left alone."""
        try:
            self._plan = self._decoded(self._kept())
        except FileNotFoundError:
            return None
        except (PlanUnavailable, Unsealable, OSError) as error:
            log.warning("the kept plan cannot be used (%s); waiting for the controller's", error)
        return self._plan

    def _kept(self) -> bytes:
        if self._clear_path.exists():
            content = self._clear_path.read_bytes()
            self._keep(content)
            self._clear_path.unlink()
            return content
        return self._sealer.open(_PURPOSE, self._path.read_bytes())

    def _keep(self, content: bytes) -> None:
        write_private(self._path, self._sealer.seal(_PURPOSE, content))

    async def refresh(self, client: httpx.AsyncClient, wait: float = 0.0) -> bool:
        """Ask for the plan, giving the controller ``wait`` seconds; true when it changed.

        Raises:
            Revoked: this box was shut out, and it was the controller that said so.
            PlanRefused: this box is not let in.
            PlanCut: the connection died while the controller held the question.
            PlanUnavailable: no connection, or an answer that is no plan; the old one stays.
        """
        response = await self._asked(client, wait)
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            return False
        if told_revoked(response):
            raise Revoked
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise PlanRefused(f"status {response.status_code}")
        if wait and response.status_code in _CUT:
            raise PlanCut(f"status {response.status_code}")
        if response.status_code != HTTPStatus.OK:
            raise PlanUnavailable(f"status {response.status_code}")
        plan = self._decoded(response.content)
        if self._plan is not None and plan.revision == self._plan.revision:
            return False
        self._plan = plan
        try:
            self._keep(response.content)
        except OSError as error:
            log.warning("the plan is followed but cannot be kept (%s)", error)
        return True

    async def _asked(self, client: httpx.AsyncClient, wait: float) -> httpx.Response:
        headers = {"Accept": PLAN_CONTENT_TYPE}
        if self._plan is not None:
            headers["If-None-Match"] = f'"{self._plan.revision}"'
        try:
            return await client.get(
                "/api/agent/v1/plan",
                headers=headers,
                params={"wait": f"{wait:g}"} if wait else None,
                timeout=patience(client, wait),
            )
        except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError) as error:
            kind = PlanCut if wait else PlanUnavailable
            raise kind(f"{type(error).__name__}: {error}") from None
        except httpx.HTTPError as error:
            raise PlanUnavailable(f"{type(error).__name__}: {error}") from None

    def _decoded(self, content: bytes) -> Plan:
        if len(content) > _MAX_BYTES:
            raise PlanUnavailable(f"a plan of {len(content)} bytes is too large")
        try:
            plan = msgspec.msgpack.decode(content, type=Plan)
        except msgspec.MsgspecError as error:
            raise PlanUnavailable(f"not a plan: {error}") from None
        if plan.agent != self._agent:
            raise PlanUnavailable(f"it is made for {plan.agent}, this box is {self._agent}")
        return plan
