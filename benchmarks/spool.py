"""What durability costs the spool: ``synchronous=FULL`` against ``NORMAL``, batch by batch.

Prints milliseconds a batch, put and taken out again. The budget is generous on purpose, for disks
differ: a batch comes every ten seconds, and 100 ms of one thread's waiting are one per cent.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from agent.uplink.cutting import encoder
from agent.uplink.spool import Spool
from drivers.readings import Block, Outcome, Poll

BATCHES = 300
MOST_MILLISECONDS = 100.0


def main() -> int:
    full, normal, size = measure("FULL"), measure("NORMAL"), len(body()("e" * 16, 1))
    result = {
        "batch_bytes": size,
        "full_milliseconds": round(full, 3),
        "normal_milliseconds": round(normal, 3),
        "ratio": round(full / normal, 2),
    }
    print(f"a batch of {size} bytes, put and done: FULL {full:.2f} ms, NORMAL {normal:.2f} ms")
    print(json.dumps(result))
    return 0 if full <= MOST_MILLISECONDS else 1


def body():
    parts = tuple(f"GigabitEthernet0/0/{port}" for port in range(52))
    polls = tuple(
        Poll(
            f"d{device:017}",
            "S001",
            1_700_000_000_000 + device,
            Outcome.ok,
            blocks=(
                Block(
                    parts,
                    {f"metric_{m}": [device * m * 1.7 + p for p in range(52)] for m in range(8)},
                ),
            ),
        )
        for device in range(12)
    )
    return encoder("a1", polls, now_ms=1_700_000_000_000, status=None)


def measure(synchronous: str) -> float:
    """Milliseconds a batch."""
    encode = body()
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,
        Spool(Path(folder) / "spool.db", max_bytes=1 << 30, max_days=14) as spool,
    ):
        spool._database.execute(f"PRAGMA synchronous={synchronous}")
        began = time.perf_counter()
        for number in range(BATCHES):
            spool.put(encode, readings=4992, now_ms=number)
        while (batch := spool.oldest()) is not None:
            spool.done(batch.sequence)
        return (time.perf_counter() - began) / BATCHES * 1000


if __name__ == "__main__":
    sys.exit(main())
