"""Packed schools: which are old, keeping them, and reading them back. Flushes, never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from inventory.models import PackedSchool, PackedTime, PageChange, School
from inventory.money.rules import depreciation_terms
from inventory.packed.records import FORM, Records
from inventory.page_changes import KEPT, OVERLAP
from inventory.scope import Scope

#: What nobody notes - days that pass, entries of budgets - is in the packed schools by then.
EVERYTHING = timedelta(hours=1)
#: Packed schools older than this are not used: the job stands still.
FRESH_FOR = timedelta(minutes=10)


def news(session: Session, now: datetime) -> int | None:
    """A number that grows with what was packed; ``None``: read the register itself."""
    time = session.get(PackedTime, 1)
    # By other rules of depreciation than today's for a minute, but not in another release's form.
    usable = time is not None and time.form.startswith(FORM) and abs(now - time.at) <= FRESH_FOR
    return time.news if time is not None and usable else None


def stale_schools(session: Session, now: datetime) -> tuple[Sequence[str], bool]:
    """Codes of the schools that are to be packed now, and whether these are all."""
    query = select(School.code).order_by(col(School.path))
    time = session.get(PackedTime, 1)
    if (
        time is None
        or time.form != _form(session)
        or time.every_at <= now - EVERYTHING
        or time.at <= now - KEPT + OVERLAP
    ):
        return session.exec(query).all(), True
    changed = select(PageChange.school_code).where(PageChange.at >= time.at - OVERLAP)
    return session.exec(query.where(col(School.code).in_(changed))).all(), False


def keep_packed(session: Session, codes: Sequence[str], records: Mapping[str, Records]) -> int:
    """Make these the devices of these schools; returns of how many schools they are others."""
    before: dict[str, bytes] = dict(
        session.exec(
            select(PackedSchool.school_code, PackedSchool.devices).where(
                col(PackedSchool.school_code).in_(codes)
            )
        ).all()
    )
    found = {code: part.tobytes() for code, part in records.items()}
    others = [code for code in codes if found.get(code) != before.get(code)]
    session.execute(delete(PackedSchool).where(col(PackedSchool.school_code).in_(others)))
    session.add_all(
        PackedSchool(school_code=code, devices=found[code]) for code in others if code in found
    )
    session.flush()
    return len(others)


def note_packed(session: Session, now: datetime, *, everything: bool, others: int) -> None:
    """Say that packed schools hold what was noted until now.

    Args:
        session: one that writes.
        now: when the looking began.
        everything: all schools were packed.
        others: of how many the devices are others than before.
    """
    time = session.get(PackedTime, 1) or PackedTime(id=1, at=now, every_at=now, form="")
    time.at, time.form = now, _form(session)
    if everything:
        time.every_at = now
    if others:
        time.news += 1
    session.add(time)
    session.flush()


def forget_packed(session: Session) -> None:
    """Have the register itself read from now on."""
    session.execute(delete(PackedTime))
    session.execute(delete(PackedSchool))


def packed_under(session: Session, scope: Scope, under: str) -> Mapping[str, bytes]:
    """Packed devices by school; schools without devices are left out."""
    path: Any = col(School.path)
    rows = session.execute(
        select(PackedSchool.school_code, PackedSchool.devices)
        .join(School, col(School.code) == col(PackedSchool.school_code))
        .where(scope.condition(path), Scope((under,)).condition(path))
    )
    return dict(rows.all())


def _form(session: Session) -> str:
    """Of records, and of the rules of depreciation that are in them."""
    rules = repr(sorted(depreciation_terms(session).items(), key=lambda pair: pair[0]))
    return FORM + blake2b(rules.encode(), digest_size=4).hexdigest()
