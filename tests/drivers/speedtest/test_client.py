"""The client against a small LibreSpeed backend, and against things that are none."""

import asyncio
import gc
import socket
from contextlib import asynccontextmanager

import pytest

from drivers.errors import NoAnswer
from drivers.simulate.line import ShapedLine
from drivers.speedtest import (
    ServerBusy,
    ServerClosed,
    ServerFault,
    ServerRefused,
    ServerUnknown,
    measure,
)


def through(backend, *, down, up, seconds, **options):
    """Measure through a line of these rates; the result and the server."""

    async def scenario():
        async with backend() as server:
            line = ShapedLine(("127.0.0.1", server.port), down=down, up=up)
            port = await line.open()
            try:
                return await measure(f"http://127.0.0.1:{port}", seconds=seconds, **options), server
            finally:
                await line.close()

    return asyncio.run(scenario())


@asynccontextmanager
async def answering(serve):
    """A server that does what ``serve(reader, writer)`` does; yields its address."""

    async def one(reader, writer):
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def sooner_or_later(measured, holds, tries=6):
    """What one of several measurements yields: a machine that stands still spoils one."""
    for _ in range(tries):
        found = measured()
        if holds(found):
            break
    return found


def test_both_directions_and_the_way_are_measured(backend):
    async def scenario():
        async with backend() as server:
            result = await measure(server.url, seconds=0.8, discard=0.2)
            return result, server

    result, server = asyncio.run(scenario())
    assert (result.method, result.streams, result.fault) == ("librespeed", 4, "")
    for flow in (result.download, result.upload):
        assert flow.bits_per_second > 1e6
        assert flow.bits_per_second == pytest.approx(flow.counted_bytes * 8 / flow.seconds, rel=0.1)
        assert flow.all_bytes >= flow.counted_bytes
    assert 0 < result.latency_seconds < 1
    assert result.jitter_seconds >= 0
    assert 0 < server.uploaded <= result.upload.all_bytes


def test_neither_direction_exceeds_the_cap(backend):
    async def scenario():
        async with backend() as server:
            return await measure(
                server.url, seconds=1.5, discard=0.3, cap_bits_per_second=20_000_000
            )

    def rates():
        result = asyncio.run(scenario())
        return result.download.bits_per_second, result.upload.bits_per_second

    def capped(found):
        return all(10e6 < rate <= 21e6 for rate in found)

    assert capped(sooner_or_later(rates, capped))


def test_buffers_on_the_way_do_not_make_a_line_look_faster(backend):
    down, up = 40_000_000, 16_000_000

    def rates():
        result, _ = through(backend, down=down, up=up, seconds=2.0, discard=0.5)
        return result.download.bits_per_second / down, result.upload.bits_per_second / up

    def true(found):
        return all(0.5 < share < 1.05 for share in found)

    assert true(sooner_or_later(rates, true))


def test_a_slow_line_whose_posts_are_few_is_not_read_low(backend):
    def upload():
        result, _ = through(backend, down=2_000_000, up=512_000, seconds=3.0, discard=1.0)
        return result.upload.bits_per_second / 512_000

    def true(share):
        return 0.85 < share < 1.1

    assert true(sooner_or_later(upload, true))


@pytest.mark.parametrize("prefix", ["/backend/", "/speedtest/"])
def test_the_scripts_are_found_where_librespeed_keeps_them(backend, prefix):
    async def scenario():
        async with backend(prefix=prefix) as server:
            await measure(server.url, seconds=0.6, discard=0.1, cap_bits_per_second=8_000_000)
            return server.paths

    assert f"{prefix}garbage" in asyncio.run(scenario())


def test_progress_is_told_direction_by_direction(backend):
    seen = []

    async def scenario():
        async with backend() as server:
            await measure(server.url, seconds=0.6, discard=0.1, watch=seen.append)

    asyncio.run(scenario())
    names = [progress.direction for progress in seen]
    assert list(dict.fromkeys(names)) == ["latency", "download", "upload"]
    assert max(p.bits_per_second for p in seen if p.direction == "upload") > 0


def test_bodies_in_chunks_and_closed_connections_are_measured_too():
    """As PHP behind a web server answers: no length, and a connection a request."""

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("POST"):
            length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            await reader.readexactly(length)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        if "garbage" in head:
            block = bytes(1 << 16)
            for _ in range(64):
                writer.write(b"10000\r\n" + block + b"\r\n")
                await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def scenario():
        async with answering(serve) as url:
            return await measure(url, seconds=0.8, discard=0.2)

    result = asyncio.run(scenario())
    assert result.download.bits_per_second > 1e6
    assert result.upload.bits_per_second > 1e6


def test_posts_shrink_to_what_a_web_server_takes(backend):
    """nginx takes 1 MiB unless told otherwise."""

    async def scenario():
        async with backend(largest=1 << 20) as server:
            return await measure(server.url, seconds=1.0, discard=0.2), server

    result, server = asyncio.run(scenario())
    assert server.refused > 0
    assert result.upload.bits_per_second > 1e6
    assert result.fault == ""


def test_a_server_that_takes_no_uploads_leaves_the_direction_out(backend):
    async def scenario():
        async with backend(post_status=405) as server:
            return await measure(server.url, seconds=0.6, discard=0.1)

    result = asyncio.run(scenario())
    assert result.download.bits_per_second > 1e6
    assert result.upload.bits_per_second is None
    assert result.fault == "upload: the server answered 405"


def test_a_closed_port_is_a_refusal_and_not_silence():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(ServerRefused):
            asyncio.run(measure(f"http://127.0.0.1:{port}", seconds=1))


def test_a_name_nobody_knows_is_said_to_be_unknown():
    with pytest.raises(ServerUnknown):
        asyncio.run(measure("http://no-such-host.invalid/", seconds=1))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://[::1", "http://h:99999"])
def test_an_address_that_is_none_is_not_the_lines_fault(url):
    with pytest.raises(ServerFault):
        asyncio.run(measure(url, seconds=1))


@pytest.mark.parametrize("status", [403, 500])
def test_a_server_that_refuses_says_nothing_of_the_line(backend, status):
    async def scenario():
        async with backend(status=status) as server:
            await measure(server.url, seconds=1)

    with pytest.raises(ServerFault, match=str(status)):
        asyncio.run(scenario())


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_without_room_says_when_to_come_again(backend, status):
    async def scenario():
        async with backend(status=status, head="Retry-After: 7\r\n") as server:
            await measure(server.url, seconds=1)

    with pytest.raises(ServerBusy) as caught:
        asyncio.run(scenario())
    assert caught.value.after == 7


def test_a_test_that_loses_its_place_is_no_measurement(backend):
    async def scenario():
        async with backend(post_status=503) as server:
            await measure(server.url, seconds=0.6, discard=0.1)

    with pytest.raises(ServerBusy):
        asyncio.run(scenario())


def test_a_redirection_is_not_followed_but_told(backend):
    async def scenario():
        async with backend(status=301, head="Location: https://elsewhere/\r\n") as server:
            await measure(server.url, seconds=1)

    with pytest.raises(ServerFault, match="https://elsewhere/"):
        asyncio.run(scenario())


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 4**10,
    ],
)
def test_what_speaks_no_http_is_no_server(said):
    async def serve(reader, writer):
        writer.write(said)
        await writer.drain()
        await reader.read()

    async def scenario():
        async with answering(serve) as url:
            await measure(url, seconds=1)

    with pytest.raises(ServerFault):
        asyncio.run(scenario())


def test_a_server_that_hangs_up_is_told_from_silence():
    async def hang_up(reader, writer):
        pass

    async def scenario():
        async with answering(hang_up) as url:
            await measure(url, seconds=1)

    with pytest.raises(ServerClosed):
        asyncio.run(scenario())


def test_a_line_that_dies_in_the_middle_is_a_failed_direction(backend):
    async def scenario():
        async with backend() as server:
            line = ShapedLine(("127.0.0.1", server.port), down=8e6, up=8e6)
            port = await line.open()
            test = asyncio.create_task(
                measure(f"http://127.0.0.1:{port}", seconds=1.2, discard=0.2)
            )
            async with asyncio.timeout(60):
                while "/empty" not in server.paths or server.uploaded == 0:
                    await asyncio.sleep(0.02)
                    if test.done():
                        break
            await line.close()
            return await test

    result = asyncio.run(scenario())
    assert result.download.bits_per_second > 1e6
    assert result.upload.bits_per_second == pytest.approx(0, abs=4e6)


def test_silence_is_no_answer(monkeypatch):
    monkeypatch.setattr("drivers.speedtest.client._TIMEOUT", 0.2)

    async def silent(reader, writer):
        await reader.read()

    async def scenario():
        async with answering(silent) as url:
            await measure(url, seconds=1)

    with pytest.raises(NoAnswer):
        asyncio.run(scenario())


def test_streams_broken_off_at_the_end_leave_no_complaints(backend, caplog):
    """What a cancelled stream never looked at must not end up in the agent's log."""

    async def scenario():
        async with backend() as server:
            await measure(server.url, seconds=0.7, discard=0.1, cap_bits_per_second=100_000_000)

    asyncio.run(scenario())
    gc.collect()
    assert caplog.records == []
