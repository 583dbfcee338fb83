"""A register of many schools in one go, and the boxes that belong to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert
from sqlmodel import Session, SQLModel

import alerts.models  # noqa: F401 - its tables are part of every database
from benchmarks.citywide.equipment import Estate
from drivers.plan import SnmpAccess
from drivers.signatures import as_text, fingerprint, public_bytes
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.enrolment import create_token
from inventory.migrations import upgrade
from inventory.models import (
    Agent,
    AgentKey,
    AgentSchool,
    Credential,
    Device,
    DeviceMac,
    Level,
    Protocol,
    School,
)
from inventory.organisations import add_organisation
from inventory.scope import Scope
from inventory.secrets import SecretBox

CITY = "9902"
SCHOOLS_A_COUNTY = 200
_ROWS_AT_ONCE = 5_000
_SNMP = "c0000000000000001"


@dataclass(frozen=True, slots=True)
class Place:
    """One school and its box.

    Args:
        agent: the box's id; empty until it has enrolled with ``token``.
        devices: their ids.
    """

    school: str
    devices: list[str]
    key: Ed25519PrivateKey
    agent: str = ""
    token: str = ""


def register_city(
    database_url: str, key_file: Path, *, schools: int, estate: Estate, invite: bool = False
) -> list[Place]:
    """Migrate the database and write a city into it; a box is enrolled, or invited by a token.

    Enrolled boxes are written down as enrolment does it, thousands in a second.
    """
    upgrade(database_url)
    engine = make_engine(database_url)
    places = places_of(schools, estate, invite=invite)
    now = datetime.now(UTC)
    try:
        with unit_of_work(session_factory(engine)) as session:
            paths = _bureaus(session, schools)
            box = SecretBox.from_file(key_file, create=True)
            secret = box.seal_access(SnmpAccess(community="city"))
            session.add(Credential(id=_SNMP, name="SNMP", secret=secret))
            session.flush()
            _schools(session, places, paths)
            _devices(session, places, estate)
            if invite:
                return _invited(session, places, now)
            _agents(session, places, now)
    finally:
        engine.dispose()
    return places


def places_of(schools: int, estate: Estate, *, invite: bool = False) -> list[Place]:
    """The boxes of a city, the same every time, whether it is registered already or not."""
    return [_place(number, len(estate.devices), invite=invite) for number in range(schools)]


def _place(number: int, devices: int, *, invite: bool) -> Place:
    school = f"{CITY}{number + 1:06d}"
    return Place(
        school,
        [f"d{number:08d}{n:08d}" for n in range(devices)],
        Ed25519PrivateKey.from_private_bytes(sha256(school.encode()).digest()),
        "" if invite else f"a{number:016d}",
    )


def _bureaus(session: Session, schools: int) -> list[tuple[str, str]]:
    """Code and path of each county."""
    everything = Scope.everything()
    add_organisation(session, everything, code=CITY, name="大城市教育局", level=Level.city)
    made = []
    for number in range(-(-schools // SCHOOLS_A_COUNTY)):
        county = add_organisation(
            session,
            everything,
            code=f"{CITY}C{number:02d}",
            name=f"第{number + 1}区教育局",
            level=Level.county,
            parent_code=CITY,
        )
        made.append((county.code, county.path))
    return made


def _schools(session: Session, places: list[Place], counties: list[tuple[str, str]]) -> None:
    rows = []
    for number, place in enumerate(places):
        code, path = counties[number // SCHOOLS_A_COUNTY]
        school = {"organisation_code": code, "path": f"{path}{place.school}/"}
        rows.append({"code": place.school, "name": f"第{number + 1}小学"} | school)
    _write(session, School, rows)


def _devices(session: Session, places: list[Place], estate: Estate) -> None:
    rows, macs = [], []
    for place in places:
        for n, (key, stock) in enumerate(zip(place.devices, estate.devices, strict=True)):
            kind = stock.equipment
            row: dict[str, Any] = {
                "id": key,
                "school_code": place.school,
                "name": f"{kind.kind.value} {n}",
                "kind": kind.kind,
                "protocol": kind.protocol,
                "address": f"10.0.{n // 250}.{n % 250 + 1}",
                "credential_id": _SNMP if kind.protocol is Protocol.snmp else None,
                "mqtt_profile": "whiteboard" if kind.protocol is Protocol.mqtt else None,
                "mqtt_client": f"board-{n}" if kind.protocol is Protocol.mqtt else None,
            }
            rows.append(row)
            if kind.protocol is Protocol.presence:
                macs.append({"device_id": key, "mac": f"02{sha256(key.encode()).hexdigest()[:10]}"})
    _write(session, Device, rows)
    _write(session, DeviceMac, macs)


def _agents(session: Session, places: list[Place], now: datetime) -> None:
    _write(
        session,
        Agent,
        [{"id": p.agent, "name": f"box {p.school}", "enrolled_at": now} for p in places],
    )
    _write(session, AgentSchool, [{"agent_id": p.agent, "school_code": p.school} for p in places])
    keys = [(place.agent, public_bytes(place.key)) for place in places]
    _write(
        session,
        AgentKey,
        [
            {
                "fingerprint": fingerprint(public),
                "agent_id": agent,
                "public_key": as_text(public),
                "created_at": now,
                "first_used_at": now,
            }
            for agent, public in keys
        ],
    )


def _invited(session: Session, places: list[Place], now: datetime) -> list[Place]:
    lasts = timedelta(hours=1)
    return [
        Place(
            place.school,
            place.devices,
            place.key,
            token=create_token(session, Scope.everything(), [place.school], now=now, lasts=lasts),
        )
        for place in places
    ]


def _write(session: Session, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Rows with the defaults of their model; what they name comes first."""
    if not rows:
        return
    usual = model(**rows[0]).model_dump()
    for some in _slices(rows):
        session.execute(insert(model), [usual | row for row in some])


def _slices(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]
