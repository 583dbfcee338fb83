"""How the box speaks with its controller: whole answers, connections used again, faults by name."""

import asyncio
import gzip
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from agent.centre import transport
from agent.centre.transport import LightTransport, transport_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def serving(meet):
    """A server that meets every connection; yields its address and the meetings so far."""
    meetings = []

    async def keep(reader, writer):
        meetings.append(asyncio.current_task())
        try:
            await meet(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", meetings
        await asyncio.gather(*meetings)
    await asyncio.sleep(0.05)  # what was closed is let go in the loop's next turns


@asynccontextmanager
async def server_that(answers, *, closes=False):
    """A server that says one thing after every request; yields address, requests, meetings."""
    heard = []

    async def meet(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
            lengths = [int(value) for name, _, value in lines if name == b"content-length"]
            heard.append(head + await reader.readexactly(sum(lengths)))
            writer.write(answers[min(len(heard), len(answers)) - 1])
            await writer.drain()
            if closes:
                break

    async with serving(meet) as (url, meetings):
        yield url, heard, meetings


def client_of(url, **more):
    return httpx.AsyncClient(
        base_url=url, transport=LightTransport(True), timeout=httpx.Timeout(20.0), **more
    )


def test_one_connection_serves_one_request_after_the_other():
    async def scenario():
        async with server_that([OK]) as (url, heard, connections), client_of(url) as client:
            for number in range(3):
                response = await client.post("/a?b=c", content=b"body %d" % number)
                assert (response.status_code, response.content) == (200, b"ok")
            return heard, len(connections)

    heard, connections = asyncio.run(scenario())
    assert connections == 1
    assert heard[0].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert [one[-6:] for one in heard] == [b"body 0", b"body 1", b"body 2"]


def test_requests_at_once_have_connections_of_their_own():
    async def scenario():
        async with server_that([OK]) as (url, heard, connections), client_of(url) as client:
            await asyncio.gather(*(client.get("/") for _ in range(8)))
            return len(heard), len(connections), len(client._transport._idle)

    asked, connections, idle = asyncio.run(scenario())
    assert (asked, connections) == (8, 8)
    assert idle <= 4, "not all of them are kept"


def test_a_connection_the_server_has_closed_is_not_used_again(monkeypatch):
    async def scenario(closes):
        async with server_that([OK], closes=closes) as (url, _, connections):
            async with client_of(url) as client:
                await client.get("/")
                await asyncio.sleep(0.3)
                await client.get("/")
            return len(connections)

    assert asyncio.run(scenario(closes=True)) == 2
    monkeypatch.setattr(transport, "_IDLE_SECONDS", 0.1)
    assert asyncio.run(scenario(closes=False)) == 2, "nor one that has rested for long"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
        % (len(gzip.compress(b"hello", mtime=0)), gzip.compress(b"hello", mtime=0)),
    ],
)
def test_every_form_of_an_answer_is_read(answer):
    async def scenario():
        async with server_that([answer]) as (url, _, _), client_of(url) as client:
            return (await client.get("/")).text

    assert asyncio.run(scenario()) == "hello"


def test_an_answer_without_a_length_ends_with_the_connection():
    async def scenario():
        answer = b"HTTP/1.1 200 OK\r\n\r\nhello"
        async with server_that([answer], closes=True) as (url, _, connections):
            async with client_of(url) as client:
                texts = [(await client.get("/")).text for _ in range(2)]
            return texts, len(connections)

    assert asyncio.run(scenario()) == (["hello", "hello"], 2)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000, httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"x" * 200, httpx.RemoteProtocolError),
    ],
)
def test_faults_have_the_names_httpx_gives_them(monkeypatch, answer, fault):
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 100)

    async def scenario():
        async with server_that([answer], closes=True) as (url, _, _), client_of(url) as client:
            with pytest.raises(fault):
                await client.get("/")
            return client._transport._idle

    assert asyncio.run(scenario()) == [], "nobody asks on it again"


def test_silence_and_refusal_are_told_apart():
    async def scenario():
        async def silent(reader, _writer):
            await reader.read()

        async with serving(silent) as (url, _), client_of(url) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/", timeout=httpx.Timeout(20.0, read=0.2))
        async with client_of(url) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("/")

    asyncio.run(scenario())


def test_an_answer_before_the_body_was_heard_is_heard():
    async def scenario():
        async def refuse(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            await reader.read()

        async with serving(refuse) as (url, _), client_of(url) as client:
            return (await client.post("/", content=b"x" * 500_000)).status_code

    assert asyncio.run(scenario()) == 413


def test_a_request_that_is_given_up_takes_its_connection_along():
    async def scenario():
        asked, ended = asyncio.Event(), asyncio.Event()

        async def silent(reader, _writer):
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            with suppress(ConnectionError):
                await reader.read()
            ended.set()

        async with serving(silent) as (url, _), client_of(url) as client:
            asking = asyncio.create_task(client.get("/"))
            await asyncio.wait_for(asked.wait(), 60)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await asyncio.wait_for(ended.wait(), 30)
            return asking.cancelled()

    assert asyncio.run(scenario())


def test_a_proxy_of_the_environment_is_gone_through(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
    monkeypatch.setenv("no_proxy", "fleet.example.edu.cn")
    assert transport_for("https://elsewhere.example.edu.cn", True) is None
    assert isinstance(transport_for("https://fleet.example.edu.cn", True), LightTransport)
    assert isinstance(transport_for("http://elsewhere.example.edu.cn", True), LightTransport)
