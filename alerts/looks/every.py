"""All looks, one after the other."""

from collections.abc import Iterator
from datetime import datetime

from alerts.evidence import Readings
from alerts.looks.agents import silent_agents
from alerts.looks.asking import Coming, Look
from alerts.looks.lines import dead_lines
from alerts.looks.often import told_again
from alerts.notify.incoming import of_devices_gone
from alerts.rules import Clear, Finding


def every_look(
    look: Look, store: Readings, listening_since: datetime | None
) -> Iterator[Finding | Clear | Coming]:
    """What is known of boxes, lines and ports, and of what others told, that alerts do not say."""
    yield from silent_agents(look, store, listening_since)
    yield from dead_lines(look, store)
    yield from told_again(look)
    yield from of_devices_gone(look)
