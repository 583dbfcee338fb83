"""Whether the plan an agent works by still holds, told without making it again.

When a plan is found to be the one the agent has, a digest of what it rests on is kept beside the
agent: the notes of changes that were there when it was made, the settings, the key that opens
secrets, and the code that makes plans. Whoever asks later with the same revision, at whichever
controller and after any restart, has that plan for as long as the digest comes out the same and no
date of a line or target has passed in between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import msgspec

import drivers
import inventory
from inventory.agent_plans.changes import KEPT, OVERLAP
from inventory.days import day_of
from inventory.repositories.plans import Asking, Noted
from inventory.secrets import SecretBox

#: Notes are forgotten some time after ``KEPT``; what is older cannot be held against them.
LONGEST = KEPT - timedelta(hours=1)
#: Kept anew from then on, when the plan was made again anyway.
RENEWED = timedelta(hours=6)
_CODE = (inventory, drivers)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan rests on.

    Args:
        revision: of the plan.
        made_at: when it was begun to be made.
        until: the last day it is good for; ``None``: no date ends it.
        digest: of everything else.
    """

    revision: str
    made_at: datetime
    until: date | None
    digest: str


def common_basis(settings: object, box: SecretBox) -> bytes:
    """What all plans of this process rest on: settings, the key of secrets, and the code.

    Args:
        settings: a dataclass.
        box: holds the key.
    """
    told = sha256(msgspec.json.encode(settings, order="sorted"))
    told.update(box.key_for("plans"))
    told.update(_digest_of(_CODE))
    return told.digest()


@cache
def _digest_of(packages: tuple[ModuleType, ...]) -> bytes:
    """What the code of packages comes to; it is loaded once, and so it is read once."""
    told = sha256()
    # Text for text: whoever changes how plans are made has nothing to remember.
    for package in packages:
        for root in package.__path__:
            for path in sorted(Path(root).rglob("*.py")):
                told.update(path.read_bytes())
    return told.digest()


def basis_of(
    common: bytes, revision: str, made_at: datetime, until: date | None, notes: Iterable[Noted]
) -> Basis:
    """What a plan made at that time rests on, with ``common`` of :func:`common_basis`.

    ``notes`` are those about the agent that were read just before the plan was made, from
    ``made_at - OVERLAP`` on or earlier.
    """
    since = made_at - OVERLAP
    # Looking back, as a transaction may commit later than its notes say; id and time together,
    # as SQLite gives ids again.
    found = [f"{id_} {at.isoformat()}" for id_, at in notes if at >= since]
    text = "\n".join((revision, made_at.isoformat(), str(until), *found))
    return Basis(revision, made_at, until, sha256(common + text.encode()).hexdigest())


def kept_basis(asking: Asking, revision: str, now: datetime) -> Basis | None:
    """What the plan of this revision rests on, as it is kept; ``None`` when that says nothing.

    It says nothing of another revision, of a day after the last it is good for, or when it is too
    old or (a clock was put back) too young to be held against notes of changes.
    """
    made_at, until = asking.plan_made_at, asking.plan_until
    if made_at is None or not asking.plan_basis or asking.plan_revision != revision:
        return None
    if not now - LONGEST < made_at <= now or (until is not None and day_of(now) > until):
        return None
    return Basis(revision, made_at, until, asking.plan_basis)


def still_holds(basis: Basis, common: bytes, notes: Sequence[Noted]) -> bool:
    """Whether a plan of that basis would be the same one now.

    ``notes`` are those about the agent from ``basis.made_at - OVERLAP`` on or earlier.
    """
    return basis_of(common, basis.revision, basis.made_at, basis.until, notes) == basis
