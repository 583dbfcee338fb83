"""Entity tags of rows people edit, and what two people at once are told (RFC 9110, 13.1.1).

A row with a ``revision`` has the tag ``"7"``. Who sends it back in ``If-Match`` changes that very
row or is refused, with what they wanted and what stands there now, field by field.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import Header, Response
from pydantic_core import to_jsonable_python
from sqlmodel import Session

from controller.errors import RevisionPassed

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]


class Revised(Protocol):
    """A row whose changes are counted."""

    revision: int


def etag_of(row: Revised) -> str:
    return f'"{row.revision}"'


def tag(response: Response, row: Revised) -> None:
    """Let an answer carry the tag of its row."""
    response.headers["ETag"] = etag_of(row)


def require_match(
    session: Session, row: Revised, if_match: str | None, wanted: Mapping[str, Any]
) -> None:
    """Let a change pass that was made knowing the row as it is; without ``If-Match`` any passes.

    The row is read again and locked until the transaction ends.

    Args:
        session: one that writes.
        row: to be changed, and not yet changed.
        if_match: the header as it was sent.
        wanted: new values by field.

    Raises:
        RevisionPassed: somebody has changed the row since; tells both versions.
    """
    session.refresh(row, with_for_update=True)
    if if_match is None or if_match.strip() == "*":
        return
    if etag_of(row) in {one.strip().removeprefix("W/") for one in if_match.split(",")}:
        return
    raise RevisionPassed(row.revision, both_of(row, wanted))


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
