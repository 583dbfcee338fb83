"""The worst that is known of a box, in one word."""

from datetime import UTC, datetime, timedelta

import pytest

from inventory.agent_health import AgentHealth, health_of
from inventory.models import Agent

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
GOOD = {"id": "a1", "name": "box", "version": "1.0", "last_seen_at": NOW}


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({}, AgentHealth.ok),
        ({"revoked_at": NOW, "last_seen_at": None}, AgentHealth.refused),
        ({"last_seen_at": None}, AgentHealth.expected),
        ({"last_seen_at": NOW - timedelta(minutes=6), "spool_fault": "full"}, AgentHealth.silent),
        ({"spool_fault": "read_only", "spool_batches": 900}, AgentHealth.disk_failing),
        ({"spool_batches": 900, "clock_skew_seconds": -86_400.0}, AgentHealth.behind),
        ({"clock_skew_seconds": -31.0, "version": "0.9"}, AgentHealth.skewed),
        ({"version": "0.9"}, AgentHealth.out_of_date),
    ],
)
def test_the_worst_that_is_known_stands(changes, health):
    assert health_of(Agent(**(GOOD | changes)), NOW, "1.0") is health
