"""The client against a small LibreSpeed backend, and against things that are none."""

import asyncio
import socket

import pytest

from drivers.errors import Malformed, NoAnswer, Unreachable
from drivers.simulate.line import ShapedLine
from drivers.speedtest import measure


def test_both_directions_and_the_way_are_measured(backend):
    async def scenario():
        async with backend() as server:
            result = await measure(server.url, seconds=0.8, discard=0.2)
            return result, server

    result, server = asyncio.run(scenario())
    assert result.download_bits_per_second > 1e6
    assert result.upload_bits_per_second > 1e6
    assert 0 < result.latency_seconds < 1
    assert result.jitter_seconds >= 0
    assert result.fault == ""
    assert server.uploaded > 0


def test_neither_direction_exceeds_the_cap(backend):
    async def scenario():
        async with backend() as server:
            return await measure(
                server.url, seconds=1.5, discard=0.3, cap_bits_per_second=20_000_000
            )

    result = asyncio.run(scenario())
    assert 10e6 < result.download_bits_per_second <= 21e6
    assert 10e6 < result.upload_bits_per_second <= 21e6


def test_buffers_on_the_way_do_not_make_a_line_look_faster(backend):
    down, up = 40_000_000, 16_000_000

    async def scenario():
        async with backend() as server:
            line = ShapedLine(("127.0.0.1", server.port), down=down, up=up)
            port = await line.open()
            try:
                return await measure(f"http://127.0.0.1:{port}", seconds=2.5, discard=0.5)
            finally:
                await line.close()

    result = asyncio.run(scenario())
    assert 0.5 * down < result.download_bits_per_second < 1.05 * down
    assert 0.5 * up < result.upload_bits_per_second < 1.05 * up


@pytest.mark.parametrize("prefix", ["/backend/", "/speedtest/"])
def test_the_scripts_are_found_where_librespeed_keeps_them(backend, prefix):
    async def scenario():
        async with backend(prefix=prefix) as server:
            await measure(server.url, seconds=0.6, discard=0.1, cap_bits_per_second=8_000_000)
            return server.paths

    assert f"{prefix}garbage" in asyncio.run(scenario())


def test_a_closed_port_is_unreachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(Unreachable):
            asyncio.run(measure(f"http://127.0.0.1:{port}", seconds=1))


def test_a_server_that_refuses_says_nothing_of_the_line(backend):
    async def scenario():
        async with backend(status=503) as server:
            await measure(server.url, seconds=1)

    with pytest.raises(Malformed, match="503"):
        asyncio.run(scenario())


def test_a_line_that_dies_before_the_test_is_no_answer(backend):
    async def scenario():
        async def hang_up(reader, writer):
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            await measure(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seconds=1)

    with pytest.raises(NoAnswer):
        asyncio.run(scenario())
