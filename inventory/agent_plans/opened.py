"""Accesses of credentials, each opened once while a plan is made.

A secret that cannot be read costs only what it opens, and is told in the log: one credential
sealed with a lost key must not blind a whole county.
"""

import logging
from collections.abc import Iterable, Mapping

from inventory.errors import SecretUnreadable
from inventory.repositories.plans import SealedAccess
from inventory.secrets import ACCESS_OF, Access, SecretBox

_log = logging.getLogger(__name__)


class Opened:
    """What credentials open, by their ids. Gone with the plan it was opened for."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._accesses: dict[str, Access | None] = {}

    def __repr__(self) -> str:
        return "Opened(…)"

    def of(self, credentials: Iterable[SealedAccess]) -> Mapping[str, Access]:
        """Those of them that can be read, in their order."""
        found = {one.id: self._access(one) for one in credentials}
        return {key: access for key, access in found.items() if access is not None}

    def text(self, sealed: str | None) -> str | None:
        """A sealed text.

        Raises:
            SecretUnreadable: sealed with another key, or damaged.
        """
        return self._box.open(sealed) if sealed else None

    def _access(self, credential: SealedAccess) -> Access | None:
        if credential.id not in self._accesses:
            try:
                kind = ACCESS_OF[credential.kind]
                access = self._box.open_access(credential.secret, kind)
            except SecretUnreadable as error:
                _log.error("credential %s: %s", credential.id, error)
                access = None
            self._accesses[credential.id] = access
        return self._accesses[credential.id]
