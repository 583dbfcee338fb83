"""PJLink: changed answers of a projector on a line that needs no network."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

from drivers import pjlink
from drivers.errors import DriverError
from tools.fuzz import mutate

_ANSWERS = {
    "%1POWR": "1",
    "%1CLSS": "2",
    "%1ERST": "000000",
    "%1LAMP": "1200 1 30 0",
    "%1INPT": "31",
    "%2FILT": "300",
    "%1NAME": "hall",
    "%1INF1": "MAKER",
    "%1INF2": "P-100",
    "%1INFO": "",
    "%2SNUM": "SN-0042",
    "%2SVER": "1.02",
    "%2RLMP": "LMP-1",
    "%2RFIL": "FLT-1",
}
_GREETINGS = (b"PJLINK 0\r", b"PJLINK 1 498e4a67\r", b"PJLINK ERRA\r")
_GREATEST, _MOST_FAULTS = 1e6, 30


class _Writer:
    """The device's end: answers what is written, into the reader."""

    def __init__(self, reader: asyncio.StreamReader, chance: Random) -> None:
        self._reader, self._chance = reader, chance
        self.answers = 0
        greeting = chance.choice(_GREETINGS)
        self._feed(greeting)

    def write(self, data: bytes) -> None:
        question = data.decode()[-9:-3]
        chance = self._chance
        value = _ANSWERS.get(question, "ERR1")
        if chance.random() < 0.1:
            value = f"ERR{chance.randrange(6)}"
        self._feed(f"{question}={value}\r".encode())

    def _feed(self, line: bytes) -> None:
        chance = self._chance
        self.answers += 1
        if chance.random() < 0.25:
            line = mutate.octets(line, chance)
        self._reader.feed_data(line)
        if b"\r" not in line:
            # Waiting for the rest is the clock's business; here the device hangs up.
            self._reader.feed_eof()

    def close(self) -> None:
        """There is no socket."""

    async def wait_closed(self) -> None:
        """There is no socket."""


class Answers:
    """Whole readings of a projector; each line it says is an input."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()

    def step(self, chance: Random) -> int:
        return self._loop.run_until_complete(self._step(chance))

    async def _step(self, chance: Random) -> int:
        writers = []

        async def connect(*_: object) -> tuple[asyncio.StreamReader, Any]:
            reader = asyncio.StreamReader(limit=512)
            writers.append(_Writer(reader, chance))
            return reader, writers[-1]

        replaced: Any = pjlink
        replaced._connect = connect
        await asyncio.gather(*(self._read() for _ in range(40)))
        return sum(writer.answers for writer in writers)

    async def _read(self) -> None:
        try:
            found = await pjlink.read_projector("127.0.0.1", 4352, "secret", timeout=0.02)
        except DriverError as error:
            self.outcomes[error.code.value] += 1
            return
        assert len(found.faults) < _MOST_FAULTS
        for block in found.blocks:
            for values in block.columns.values():
                assert all(value is None or 0 <= value <= _GREATEST for value in values)
        self.outcomes["read"] += 1

    def close(self) -> None:
        self._loop.close()
