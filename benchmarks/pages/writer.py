"""What a city's boxes write while people look: one school after the other, in its own process.

``python -m benchmarks.pages.writer URL SCHOOLS DEVICES`` writes, until it is ended, as often as
``SCHOOLS`` boxes that report once a minute: the states of a school's devices and when its box was
heard of, a transaction a school. In each of them one device fails and is well again by turns.
"""

import os
import sys
import time
from datetime import UTC, datetime

from sqlalchemy import Engine, bindparam, text

from inventory.database import make_engine
from inventory.models.base import UtcDateTime

_MINUTE = 60.0
#: Where one device in a hundred fails in the register of the tests.
_SICK = 18
_STATES = text(
    "UPDATE device_state SET taken_at = :now, last_ok_at = :now, cpu_ratio = :load,"
    " outcome = CASE WHEN device_id = :sick THEN :outcome ELSE outcome END"
    " WHERE school_code = :school"
).bindparams(bindparam("now", type_=UtcDateTime()))
_AGENT = text("UPDATE agent SET last_seen_at = :now, last_batch_at = :now WHERE id = :agent")
_AGENT = _AGENT.bindparams(bindparam("now", type_=UtcDateTime()))


def write(engine: Engine, schools: int, devices: int) -> None:
    """Report once a minute for each school until the process is ended; never catches up."""
    turn = 0
    due = time.monotonic()
    while True:
        school, round_ = turn % schools, turn // schools
        report(engine, school, devices, ill=(school + round_) % 2 == 0)
        turn += 1
        due = max(due + _MINUTE / schools, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


def report(engine: Engine, school: int, devices: int, *, ill: bool) -> None:
    """One box's batch, in one transaction."""
    now = datetime.now(UTC)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(
            _STATES,
            {
                "now": now,
                "load": school % 90 / 100,
                "sick": f"d{school * devices + _SICK:06}",
                "outcome": "timeout" if ill else "ok",
                "school": f"S{school:04}",
            },
        )
        connection.execute(_AGENT, {"now": now, "agent": f"a{school:04}"})


if __name__ == "__main__":
    os.nice(5)  # a box waits rather than a person
    write(make_engine(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
