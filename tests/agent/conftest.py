"""What the agent's tests share: polls, a disk thread, a controller made of one function."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.uplink.spool import Spool
from drivers.readings import Block, Outcome, Poll


def poll_of(number: int = 0, *, ports: int = 4, subject: str = "d1", **changes: object) -> Poll:
    """A poll with two metrics of ``ports`` ports."""
    parts = tuple(f"GE0/0/{port}" for port in range(ports))
    values = [float(number)] * ports
    fields: dict[str, object] = {
        "subject": subject,
        "school": "S001",
        "taken_at": 1_700_000_000_000 + number,
        "outcome": Outcome.ok,
        "blocks": (Block(parts, {"port_up": values, "port_in_bits_per_second": values}),),
    }
    return Poll(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def poll() -> Callable[..., Poll]:
    return poll_of


@pytest.fixture
def disk() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.db", max_bytes=1 << 20, max_days=14) as it:
        yield it


@pytest.fixture
def spool_factory(tmp_path: Path) -> Iterator[Callable[..., Spool]]:
    """Makes spools, closed at the end."""
    made: list[Spool] = []

    def make(**changes: object) -> Spool:
        fields: dict[str, object] = {"max_bytes": 1 << 20, "max_days": 14}
        path = tmp_path / f"made-{len(made)}.db"
        made.append(Spool(path, **(fields | changes)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()
