"""A small county in a database, and batches as its agents send them."""

import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session

from controller.auth.passwords import hash_password
from controller.auth.tokens import new_token, token_hash
from controller.settings import Settings
from drivers.readings import (
    WIRE_VERSION,
    AgentStatus,
    Batch,
    Block,
    Outcome,
    Poll,
    encode_batch,
)
from inventory import migrations
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import (
    ApiToken,
    Device,
    Grant,
    Level,
    Line,
    Organisation,
    Role,
    School,
    User,
)
from tests.agents import enrolled

PASSWORD = "correct horse battery"
_HASHED: list[str] = []


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def make_settings(directory: Path, **changed: object) -> Settings:
    values: dict[str, object] = {
        "database_url": f"sqlite:///{directory}/fleet.db",
        "metrics_url": f"duckdb:///{directory}/metrics",
        "secret_key_file": directory / "secret.key",
        "jobs": False,
    }
    return Settings(**(values | changed))  # type: ignore[arg-type]


@dataclass(frozen=True)
class County:
    """What :func:`make_county` put into the database."""

    agent_id: str
    key: Ed25519PrivateKey
    tokens: dict[str, str]


def make_county(url: str) -> County:
    """Two schools of one county, SCH-A with an agent, a switch and a line; SCH-B with a switch.

    Users ``admin`` (everything) and ``mei`` (school administrator of SCH-A), each with a token.
    """
    migrations.upgrade(url)
    engine = make_engine(url)
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        _organisations(session)
        tokens = _people(session)
        agent, key = enrolled(session, "SCH-A", "box at A")
    engine.dispose()
    return County(agent, key, tokens)


def _organisations(session: Session) -> None:
    session.add(Organisation(code="33", name="宁波市", level=Level.city, path="/33/"))
    session.flush()
    session.add(
        Organisation(
            code="3304", name="某县", level=Level.county, parent_code="33", path="/33/3304/"
        )
    )
    session.flush()
    for code in ("SCH-A", "SCH-B"):
        session.add(
            School(
                code=code, name=f"学校{code}", organisation_code="3304", path=f"/33/3304/{code}/"
            )
        )
    session.flush()
    for device, school in (("d-a-1", "SCH-A"), ("d-a-2", "SCH-A"), ("d-b-1", "SCH-B")):
        session.add(Device(id=device, school_code=school, name=f"switch {device}"))
    session.add(
        Line(
            id="l-a",
            school_code="SCH-A",
            provider="电信",
            down_mbps=Decimal(300),
            up_mbps=Decimal(50),
            yearly_fee_cny=Decimal("12000.00"),
        )
    )
    session.flush()


def _people(session: Session) -> dict[str, str]:
    if not _HASHED:
        _HASHED.append(hash_password(PASSWORD))
    tokens = {}
    for login, role, path in (
        ("admin", Role.admin, "/"),
        ("mei", Role.school_admin, "/33/3304/SCH-A/"),
        ("shopper", Role.procurement, "/33/"),
    ):
        session.add(User(id=f"u-{login}", login=login, name=login, password_hash=_HASHED[0]))
        session.flush()
        session.add(Grant(user_id=f"u-{login}", role=role, scope_path=path))
        tokens[login] = new_token("fleet_")
        session.add(
            ApiToken(token_hash=token_hash(tokens[login]), user_id=f"u-{login}", name="test")
        )
    session.flush()
    return tokens


def make_poll(subject: str = "d-a-1", school: str = "SCH-A", **changed: object) -> Poll:
    values: dict[str, object] = {
        "subject": subject,
        "school": school,
        "taken_at": now_ms(),
        "outcome": Outcome.ok,
        "blocks": (
            Block(("GE0/0/1", "GE0/0/2"), {"port_in_bits_per_second": [1000.0, None]}),
            Block(("",), {"cpu_ratio": [0.25]}),
        ),
    }
    return Poll(**(values | changed))  # type: ignore[arg-type]


def make_batch(agent: str, sequence: int, *polls: Poll, **changed: object) -> bytes:
    values: dict[str, object] = {
        "version": WIRE_VERSION,
        "agent": agent,
        "epoch": "e1",
        "sequence": sequence,
        "created_at": now_ms(),
        "polls": polls or (make_poll(),),
        "status": AgentStatus(version="0.1.0", started_at=now_ms()),
    }
    return encode_batch(Batch(**(values | changed)))  # type: ignore[arg-type]
