"""The agent's own figures for Prometheus."""

import asyncio
import socket
import urllib.error
import urllib.request

import pytest

from agent.metrics import AgentMetrics
from agent.metrics_page import serve_page
from agent.uplink.batcher import memory_spool
from agent.uplink.sender import Answer
from agent.watch.load import Load
from agent.watch.want import Want
from drivers.plan import Cadence
from tests.ports import free_port


def scraped(metrics):
    """What Prometheus would read of the page."""

    async def serve():
        port = free_port()
        server = await serve_page("127.0.0.1", port, metrics.page)
        async with server:
            return await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/metrics")

    lines = asyncio.run(serve()).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def fetch(url, method="GET"):
    request = urllib.request.Request(url, method=method)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return response.read().decode()


def test_polls_answers_spool_and_engine_are_told(spool, poll):
    metrics = AgentMetrics()
    metrics.watch_spool(spool, refuge := memory_spool())
    refuge.put(lambda epoch, sequence: b"x", readings=1, now_ms=0)
    metrics.watch_engine(lambda: {"retries": 3})
    metrics.polled(poll())
    metrics.answered(Answer.already)
    spool.put(lambda epoch, sequence: b"x" * 50, readings=1, now_ms=0)
    figures = scraped(metrics)
    assert figures['fleet_agent_polls_total{outcome="ok"}'] == "1.0"
    assert figures['fleet_agent_polls_total{outcome="timeout"}'] == "0.0"
    assert figures['fleet_agent_uplink_answers_total{answer="already_stored"}'] == "1.0"
    assert figures["fleet_agent_readings_total"] == "8.0"
    assert figures["fleet_agent_spool_batches"] == "2.0"
    assert figures["fleet_agent_spool_in_memory_batches"] == "1.0"
    assert figures['fleet_agent_spool_fault{fault="full"}'] == "0.0"
    assert figures["fleet_agent_snmp_retries_total"] == "3.0"


def test_how_late_polls_are_and_what_is_left_out_for_it_is_told():
    metrics, load = AgentMetrics(), Load()
    metrics.watch_load(load)
    for _ in range(200):
        load.ended(Want.reachability, 4.0)
        load.left_out(Want.inventory, load.most(Cadence()))
    figures = scraped(metrics)
    assert figures["fleet_agent_poll_lag_seconds"] == "4.0"
    assert float(figures['fleet_agent_shed_total{table="inventory"}']) > 0
    assert figures['fleet_agent_shed_total{table="ports"}'] == "0.0"


def test_port_zero_serves_nothing_and_a_taken_port_is_no_end(caplog):
    page = AgentMetrics().page
    assert asyncio.run(serve_page("127.0.0.1", 0, page)) is None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with caplog.at_level("WARNING"):
            assert asyncio.run(serve_page("127.0.0.1", taken.getsockname()[1], page)) is None
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"GET /metrics HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 "),
        (b"HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 "),
        (b"GET /metrics?name=x HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 "),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 404 "),
        (b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", b"HTTP/1.1 405 "),
        (b"\x16\x03\x01 this is no HTTP \r\n\r\n", b""),
        (b"GET /metrics HTTP/1.1\r\nHost: " + b"a" * 40_000, b""),
    ],
)
def test_only_whoever_asks_for_the_page_gets_it(sent, answered):
    async def ask():
        port = free_port()
        async with await serve_page("127.0.0.1", port, AgentMetrics().page):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            said = await asyncio.wait_for(reader.read(), 30)
            writer.close()
            return said

    assert asyncio.run(ask())[:13] == answered[:13]


@pytest.mark.parametrize("times", [1, 2])
def test_each_agent_has_a_registry_of_its_own(times):
    for _ in range(times):
        AgentMetrics()
