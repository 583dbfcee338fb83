"""The agent's own figures for Prometheus."""

import socket
import urllib.request

import pytest

from agent.metrics import AgentMetrics
from agent.uplink.batcher import memory_spool
from agent.uplink.sender import Answer
from agent.watch.load import Load
from agent.watch.want import Want
from drivers.plan import Cadence


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def scraped(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
        lines = response.read().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_polls_answers_spool_and_engine_are_told(spool, poll):
    metrics, port = AgentMetrics(), free_port()
    metrics.watch_spool(spool, refuge := memory_spool())
    refuge.put(lambda epoch, sequence: b"x", readings=1, now_ms=0)
    metrics.watch_engine(lambda: {"retries": 3})
    metrics.polled(poll())
    metrics.answered(Answer.already)
    spool.put(lambda epoch, sequence: b"x" * 50, readings=1, now_ms=0)
    end = metrics.serve("127.0.0.1", port)
    try:
        figures = scraped(port)
    finally:
        end()
    assert figures['fleet_agent_polls_total{outcome="ok"}'] == "1.0"
    assert figures['fleet_agent_polls_total{outcome="timeout"}'] == "0.0"
    assert figures['fleet_agent_uplink_answers_total{answer="already_stored"}'] == "1.0"
    assert figures["fleet_agent_readings_total"] == "8.0"
    assert figures["fleet_agent_spool_batches"] == "2.0"
    assert figures["fleet_agent_spool_in_memory_batches"] == "1.0"
    assert figures['fleet_agent_spool_fault{fault="full"}'] == "0.0"
    assert figures["fleet_agent_snmp_retries_total"] == "3.0"


def test_how_late_polls_are_and_what_is_left_out_for_it_is_told():
    metrics, port, load = AgentMetrics(), free_port(), Load()
    metrics.watch_load(load)
    for _ in range(200):
        load.ended(Want.reachability, 4.0)
        load.left_out(Want.inventory, load.most(Cadence()))
    end = metrics.serve("127.0.0.1", port)
    try:
        figures = scraped(port)
    finally:
        end()
    assert figures["fleet_agent_poll_lag_seconds"] == "4.0"
    assert float(figures['fleet_agent_shed_total{table="inventory"}']) > 0
    assert figures['fleet_agent_shed_total{table="ports"}'] == "0.0"


def test_port_zero_serves_nothing_and_a_taken_port_is_no_end(caplog):
    metrics = AgentMetrics()
    metrics.serve("127.0.0.1", 0)()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with caplog.at_level("WARNING"):
            metrics.serve("127.0.0.1", taken.getsockname()[1])()
    assert len(caplog.records) == 1


@pytest.mark.parametrize("times", [1, 2])
def test_each_agent_has_a_registry_of_its_own(times):
    for _ in range(times):
        AgentMetrics()
