"""A simulated line carries what it was told to, and no more."""

import asyncio

from drivers.simulate.line import ShapedLine, TokenBucket

MEGA = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_passes_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(MEGA, clock)
    passed = 0
    while clock.now < 60.0:
        clock.now += bucket.take(10_000)
        passed += 10_000
    assert abs(passed / 10 / MEGA - 1) < 0.02


def test_a_pause_saves_up_no_more_than_the_buffer() -> None:
    clock = Clock()
    bucket = TokenBucket(MEGA, clock)
    bucket.take(50_000)
    clock.now += 3600.0
    assert bucket.take(50_000) == 0.0
    assert bucket.take(10_000) > 0.0


def test_what_is_relayed_arrives_whole_in_both_directions() -> None:
    payload = bytes(range(256)) * 2000

    async def scenario() -> bytes:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read(-1))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        line = ShapedLine(server.sockets[0].getsockname()[:2], down=200 * MEGA, up=200 * MEGA)
        port = await line.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(payload)
        writer.write_eof()
        answer = await reader.read(-1)
        writer.close()
        await line.close()
        server.close()
        await server.wait_closed()
        return answer

    assert asyncio.run(scenario()) == payload


def test_a_server_that_is_away_ends_the_connection() -> None:
    async def scenario() -> bytes:
        line = ShapedLine(("127.0.0.1", 9), down=MEGA, up=MEGA)
        port = await line.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await reader.read(-1)
        except ConnectionError:
            return b""
        finally:
            writer.close()
            await line.close()

    assert asyncio.run(scenario()) == b""
