"""Entity tags of rows people edit, and what two people at once are told (RFC 9110, 13.1.1).

A row with a ``revision`` has the tag ``"7"``; the tag of any other is made of what it says. Who
sends it back in ``If-Match`` changes that very row, or takes it away, or is refused, with what they
wanted and what stands there now, field by field.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic_core import to_jsonable_python
from sqlmodel import Session, SQLModel

from controller.errors import RevisionPassed

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]


def etag_of(row: SQLModel) -> str:
    """The entity tag of a row as it is, in its quotes."""
    revision = getattr(row, "revision", None)
    return f'"{_digest(row) if revision is None else revision}"'


def _digest(row: SQLModel) -> str:
    """Sixteen hex digits of what the columns say; the same before and after it was stored."""
    columns = type(row).__table__.columns.keys()  # type: ignore[attr-defined]
    values = {name: _plain(getattr(row, name)) for name in columns}
    told = json.dumps(to_jsonable_python(values), sort_keys=True)
    return sha256(told.encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def tag(response: Response, row: SQLModel) -> None:
    """Let an answer carry the tag of its row."""
    response.headers["ETag"] = etag_of(row)


def tag_of_all(rows: Sequence[SQLModel]) -> str:
    """The entity tag of rows that are changed together, in its quotes."""
    return f'"{sha256("".join(map(_digest, rows)).encode()).hexdigest()[:16]}"'


def require_match(
    session: Session,
    row: SQLModel,
    if_match: str | None,
    wanted: Mapping[str, Any] | None = None,
) -> None:
    """Let a change pass that was made knowing the row as it is; without ``If-Match`` any passes.

    The row is read again and locked until the transaction ends.

    Args:
        session: one that writes.
        row: to be changed, and not yet changed.
        if_match: the header as it was sent.
        wanted: new values by field; ``None`` takes the row away.

    Raises:
        RevisionPassed: somebody has changed the row since; tells both versions.
    """
    session.refresh(row, with_for_update=True)
    if matches(if_match, etag_of(row)):
        return
    if wanted is None:
        wanted = dict.fromkeys(type(row).__table__.columns.keys())  # type: ignore[attr-defined]
    raise RevisionPassed(etag_of(row), both_of(row, wanted))


def require_missing(if_match: str | None) -> None:
    """Let a row be made where there is none, unless the caller has seen one there.

    Raises:
        RevisionPassed: somebody has taken it away since.
    """
    if if_match is not None:
        raise RevisionPassed('""', [])


def matches(if_match: str | None, etag: str) -> bool:
    """Whether a header lets what has this tag be changed; without one anything may be."""
    if if_match is None or if_match.strip() == "*":
        return True
    return etag in {one.strip().removeprefix("W/") for one in if_match.split(",")}


def both_of(row: Any, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Fields of which two people say different things: what one wants, and what stands there."""
    fields = []
    for name, yours in wanted.items():
        theirs = getattr(row, name, None)
        if isinstance(yours, Mapping) and isinstance(theirs, str):
            theirs = json.loads(theirs)
        if yours != theirs:
            # Decimals are texts: an amount keeps its fen.
            both = {"yours": to_jsonable_python(yours), "theirs": to_jsonable_python(theirs)}
            fields.append({"field": name, **both})
    return fields
