"""One device read once, as the document that people and programs are shown."""

import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from drivers.base import SnmpSession
from drivers.definitions import Definitions
from drivers.errors import DriverError
from drivers.pjlink import PORT as PJLINK_PORT
from drivers.pjlink import read_projector
from drivers.plan import SnmpAccess
from drivers.readings import Block, Facts, Identity, PollDocument
from drivers.recording import read_recording
from drivers.snmp.read import outcome_of, read_facts
from drivers.snmp.tables import read_tables

#: Shown as ``power_watts``, too, and what follows the part there.
_POE_POWERS = {"poe_power_watts": "", "poe_port_power_watts": "", "poe_budget_watts": "budget"}


def resolve(address: str) -> str:
    """A host name as the first numeric address it has; numeric ones as they are.

    Raises:
        OSError: there is no such host.
    """
    found = socket.getaddrinfo(address, None, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])


async def poll_live(
    address: str,
    port: int,
    access: SnmpAccess,
    *,
    timeout: float,  # noqa: ASYNC109  (of one datagram, not of the call)
    retries: int,
    definitions: Definitions,
    driver: str = "auto",
) -> PollDocument:
    """Read one device over the network; its failure is an outcome, never an exception.

    Raises:
        ValueError: the access names a protocol that does not exist.
    """
    # The engine brings cryptography with it, which a replay does not need.
    from drivers.snmp.engine import SnmpEngine  # noqa: PLC0415

    async with SnmpEngine() as engine:
        try:
            session = engine.session(address, port, access, timeout=timeout, retries=retries)
        except DriverError as error:
            raise ValueError(error.detail) from None
        return await read_document(session, address, definitions=definitions, driver=driver)


async def poll_projector(
    address: str,
    port: int = PJLINK_PORT,
    password: str | None = None,
    *,
    timeout: float = 5.0,  # noqa: ASYNC109  (of one answer, not of the call)
) -> PollDocument:
    """Read one projector or display by PJLink; its failure is an outcome, never an exception."""
    try:
        read = await read_projector(address, port, password, timeout=timeout)
    except DriverError as error:
        return _failed(address, error)
    outcome, detail = outcome_of(read.faults)
    facts = read.facts or Facts(Identity())
    return PollDocument(
        address=address,
        taken_at=_now(),
        outcome=outcome,
        detail=detail,
        identity=facts.identity,
        components=facts.components,
        readings=_readings(read.blocks),
    )


async def replay_file(
    path: Path, *, definitions: Definitions, driver: str = "auto"
) -> tuple[PollDocument, int, int]:
    """The document of a recording, how many lines were unreadable, and how many values it has.

    Raises:
        OSError: the file cannot be read.
    """
    recording = read_recording(path)
    document = await read_document(recording, None, definitions=definitions, driver=driver)
    return document, recording.skipped, len(recording)


async def read_document(
    session: SnmpSession, address: str | None, *, definitions: Definitions, driver: str = "auto"
) -> PollDocument:
    """Facts, gauges and port states of one device, without rates: those need two polls."""
    try:
        read = await read_facts(session, definitions, driver=driver)
    except DriverError as error:
        return _failed(address, error)
    blocks, faults = read.blocks, read.faults
    try:
        tables = await read_tables(session)
    except DriverError as error:
        faults += (f"ifTable: {error.code.value}",)
    else:
        blocks += tuple(block for block in tables.blocks if block.parts != ("",))
        faults += tuple(fault for fault in tables.faults if fault not in faults)
    outcome, detail = outcome_of(faults)
    return PollDocument(
        address=address,
        taken_at=_now(),
        outcome=outcome,
        detail=detail,
        identity=read.facts.identity,
        ports=read.facts.ports,
        components=read.facts.components,
        neighbours=read.facts.neighbours,
        readings=_readings(blocks),
    )


def _failed(address: str | None, error: DriverError) -> PollDocument:
    return PollDocument(
        address=address,
        taken_at=_now(),
        outcome=error.code,
        detail=error.detail,
        identity=Identity(),
    )


def _readings(blocks: Iterable[Block]) -> tuple[dict[str, str | float], ...]:
    """Every reading, then PoE powers once more under the general name of a power.

    Only here: stored twice, a sum over ``power_watts`` would count them twice (decision 0014).
    """
    found = [reading for block in blocks for reading in block]
    shown = {(reading.metric, reading.part): reading.value for reading in found}
    for reading in found:
        if (suffix := _POE_POWERS.get(reading.metric)) is not None:
            part = f"{reading.part} {suffix}".strip()
            shown.setdefault(("power_watts", part), reading.value)
    return tuple(
        {"metric": metric, "part": part, "value": value} for (metric, part), value in shown.items()
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
