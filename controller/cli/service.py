"""The API, wherever it is: a running controller's, or the same routes over the files here.

With ``FLEET_URL`` (and ``FLEET_TOKEN``) commands ask that controller. Without, the routes run in
this very process over the database of ``FLEET_DATABASE_URL``, as somebody who may do everything:
whoever can read the files can do everything with them anyway.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import httpx

from controller.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.language import language_of

if TYPE_CHECKING:
    from controller.metrics.store import MetricStore

Query: TypeAlias = Mapping[str, str | int | list[str]]
_SECONDS = 30.0
#: A whole register as XLSX takes a while before its first byte comes.
_FILE_SECONDS = 600.0
_REFUSED, _FAULT = 400, 500


def ask(
    method: str,
    path: str,
    *,
    query: Query | None = None,
    body: Mapping[str, Any] | None = None,
    metrics: bool = False,
) -> Any:
    """One exchange below ``/api/v1``; the decoded JSON of the answer.

    ``metrics``: it asks the metric store, which is opened for it where no controller runs.

    Raises:
        typer.Exit: refused (1), or the other side failed (3); the line has been printed.
    """
    answer = _asked(method, path, query, body, metrics=metrics)
    return answer.json() if answer.content else None


def fetch(path: str, query: Query | None = None, *, metrics: bool = False) -> bytes:
    """A file or a text below ``/api/v1``; ``metrics`` as of :func:`ask`.

    Raises:
        typer.Exit: as :func:`ask`.
    """
    return _asked("GET", path, query, None, metrics=metrics).content


def save(path: str, query: Query, out: Path) -> None:
    """Write a file below ``/api/v1`` to the disk, in the terminal's language.

    Raises:
        typer.Exit: as :func:`ask`, or it cannot be written.
    """
    wanted = {**query, "lang": language_of(os.environ)}
    # Whole or not at all: what breaks off leaves the file of before.
    part = out.with_name(f".{out.name}.part")
    try:
        asyncio.run(_saved(f"/api/v1{path}", wanted, part))
        part.replace(out)
    except OSError as error:
        fail(str(error), WRONG_USE)
    finally:
        part.unlink(missing_ok=True)


async def _saved(path: str, query: Query, out: Path) -> None:
    """Write an answer as it comes; how much has come is told on a terminal."""
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick
    from rich.progress import DownloadColumn, Progress, SpinnerColumn, TimeElapsedColumn  # noqa: PLC0415

    bar = Progress(
        SpinnerColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    url = os.environ.get("FLEET_URL", "").rstrip("/")
    async with _remote(url, _FILE_SECONDS) if url else _local() as client:
        try:
            async with client.stream("GET", path, params=dict(query)) as answer:
                if answer.status_code >= _REFUSED:
                    await answer.aread()
                    _fail_with(answer)
                with bar, out.open("wb") as file:
                    task = bar.add_task("", total=None)
                    async for chunk in answer.aiter_bytes():
                        file.write(chunk)
                        bar.advance(task, len(chunk))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _fail_without(url, error)


def _asked(
    method: str,
    path: str,
    query: Query | None,
    body: Mapping[str, Any] | None,
    *,
    seconds: float = _SECONDS,
    metrics: bool = False,
) -> httpx.Response:
    url = os.environ.get("FLEET_URL", "").rstrip("/")
    asked = _exchange(
        url, method, f"/api/v1{path}", dict(query or {}), body, seconds=seconds, metrics=metrics
    )
    return asyncio.run(asked)


async def _exchange(
    url: str,
    method: str,
    path: str,
    query: Query,
    body: Mapping[str, Any] | None,
    *,
    seconds: float,
    metrics: bool,
) -> httpx.Response:
    async with _remote(url, seconds) if url else _local(metrics=metrics) as client:
        try:
            answer = await client.request(method, path, params=dict(query), json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _fail_without(url, error)
    if answer.status_code >= _REFUSED:
        _fail_with(answer)
    return answer


def _fail_with(answer: httpx.Response) -> NoReturn:
    code = OTHER_SIDE_FAILED if answer.status_code >= _FAULT else ANSWER_IS_NO
    fail(words_of(answer), code)


def _fail_without(url: str, error: Exception) -> NoReturn:
    line = _("{url} does not answer ({why}): is the controller running?")
    fail(line.format(url=url, why=type(error).__name__), OTHER_SIDE_FAILED)


def words_of(answer: httpx.Response) -> str:
    """What an answer that is no success says."""
    try:
        problem = answer.json()
        return f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return _("the answer was {status}").format(status=answer.status_code)


def remote_headers() -> dict[str, str]:
    """Who asks a running controller, and in which language.

    Raises:
        typer.Exit: there is no token.
    """
    token = os.environ.get("FLEET_TOKEN")
    if not token:
        fail(
            _("FLEET_URL is set but FLEET_TOKEN is not: make one with `fleet user token LOGIN`"),
            WRONG_USE,
        )
    return {
        "Authorization": f"Bearer {token}",
        "Accept-Language": _tag(),
        "User-Agent": "fleet",
    }


def _remote(url: str, seconds: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers=remote_headers(), timeout=seconds)


class _OverFiles(httpx.ASGITransport):
    """Routes over files here; lets the metric store go at the end."""

    store: "MetricStore | None" = None

    async def aclose(self) -> None:
        if self.store is not None:
            self.store.close()


def _local(*, metrics: bool = False) -> httpx.AsyncClient:
    from fastapi import Request  # noqa: PLC0415

    from controller.acting import note_operator  # noqa: PLC0415
    from controller.app import create_app  # noqa: PLC0415 - half a second that --help does not need
    from controller.auth.caller import Caller  # noqa: PLC0415
    from controller.cli.files import require_database  # noqa: PLC0415
    from inventory.models import Role  # noqa: PLC0415

    settings = require_database()
    operator = Caller("", "", "", "", ((Role.admin, "/"),))

    def asked_by(request: Request) -> Caller:
        return note_operator(request, operator)

    try:
        app = create_app(settings, identify=asked_by)
        transport = _OverFiles(app)
        if metrics:
            from controller.stores import open_store  # noqa: PLC0415

            app.state.store = transport.store = open_store(settings.metrics_url, settings)
    except (OSError, ValueError) as error:
        fail(str(error), OTHER_SIDE_FAILED)
    return httpx.AsyncClient(
        transport=transport,
        base_url="http://fleet.local",
        headers={"Accept-Language": _tag()},
    )


def _tag() -> str:
    return language_of(os.environ).replace("_", "-")
