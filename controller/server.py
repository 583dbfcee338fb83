"""uvicorn's server, which sends waiting agents home before it waits for its last requests."""

import socket

import uvicorn

from controller.lookout import Lookout


class Server(uvicorn.Server):
    """Ends within a moment however many agents wait for news.

    Args:
        config: of uvicorn.
        lookout: where agents wait.
    """

    def __init__(self, config: uvicorn.Config, lookout: Lookout) -> None:
        super().__init__(config)
        self._lookout = lookout

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer everybody who waits, then end as uvicorn does."""
        self._lookout.close()
        await super().shutdown(sockets)
