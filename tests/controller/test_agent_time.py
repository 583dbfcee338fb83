"""Every answer to an agent tells the time, whatever the answer."""

import time

import pytest


@pytest.mark.parametrize("path", ["time", "plan", "nothing-here"])
def test_answers_to_agents_tell_the_time(client, path):
    before = int(time.time() * 1000)
    answer = client.get(f"/api/agent/v1/{path}")
    assert before <= int(answer.headers["Fleet-Time"]) <= int(time.time() * 1000)
    assert int(answer.headers["Fleet-Held"]) >= 0


def test_the_time_needs_no_log_in_and_pages_tell_none(client):
    assert client.get("/api/agent/v1/time").status_code == 204
    assert "Fleet-Time" not in client.get("/healthz").headers
