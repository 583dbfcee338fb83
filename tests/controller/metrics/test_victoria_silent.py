"""A metric server that stands still: one question waits for it, the others are answered."""

from pathlib import Path

import pytest

from controller.metrics.victoria import client
from controller.metrics.victoria.client import Access, MetricServer
from controller.metrics.victoria.errors import ServerUnavailable
from tests.system.servers import Victoria


def test_questions_to_a_server_that_stands_still_are_answered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Victoria(tmp_path) as victoria:
        server = MetricServer(victoria.address, Access())
        monkeypatch.setattr(client, "_STATE_SECONDS", 30.0)
        server.state()
        assert server.query("up", at=1_773_129_600_000) == []
        victoria.pause()
        monkeypatch.setattr(client, "_STATE_SECONDS", 0.3)
        try:
            with pytest.raises(ServerUnavailable, match="Timeout"):
                server.state()
            for ask in (
                lambda: server.query("up", at=1),
                lambda: server.query_range("up", start=1, end=2, step=1),
                lambda: next(server.export("{}", start=1, end=2)),
                lambda: next(server.export_native("{}", start=1, end=2)),
            ):
                with pytest.raises(ServerUnavailable, match="how it is"):
                    ask()
        finally:
            victoria.resume()
        monkeypatch.setattr(client, "_STATE_SECONDS", 30.0)
        server.state()
        assert server.query("up", at=1_773_129_600_000) == []
        server.close()
