"""Who works through a session, said once where the request comes in."""

from collections.abc import Callable
from typing import NamedTuple

from sqlmodel import Session

from inventory.models import ChangeOrigin

_ACTOR = "actor"
_ORIGIN = "actor_origin"


class Actor(NamedTuple):
    """Somebody who changes the register, and from where.

    Args:
        id, login: of the user; empty for whoever works on the machine itself.
        address: network address of the client; empty on the machine itself.
    """

    id: str
    login: str
    origin: ChangeOrigin
    address: str = ""


def act_as(session: Session, actor: Actor | Callable[[], Actor | None]) -> None:
    """Let what this session writes from now on be this person's work.

    Args:
        session: of one request or job; without an actor nothing is written into the trail.
        actor: the person, or how to find them when something is written: a transaction may begin
            before it is known who asks.
    """
    session.info[_ACTOR] = actor


def came_by(session: Session, origin: ChangeOrigin) -> None:
    """Say that what follows came in another way than its request: as the lines of a file, say."""
    session.info[_ORIGIN] = origin


def actor_of(session: Session) -> Actor | None:
    """Whose work this session writes; ``None`` for machines."""
    found = session.info.get(_ACTOR)
    actor = found() if callable(found) else found
    if not isinstance(actor, Actor):
        return None
    origin = session.info.get(_ORIGIN)
    return actor if origin is None else actor._replace(origin=origin)
