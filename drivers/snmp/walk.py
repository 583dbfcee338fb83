"""Walks several columns side by side, in as few requests as fit the device's replies."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from drivers.base import Oid, Value
from drivers.errors import DriverError
from drivers.snmp.ber import INTEGER, encode_oid
from drivers.snmp.columns import Track, share_out
from drivers.snmp.message import (
    GET_BULK,
    GET_NEXT,
    NO_ERROR,
    NO_SUCH_NAME,
    TOO_BIG,
    V1,
    Pdu,
    encode_null_varbinds,
    status_name,
)
from drivers.snmp.peer import Peer

if TYPE_CHECKING:
    from drivers.snmp.pacing import Turn
    from drivers.snmp.session import Session

#: A column longer than this is cut off: no table we read is, and memory is not for one device.
MOST_ROWS: Final = 32_768
_MOST_REPETITIONS = 127
#: Octets around the variable bindings of a reply; version 3 takes more than a community.
_OVERHEAD = 60
_OVERHEAD_V3 = 160
_A_SCALAR = 40
#: A walk is broken off after this; what came until then is delivered.
_LONGEST_SECONDS = 60.0
#: Attempts a request gets beyond the session's when the walk has already been answered.
_MORE_PATIENCE = 2


class Walk:
    """One walk, from its first request to its last.

    Args:
        scalars: OIDs that end in 0, read with the first request.
    """

    __slots__ = (
        "_group",
        "_onward",
        "_overhead",
        "_peer",
        "_riders",
        "_session",
        "_something_came",
        "_turn",
        "_v1",
        "_width",
        "left_over",
        "requests",
        "scalars",
        "tracks",
    )

    def __init__(
        self,
        session: Session,
        turn: Turn,
        peer: Peer,
        columns: Sequence[Oid],
        scalars: Sequence[Oid],
    ) -> None:
        self._session = session
        self._turn = turn
        self._peer = peer
        self._v1 = session.security.version == V1
        self._overhead = _OVERHEAD if session.security.version <= 1 else _OVERHEAD_V3
        self.tracks = [Track(oid) for oid in columns]
        self.scalars: dict[Oid, Value] = {}
        #: Scalars that could not ride with the walk and want a GET of their own.
        self.left_over: list[Oid] = []
        self._riders = list(scalars)
        self._something_came = False
        #: Requests sent, repetitions apart.
        self.requests = 0
        #: The columns last asked for, and the bindings that ask them on where all go on.
        self._onward: tuple[list[Track], bytes] = ([], b"")
        #: Octets a cell takes, and how many columns one request asks for at most.
        names = [track.name for track in self.tracks]
        self._width = sum(name.width for name in names) / len(names) if names else 1.0
        self._group = len(names)

    async def run(self) -> None:
        """Walk until every column has ended.

        Raises:
            DriverError: nothing came at all.
        """
        live = self.tracks
        if not live:
            self.left_over, self._riders = self._riders, []
        enough = time.monotonic() + _LONGEST_SECONDS
        while live:
            if time.monotonic() > enough:
                for track in live:
                    track.end(f"not read within {_LONGEST_SECONDS:.0f} s")
                break
            fit = self._columns_that_fit()
            group = live if fit >= len(live) else live[:fit]
            self.requests += 1
            try:
                pdu = await self._ask(group)
                self._digest(pdu, group)
            except DriverError as error:
                if not self._something_came:
                    raise
                for track in live:
                    track.end(_fault_of(error))
                return
            self._something_came = True
            if any([track.done for track in group]):  # noqa: C419 (a list is faster here)
                live = [track for track in live if not track.done]
        for track in self.tracks:
            track.name.width = self._width

    def _columns_that_fit(self) -> int:
        room = self._peer.reply_limit - self._overhead
        return max(1, min(self._group, int(room / self._width)))

    # --- asking --------------------------------------------------------------------------

    async def _ask(self, group: list[Track]) -> Pdu:
        riders = len(self._riders)
        before, varbinds = self._onward
        if riders or not varbinds or before != group:
            # GETNEXT of an object without its ".0" finds the object itself.
            keys = [encode_oid(oid[:-1]) for oid in self._riders]
            keys += [track.cursor for track in group]
            varbinds = encode_null_varbinds(keys)
        engine = self._session.engine
        # Alive a moment ago: losing the rest of the table would cost more than patience.
        extra = _MORE_PATIENCE if self._something_came else 0
        if self._v1:
            rest = b"\x02\x01\x00\x02\x01\x00" + varbinds
            return await engine.ask(self._session, self._turn, GET_NEXT, rest, extra=extra)
        limit = self._peer.reply_limit

        def rows_of(attempt: int) -> int:
            room = (limit >> (attempt - 1)) - self._overhead - riders * _A_SCALAR
            rows = int(room / (self._width * len(group)))
            if rows < 1 or (attempt > 1 and attempt >= self._session.attempts):
                return 1
            return min(rows, _MOST_REPETITIONS)

        def sized(attempt: int) -> bytes:
            return bytes((INTEGER, 1, riders, INTEGER, 1, rows_of(attempt))) + varbinds

        pdu = await engine.ask(self._session, self._turn, GET_BULK, sized(1), sized, extra=extra)
        asked = riders + rows_of(pdu.attempts) * len(group)
        if pdu.attempts == 1 or len(pdu.keys) > asked:
            # More than the last attempt asked for: the first one was answered, only late.
            self._peer.answered_at_once()
        else:
            self._peer.answered_when_smaller(limit >> (pdu.attempts - 1))
        return pdu

    # --- what came -----------------------------------------------------------------------

    def _digest(self, pdu: Pdu, group: list[Track]) -> None:
        if pdu.error_status != NO_ERROR:
            self._digest_error(pdu, group)
            return
        riders = len(self._riders)
        if len(pdu.keys) <= riders:
            if not riders:
                for track in group:
                    track.end("empty reply")
                return
            # No room for a single row beside the scalars.
            self.left_over, self._riders = self._riders, []
            return
        if riders:
            self._take_riders(pdu)
        self._width = pdu.size / len(pdu.keys)
        self._onward = (group, share_out(pdu, riders, group))
        for track in group:
            if track.rows > MOST_ROWS and not track.done:
                track.end(f"more than {MOST_ROWS} rows")

    def _take_riders(self, pdu: Pdu) -> None:
        for at, oid in enumerate(self._riders):
            value = pdu.values[at]  # None stands for all that ABSENT names
            if value is not None and pdu.keys[at] == encode_oid(oid):
                self.scalars[oid] = value
        self._riders = []

    def _digest_error(self, pdu: Pdu, group: list[Track]) -> None:
        """Honour error-status and error-index: only what is blamed ends."""
        status = pdu.error_status
        if not self._something_came:
            self._session.refuse(status)
        if status == TOO_BIG:
            self._ask_for_less(group)
            return
        riders = len(self._riders)
        at = pdu.error_index - 1
        fault = "" if status == NO_SUCH_NAME else status_name(status)
        if 0 <= at < riders:
            del self._riders[at]
        elif riders <= at < riders + len(group):
            group[at - riders].end(fault)
        elif len(group) > 1:
            self._group = 1  # nobody in particular is blamed: one by one will tell
        else:
            group[0].end(fault)

    def _ask_for_less(self, group: list[Track]) -> None:
        limit = self._peer.reply_limit
        one_row = self._overhead + self._width * len(group)
        if self._riders:
            self.left_over, self._riders = self._riders, []
        elif not self._v1 and limit // 2 >= one_row:
            self._peer.too_big(limit // 2)
        elif len(group) > 1:
            self._group = len(group) // 2
        else:
            group[0].end(status_name(TOO_BIG))


def _fault_of(error: DriverError) -> str:
    return f"{error.code}: {error.detail}" if error.detail else str(error.code)
