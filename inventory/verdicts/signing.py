"""Months as a report has signed them: its rows take the place of what was computed since."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, delete, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from inventory.models import (
    EditionKind,
    MonthTargetVerdict,
    MonthVerdict,
    ReportEdition,
    School,
)
from inventory.repositories.scoped import within
from inventory.verdicts.keeping import insert_rows

Row = Mapping[str, Any]
#: What is not known before a month is signed.
_LATER = ("frozen_at", "edition_id")
#: Schools that are asked for in one statement.
_AT_ONCE = 500


class _Kept(NamedTuple):
    """What is kept of a school's month before an edition signs it."""

    school_code: str
    computed_at: datetime
    frozen_at: datetime | None
    edition_id: str | None


def kept_rows(session: Session, edition: ReportEdition) -> tuple[list[Row], list[Row]]:
    """What is kept of an edition's months, rows of schools and of their targets."""
    schools = select(School.code).where(within(col(School.path), edition.path))

    def of(model: Any) -> list[Row]:
        table: Table = model.__table__
        rows = session.execute(
            columns(*(column for column in table.c if column.name not in _LATER))
            .where(
                table.c.month.between(edition.first_day, edition.last_day),
                table.c.school_code.in_(schools),
            )
            .order_by(table.c.month, table.c.school_code)
        )
        return [dict(row) for row in rows.mappings()]

    return of(MonthVerdict), of(MonthTargetVerdict)


def sign_months(
    session: Session,
    edition: ReportEdition,
    verdicts: Sequence[Row],
    targets: Sequence[Row],
    at: datetime,
) -> int:
    """Have the rows of an edition stand from now on; returns how many it signs.

    What a report of a month signs takes the place of what nobody signed, of what a year's report
    took over, and of what an edition of the same place or one within it signed before. So a city's
    figures are those of its own paper, and a correction shows. A year's report takes months as they
    are signed, and signs those that nobody did.

    Args:
        session: in the transaction that freezes the edition.
        edition: signed.
        verdicts: columns of :class:`MonthVerdict`, a row a school and month, as it was printed.
        targets: columns of :class:`MonthTargetVerdict` of the same schools and months.
        at: when it is frozen.
    """
    done = 0
    by_school: dict[tuple[date, str], list[Row]] = defaultdict(list)
    for row in targets:
        by_school[row["month"], row["school_code"]].append(row)
    for month, codes in _months(verdicts):
        theirs = {row["school_code"]: row for row in verdicts if row["month"] == month}
        for start in range(0, len(codes), _AT_ONCE):
            some = codes[start : start + _AT_ONCE]
            kept = {one.school_code: one for one in _kept(session, month, some)}
            wider = _outlasting(session, edition, kept.values())
            taken = [
                code
                for code in some
                if code not in kept
                or kept[code].frozen_at is None
                or (edition.kind is EditionKind.month and kept[code].edition_id not in wider)
            ]
            changed = [
                code
                for code in taken
                if code not in kept or kept[code].computed_at != theirs[code]["computed_at"]
            ]
            held = [row for code in changed for row in by_school.get((month, code), ())]
            _write(session, month, [theirs[code] for code in changed], held)
            session.execute(
                update(MonthVerdict)
                .where(col(MonthVerdict.month) == month, col(MonthVerdict.school_code).in_(taken))
                .values(frozen_at=at, edition_id=edition.id, is_final=True)
            )
            done += len(taken)
    return done


def _months(verdicts: Sequence[Row]) -> Iterator[tuple[date, list[str]]]:
    found: dict[date, list[str]] = {}
    for row in verdicts:
        found.setdefault(row["month"], []).append(row["school_code"])
    yield from sorted(found.items())


def _kept(session: Session, month: date, codes: Sequence[str]) -> list[_Kept]:
    rows = session.execute(
        columns(*(getattr(MonthVerdict, name) for name in _Kept._fields))
        .where(col(MonthVerdict.month) == month, col(MonthVerdict.school_code).in_(codes))
        .with_for_update()
    )
    return [_Kept(*row) for row in rows]


def _outlasting(session: Session, edition: ReportEdition, kept: Any) -> set[str]:
    """Editions of months whose place lies not within this one's: what they signed stays."""
    ids = {one.edition_id for one in kept if one.edition_id}
    rows = session.execute(
        columns(col(ReportEdition.id), col(ReportEdition.kind), col(ReportEdition.path)).where(
            col(ReportEdition.id).in_(ids)
        )
    )
    return {
        name
        for name, kind, path in rows
        if kind is EditionKind.month and not path.startswith(edition.path)
    }


def _write(session: Session, month: date, rows: Sequence[Row], targets: Sequence[Row]) -> None:
    codes = {row["school_code"] for row in rows}
    if not codes:
        return
    for model in (MonthTargetVerdict, MonthVerdict):
        session.execute(
            delete(model).where(col(model.month) == month, col(model.school_code).in_(codes))
        )
    insert_rows(session, MonthVerdict, rows)
    insert_rows(session, MonthTargetVerdict, targets)
