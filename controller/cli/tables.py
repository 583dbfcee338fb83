"""A table on its way into the register: through a running controller, or here on the files."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from controller.cli.exits import OTHER_SIDE_FAILED, fail
from controller.cli.language import gettext as _
from controller.cli.language import language_of
from controller.cli.service import remote_headers, words_of

#: A controller tells how far it is all the time; only the wait for its turn is silent.
_SECONDS = 120.0
_REFUSED = 400


def brought(
    layout: str,
    name: str,
    content: bytes,
    wishes: Mapping[str, Any],
    mapping: Mapping[str, str] | None,
) -> Iterator[dict[str, Any]]:
    """Steps (``phase``, ``done``, ``total``), then the report or a ``problem``.

    Args:
        layout: name of the table.
        name: of the file.
        content: its bytes.
        wishes: ``dry_run``, ``school``, ``create_rooms``, ``replace_macs``.
        mapping: fields to headings, where they were said.

    Raises:
        typer.Exit: refused, or the other side failed; the line has been printed.
    """
    url = os.environ.get("FLEET_URL", "").rstrip("/")
    if url:
        yield from _asked(url, layout, (name, content), wishes, mapping)
    else:
        yield from _done_here(layout, (name, content), wishes, mapping)


def _asked(
    url: str,
    layout: str,
    file: tuple[str, bytes],
    wishes: Mapping[str, Any],
    mapping: Mapping[str, str] | None,
) -> Iterator[dict[str, Any]]:
    query = {key: str(value).lower() if value is True else value for key, value in wishes.items()}
    try:
        with httpx.stream(
            "POST",
            f"{url}/api/v1/imports/{layout}/progress",
            params={"lang": language_of(os.environ)}
            | {key: value for key, value in query.items() if value},
            data={"mapping": json.dumps(mapping)} if mapping else {},
            files={"file": file},
            headers=remote_headers(),
            timeout=_SECONDS,
        ) as answer:
            if answer.status_code >= _REFUSED:
                answer.read()
                problem = {"status": answer.status_code, "title": "", "detail": words_of(answer)}
                yield {"problem": problem}
                return
            for line in answer.iter_lines():
                yield json.loads(line)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        line = _("{url} does not answer ({why}): is the controller running?")
        fail(line.format(url=url, why=type(error).__name__), OTHER_SIDE_FAILED)


def _done_here(
    layout: str,
    file: tuple[str, bytes],
    wishes: Mapping[str, Any],
    mapping: Mapping[str, str] | None,
) -> Iterator[dict[str, Any]]:
    from controller.app import create_app  # noqa: PLC0415 - half a second that --help does not need
    from controller.cli.files import require_database  # noqa: PLC0415
    from controller.exchange.reports import report_out  # noqa: PLC0415
    from controller.exchange.running import running  # noqa: PLC0415
    from controller.exchange.watches import Step  # noqa: PLC0415
    from controller.language import language  # noqa: PLC0415
    from inventory.audit import Actor, act_as  # noqa: PLC0415
    from inventory.errors import InventoryError  # noqa: PLC0415
    from inventory.exchange.order import Order  # noqa: PLC0415
    from inventory.exchange.tables import Source  # noqa: PLC0415
    from inventory.models import ChangeOrigin  # noqa: PLC0415
    from inventory.scope import Scope  # noqa: PLC0415

    lang = language(language_of(os.environ))
    try:
        app = create_app(require_database())
    except (OSError, ValueError) as error:
        fail(str(error), OTHER_SIDE_FAILED)

    def acting(session: Any) -> Any:
        act_as(session, Actor("", "", ChangeOrigin.cli))
        return session

    order = Order(layout, Source(*file), mapping=mapping, **wishes)
    try:
        for step in running(app.state.sessions, order, Scope.everything(), acting):
            if isinstance(step, Step):
                yield step._asdict()
            else:
                yield report_out(lang, step).model_dump(mode="json")
    except InventoryError as error:
        detail = lang.gettext(error.message).format(**error.arguments)
        yield {"problem": {"status": error.status, "title": file[0], "detail": detail}}
    finally:
        app.state.engine.dispose()
