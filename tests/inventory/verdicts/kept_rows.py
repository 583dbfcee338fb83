"""Rows of kept verdicts, made up."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from inventory.models import MonthTargetVerdict, MonthVerdict

MONTH = date(2026, 9, 1)
AT = datetime(2026, 9, 20, 1, 0, tzinfo=UTC)


def verdict_row(school: str, standing: str = "compliant", **said: Any) -> dict[str, Any]:
    """A headline; a rate given as ``median`` or ``reached`` is of both directions."""
    for name in ("median", "reached", "contracted"):
        if name in said:
            rate = said.pop(name)
            said |= {f"{name}_{flow}": rate for flow in ("down", "up")}
    fields: dict[str, Any] = {"month": MONTH, "computed_at": AT, "method": "m/1", **said}
    return MonthVerdict(school_code=school, standing=standing, **fields).model_dump()


def target_row(school: str, state: str = "compliant", **said: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "month": MONTH, "standard": "national", "version": 2, "target": "access_all",
        "fingerprint": "f" * 64, "measure": "access", "asked": 100e6,
        "provisioned": state, "available": state,
    }  # fmt: skip
    return MonthTargetVerdict(school_code=school, state=state, **fields | said).model_dump()


def freeze(session: Session, school: str, at: datetime) -> None:
    """Have every month of a school be one that a report has frozen."""
    session.execute(
        update(MonthVerdict)
        .where(col(MonthVerdict.school_code) == school)
        .values(frozen_at=at, is_final=True)
    )
