"""A LibreSpeed backend small enough to read: ``garbage`` and ``empty`` over plain asyncio."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest


@dataclass
class Backend:
    """What the server does, and what it saw."""

    prefix: str = "/"
    status: int = 200
    post_status: int = 200
    head: str = ""
    largest: int = 1 << 30
    refused: int = 0
    port: int = 0
    uploaded: int = 0
    downloaded: int = 0
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        path = target.split("?")[0]
        self.paths.append(path)
        length = next(
            (int(h.split(":")[1]) for h in head.split("\r\n") if h.lower().startswith("content-l")),
            0,
        )
        size = length
        while length:
            data = await reader.read(min(length, 1 << 16))
            if not data:
                return False
            length -= len(data)
            self.uploaded += len(data)
        status = self.status if path.startswith(self.prefix) else 404
        if method == "POST" and status == 200:
            status = self.post_status if size <= self.largest else 413
            self.refused += status == 413
        garbage = status == 200 and method == "GET" and "garbage" in path
        size = int(target.split("ckSize=")[1].split("&")[0]) << 20 if garbage else 0
        writer.write(f"HTTP/1.1 {status} X\r\n{self.head}Content-Length: {size}\r\n\r\n".encode())
        block = bytes(1 << 16)
        for _ in range(size >> 16):
            writer.write(block)
            await writer.drain()
            self.downloaded += len(block)
        await writer.drain()
        return True


@pytest.fixture
def backend() -> Callable[..., object]:
    @asynccontextmanager
    async def running(**options: object) -> AsyncIterator[Backend]:
        it = Backend(**options)  # type: ignore[arg-type]
        connections: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(it.serve(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        it.port = server.sockets[0].getsockname()[1]
        try:
            yield it
        finally:
            server.close()
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    return running


async def _serve(host: str, port: int) -> None:
    server = await asyncio.start_server(Backend().serve, host, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
