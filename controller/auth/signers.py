"""Whose keys agents sign with: asked of the register once, then kept while news of it come in."""

import time
from collections.abc import Callable
from threading import Lock

from inventory.database import SessionFactory, read_only
from inventory.repositories.agents import AgentRepository, Signer
from inventory.scope import Scope

#: After so long without a look for news, nothing kept is believed.
_DEAF_SECONDS = 5.0
#: Asked again after so long, whatever was heard.
_KEPT_SECONDS = 300.0
#: Three times the agents of a city.
_ROOM = 6_000


class Signers:
    """Agents by the fingerprint of their key. Thread-safe.

    Every request of every agent asks this, thrice a minute and agent. What is kept is forgotten as
    soon as this process changes a key or shuts an agent out, and when the look for news, once a
    second, finds that another process has. Only who may come in is kept.

    Args:
        sessions: the register.
        clock: seconds that only grow.
    """

    def __init__(
        self, sessions: SessionFactory, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, tuple[Signer, float]] = {}
        #: Grows with whatever was forgotten: an answer asked for before is not kept.
        self._news = 0
        self._heard_at = float("-inf")

    def of(self, fingerprint: str) -> Signer | None:
        """Who signs with a key; ``None``: nobody. Blocking."""
        now = self._clock()
        with self._lock:
            hears = now - self._heard_at < _DEAF_SECONDS
            found, until = self._known.get(fingerprint, (None, 0.0))
            news = self._news
        if found is not None and hears and now < until:
            return found
        with read_only(self._sessions) as session:
            signer = AgentRepository(session, Scope.everything()).signer(fingerprint)
        if signer is not None and signer.revoked_at is None and signer.first_used_at is not None:
            self._keep(fingerprint, signer, now + _KEPT_SECONDS, news)
        return signer

    def forget(self) -> None:
        """Ask anew: something about agents may have changed."""
        with self._lock:
            self._news += 1
            self._known.clear()

    def heard(self, *, of_agents: bool) -> None:
        """A look for news has come back.

        Args:
            of_agents: whether it found any about agents.
        """
        if of_agents:
            self.forget()
        self._heard_at = self._clock()

    def _keep(self, fingerprint: str, signer: Signer, until: float, news: int) -> None:
        with self._lock:
            if news != self._news:
                return
            if len(self._known) >= _ROOM:
                self._known.clear()
            self._known[fingerprint] = signer, until
