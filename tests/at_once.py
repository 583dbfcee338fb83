"""Two transactions of one PostgreSQL at once: the second begins before the first has committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import psycopg
from sqlalchemy import Engine
from sqlmodel import Session

from inventory.database import session_factory, unit_of_work
from inventory.errors import InventoryError

_PATIENCE = 60.0
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


def while_held(
    engine: Engine, first: Callable[[Session], object], second: Callable[[Session], object]
) -> InventoryError | None:
    """What the second one is told, who begins after the first has acted and before they commit."""
    sessions = session_factory(engine)

    def try_second() -> InventoryError | None:
        try:
            with unit_of_work(sessions) as session:
                second(session)
        except InventoryError as error:
            return error
        return None

    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with ThreadPoolExecutor(1) as pool, closing(psycopg.connect(url, autocommit=True)) as looking:
        with unit_of_work(sessions) as session:
            first(session)
            running = pool.submit(try_second)
            for _ in range(int(_PATIENCE / 0.05)):
                waiting = looking.execute(_WAITING, [engine.url.database]).fetchone()
                if running.done() or waiting != (0,):
                    break
                Event().wait(0.05)
        return running.result(_PATIENCE)
