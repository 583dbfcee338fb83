"""SNMP: datagrams at the codec, datagrams under a whole read, and recordings."""

import asyncio
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from agent.documents import as_json
from agent.polling import read_document
from drivers.base import Column, Oid, SnmpSession, Value
from drivers.definitions import builtin_definitions
from drivers.errors import NoAnswer
from drivers.plan import SnmpAccess
from drivers.readings import Outcome, PollDocument
from drivers.recording import Recording, read_recording
from drivers.simulate.mib import MibTree
from drivers.snmp import engine as engine_module
from drivers.snmp.ber import END_OF_MIB_VIEW, NO_SUCH_INSTANCE, BerError
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.message import (
    GET,
    GET_BULK,
    RESPONSE,
    V1,
    V2C,
    Request,
    VarBind,
    build_response,
    decode_message,
    decode_varbinds,
    encode_message,
    encode_pdu,
    encode_varbinds,
    open_message,
    parse_request,
    peek_version,
)
from drivers.snmp.pacing import AdaptiveGate
from drivers.snmp.security import (
    Authority,
    UserSecurity,
    discovery,
    open_envelope,
)
from drivers.snmp.transport import Address
from drivers.snmp.usm import DecryptionFailed, user_of
from tools.fuzz import mutate

FAMILIES = Path(__file__).parents[2] / "tests/drivers/recordings"
SHARED = Path(__file__).parents[3] / "shared/recordings"
#: Recordings larger than this are left to the replay tests; mutating them is mostly copying.
_LARGEST = 60_000
_TAGS = (2, 4, 6, 64, 65, 66, 67, 68, 70)
_LONGEST_PART = 300
Cells = Mapping[Oid, tuple[int, Value]]


def seeds() -> list[tuple[str, Cells]]:
    """Name of the family (``auto`` for foreign ones) and cells of each recording."""
    paths = [(path.parent.name, path) for path in sorted(FAMILIES.glob("*/*.snmprec"))]
    foreign = sorted((SHARED / "snmprec").glob("*.snmprec"))
    paths += [("auto", path) for path in foreign if path.stat().st_size < _LARGEST]
    found: list[tuple[str, Cells]] = []
    for name, path in paths:
        recording = read_recording(path)
        found.append((name, {oid: recording.cell(oid) for oid in recording.oids()}))
    return found


def check(document: PollDocument) -> None:
    """What holds of a poll document whatever the device says."""
    assert document.outcome in Outcome
    readings = json.loads(as_json(document))["readings"]
    assert all(math.isfinite(reading["value"]) for reading in readings)
    assert all(len(reading["part"]) < _LONGEST_PART for reading in readings)


class Codec:
    """Raw datagrams: all that reads one may raise ``BerError`` alone."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        secured = SnmpAccess(
            version="3", user="u", auth="SHA-256:secret 1", priv="AES-128:secret 2"
        )
        self._users = [
            UserSecurity(user_of(access), Authority(b"\x80\0\0\0\1abcdef", 3, 100, 0.0))
            for access in (secured, SnmpAccess(version="3", user="u"))
        ]
        self._bindings = []
        for _, cells in seeds():
            flat = [(oid, tag, value) for oid, (tag, value) in cells.items()]
            for at in range(0, min(len(flat), 120), 30):
                self._bindings.append(encode_varbinds(flat[at : at + 30]))

    def step(self, chance: Random) -> int:
        bindings = chance.choice(self._bindings)
        for _ in range(10):
            if chance.random() < 0.5:
                data = mutate.octets(self._whole(bindings, chance), chance)
            else:
                # What is signed is believed, so nonsense inside a good envelope matters most.
                data = self._whole(mutate.octets(bindings, chance), chance)
            for read in (self._manager, parse_request, decode_message, self._version_3):
                try:
                    read(data)
                    self.outcomes["read"] += 1
                except (BerError, DecryptionFailed):
                    self.outcomes["refused"] += 1
        return 10

    def close(self) -> None:
        """Nothing is open."""

    def _whole(self, bindings: bytes, chance: Random) -> bytes:
        match chance.randrange(8):
            case 0:
                return discovery(7)
            case 1 | 2:
                rest = b"\x02\x01\x00\x02\x01\x00" + bindings
                return chance.choice(self._users).seal(0x40000001, RESPONSE, rest, 0.0)
        kind = chance.choice((RESPONSE, RESPONSE, RESPONSE, GET, GET_BULK))
        pdu = encode_pdu(kind, 0x40000001, 0, 0, bindings)
        return encode_message(chance.choice((V1, V2C)), b"public", pdu)

    def _manager(self, data: bytes) -> None:
        _, pdu, first, last = open_message(data)
        decode_varbinds(data, first, last, pdu)
        pdu.varbinds()

    def _version_3(self, data: bytes) -> None:
        _, start, end = peek_version(data)
        envelope = open_envelope(data, start, end)
        for user in self._users:
            user.open(data, envelope, 0.0)


def _answer(tree: MibTree, request: Request) -> bytes:
    found: list[VarBind] = []
    if request.pdu_type == GET:
        for oid in request.oids:
            cell = tree.get(oid, 0.0)
            found.append((oid, *cell) if cell else (oid, NO_SUCH_INSTANCE, None))
        return build_response(request, found)
    row = list(request.oids)
    for _ in range(min(8, request.max_repetitions or 1)):
        for at, oid in enumerate(row):
            following = tree.after(oid)
            cell = tree.get(following, 0.0) if following else None
            if following is None or cell is None:
                found.append((oid, END_OF_MIB_VIEW, None))
            else:
                found.append((following, *cell))
                row[at] = following
    return build_response(request, found)


class _Wire:
    """In place of the sockets: a device that answers in mutated datagrams."""

    def __init__(self, engine: SnmpEngine, chance: Random) -> None:
        self._engine, self._chance = engine, chance
        self.trees: dict[Address, MibTree] = {}
        self.datagrams = 0

    def send(self, _family: int, datagram: bytes, address: Address) -> bool:
        whole = _answer(self.trees[address], parse_request(datagram))
        roll = self._chance.random()
        if roll < 0.3:
            whole = mutate.octets(whole, self._chance)
        came = [(whole, address)] * (1 if roll < 0.9 else 3)
        if roll > 0.98:
            came = []
        self.datagrams += len(came)
        asyncio.get_running_loop().call_soon(self._engine._on_datagrams, came)
        return True

    def catch_up(self) -> None:
        """Nothing waits in a socket."""

    def close(self) -> None:
        """There is no socket."""


class Engine:
    """Mutated datagrams under whole reads of many devices at once; each answer is an input."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._seeds = seeds()
        self._trees = [MibTree(cells.items()) for _, cells in self._seeds]
        # Silence is waited for: make it short.
        replaced: Any = engine_module
        replaced._TICK = 0.005

    def step(self, chance: Random) -> int:
        return asyncio.run(self._step(chance))

    async def _step(self, chance: Random) -> int:
        engine = SnmpEngine()
        wire = _Wire(engine, chance)
        replaced: Any = engine
        replaced._transport = wire
        replaced._living = AdaptiveGate(1_000)
        sessions = []
        for number in range(60):
            address = (f"10.0.0.{number}", 161)
            wire.trees[address] = chance.choice(self._trees)
            access = SnmpAccess(version=chance.choice(("1", "2c")))
            sessions.append(engine.session(*address, access, timeout=0.01, retries=1))
        definitions = builtin_definitions()
        reads = (read_document(one, None, definitions=definitions) for one in sessions)
        for document in await asyncio.gather(*reads):
            check(document)
            self.outcomes[document.outcome.value] += 1
        assert engine.in_flight == 0
        self.outcomes["garbage"] += engine.tally.garbage
        await engine.__aexit__(None, None, None)
        return wire.datagrams

    def close(self) -> None:
        """Nothing is open."""


class Breaking:
    """A session that now and then answers nothing, or breaks a walk off."""

    def __init__(self, session: SnmpSession, chance: Random) -> None:
        self._session, self._chance = session, chance

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        self._perhaps_silent()
        return await self._session.get(oids)

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        self._perhaps_silent()
        walked, found = await self._session.walk(columns, scalars=scalars)
        for column in walked:
            if self._chance.random() < 0.05:
                column.fault = "genErr"
                column.cells = dict(list(column.cells.items())[: self._chance.randrange(3)])
        return walked, found

    def _perhaps_silent(self) -> None:
        if self._chance.random() < 0.04:
            raise NoAnswer("no answer")


def mutated(cells: Cells, chance: Random) -> Recording:
    """The same device after firmware that got everything a little wrong."""
    changed: dict[Oid, tuple[int, Value]] = {}
    rate = chance.choice((0.02, 0.2, 0.7))
    for oid, cell in cells.items():
        if chance.random() >= rate:
            changed[oid] = cell
            continue
        match chance.randrange(7):
            case 0:
                continue
            case 1:
                changed[oid[:-1]] = cell
            case 2:
                changed[(*oid, chance.randrange(1 << 32))] = cell
            case 3:
                changed[(*oid[:-1], chance.choice((0, 255, (1 << 32) - 1)))] = cell
            case 4:
                changed[oid] = (chance.choice(_TAGS), chance.randbytes(chance.randrange(60)))
            case 5 if isinstance(cell[1], bytes):
                changed[oid] = (cell[0], mutate.octets(cell[1], chance))
            case _:
                changed[oid] = (chance.choice(_TAGS), chance.randrange(-(1 << 31), 1 << 64))
    return Recording(changed)


def read_all(name: str, cells: Cells, chance: Random) -> Outcome:
    """Read a mutated device with all that reads devices; how it ended."""
    session = Breaking(mutated(cells, chance), chance)
    driver = name if chance.random() < 0.5 else "auto"
    reading = read_document(session, None, definitions=builtin_definitions(), driver=driver)
    document = asyncio.run(reading)
    check(document)
    return document.outcome


class Recordings:
    """Recordings with objects lost, moved, retyped, sessions that break off; a device an input."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._seeds = seeds()

    def step(self, chance: Random) -> int:
        name, cells = chance.choice(self._seeds)
        self.outcomes[read_all(name, cells, chance).value] += 1
        return 1

    def close(self) -> None:
        """Nothing is open."""
